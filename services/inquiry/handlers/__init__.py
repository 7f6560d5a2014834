"""What inquiry hears."""

from services.inquiry.handlers import catalogue, customers, messages
from shared import stores
from shared.messaging.router import EventRouter

events = EventRouter(messages.events, catalogue.events, customers.events, stores.events)
