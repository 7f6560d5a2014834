"""The verbs of the service: each loads what it needs locked, decides, changes, and says what came of it."""

from services.orders.usecases.accepting import accept
from services.orders.usecases.advising import ask
from services.orders.usecases.auditing import cancel, confirm, correct, take
from services.orders.usecases.deadlines import close, escalate, lapse, recheck, recheck_waiting_for, remind
from services.orders.usecases.intake import must_have_happened, take_facts
from services.orders.usecases.republishing import reconcile, republish

__all__ = [
    "accept",
    "ask",
    "cancel",
    "close",
    "confirm",
    "correct",
    "escalate",
    "lapse",
    "must_have_happened",
    "recheck",
    "recheck_waiting_for",
    "reconcile",
    "remind",
    "republish",
    "take",
    "take_facts",
]
