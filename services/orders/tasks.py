"""What orders asks departments, and how it goes on when they answer (ORD-9)."""

from shared.tasks import TaskRouter

tasks = TaskRouter()
