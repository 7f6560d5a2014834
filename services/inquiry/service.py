from services.inquiry import usecases
from services.inquiry.api import routers
from services.inquiry.deadlines import timers
from services.inquiry.handlers import events
from services.inquiry.models import Base
from shared.retention import Retention
from shared.service import Service

HISTORY = Retention("history", "at", days=730)

service = Service(
    name="inquiry",
    tables=Base.metadata,
    routers=routers,
    events=events,
    timers=timers,
    retention=[HISTORY],
    republish=usecases.republish,
    reconcile=usecases.reconcile,
)
