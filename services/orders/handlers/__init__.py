"""What orders hears."""

from services.orders.handlers import catalogue, customers, orders
from shared import stores
from shared.messaging.router import EventRouter

events = EventRouter(orders.events, catalogue.events, customers.events, stores.events)
