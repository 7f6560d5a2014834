from services.aftersales import usecases
from services.aftersales.api import routers
from services.aftersales.deadlines import timers
from services.aftersales.handlers import events
from services.aftersales.models import Base
from services.aftersales.readings import read_refunds
from services.aftersales.tasks import tasks
from shared.retention import Retention
from shared.service import Service
from shared.tasks import ENDED

HISTORY = Retention("history", "at", days=730)

service = Service(
    name="aftersales",
    tables=Base.metadata,
    routers=routers,
    events=events,
    timers=timers,
    retention=[HISTORY, *ENDED],
    republish=usecases.republish,
    readings=[read_refunds],
    reconcile=usecases.reconcile,
    tasks=tasks,
)
