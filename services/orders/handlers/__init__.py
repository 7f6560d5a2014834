"""What orders hears."""

from services.orders.handlers import catalogue, customers, figures, orders
from shared import stores
from shared.messaging.router import EventRouter

events = EventRouter(orders.events, catalogue.events, customers.events, figures.events, stores.events)
