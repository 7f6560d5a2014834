"""Customer value (CUS-1 to CUS-6): records kept up with every event, classes and tiers daily, kind words on their days."""
