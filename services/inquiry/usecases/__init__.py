"""The verbs of the service: each loads what it needs locked, decides, changes, and says what came of it."""

from services.inquiry.usecases.conversing import ask_again, note, reply
from services.inquiry.usecases.customers import remember_customers
from services.inquiry.usecases.deadlines import abandon, breach, reply_is_late, warn
from services.inquiry.usecases.desk import close, release, set_topic, take, transfer
from services.inquiry.usecases.intake import take_in
from services.inquiry.usecases.offering import offer
from services.inquiry.usecases.orders import learn_orders
from services.inquiry.usecases.register import put_agent, put_keywords
from services.inquiry.usecases.republishing import reconcile, republish

__all__ = [
    "abandon",
    "ask_again",
    "breach",
    "close",
    "learn_orders",
    "note",
    "offer",
    "put_agent",
    "put_keywords",
    "reconcile",
    "release",
    "remember_customers",
    "reply",
    "reply_is_late",
    "republish",
    "set_topic",
    "take",
    "take_in",
    "transfer",
    "warn",
]
