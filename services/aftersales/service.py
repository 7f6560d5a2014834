from services.aftersales import usecases
from services.aftersales.api import routers
from services.aftersales.deadlines import timers
from services.aftersales.handlers import events
from services.aftersales.models import Base
from services.aftersales.readings import read_refunds
from shared.retention import Retention
from shared.service import Service

HISTORY = Retention("history", "at", days=730)

service = Service(
    name="aftersales",
    tables=Base.metadata,
    routers=routers,
    events=events,
    timers=timers,
    retention=[HISTORY],
    republish=usecases.republish,
    readings=[read_refunds],
    reconcile=usecases.reconcile,
)
