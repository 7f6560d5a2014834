from services.orders import usecases
from services.orders.api import routers
from services.orders.api.events import PASSED_ON
from services.orders.deadlines import timers
from services.orders.handlers import events
from services.orders.models import Base
from services.orders.readings import read_held
from services.orders.repository.advice import OLD_ADVICE, OLD_ANSWERS
from services.orders.repository.catalogue import SUPERSEDED_PRICES
from services.orders.repository.customers.care import CARES
from services.orders.repository.history import HISTORY
from services.orders.repository.twins import OLD_TWINS
from services.orders.tasks import tasks
from services.orders.usecases.rebuilding import rebuild_customers, rebuild_figures
from shared.service import Service
from shared.tasks import ENDED

service = Service(
    name="orders",
    tables=Base.metadata,
    routers=routers,
    events=events,
    timers=timers,
    retention=[HISTORY, OLD_ADVICE, OLD_ANSWERS, OLD_TWINS, SUPERSEDED_PRICES, CARES, *ENDED],
    republish=usecases.republish,
    reconcile=usecases.reconcile,
    passes_on=PASSED_ON,
    readings=[read_held],
    tasks=tasks,
    rebuilds={"customers": rebuild_customers, "figures": rebuild_figures},
)
