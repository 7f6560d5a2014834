"""The verbs of the service: each loads what it needs locked, decides, changes, and says what came of it."""

from services.aftersales.usecases.answers import fail, reject, settle, watch
from services.aftersales.usecases.handling import close, diagnose, escalate, move, promise, propose, refuse, take
from services.aftersales.usecases.intake import Report, report
from services.aftersales.usecases.learning import call_back, remember_orders
from services.aftersales.usecases.refunding import Asked, approve, ask, deny
from services.aftersales.usecases.republishing import reconcile, republish
from services.aftersales.usecases.saying import decided_by

__all__ = [
    "Asked",
    "Report",
    "approve",
    "ask",
    "call_back",
    "close",
    "decided_by",
    "deny",
    "diagnose",
    "escalate",
    "fail",
    "move",
    "promise",
    "propose",
    "reconcile",
    "refuse",
    "reject",
    "remember_orders",
    "report",
    "republish",
    "settle",
    "take",
    "watch",
]
