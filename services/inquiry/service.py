from services.inquiry import usecases
from services.inquiry.api import routers
from services.inquiry.deadlines import timers
from services.inquiry.handlers import events
from services.inquiry.models import Base
from shared.service import Service

service = Service(
    name="inquiry",
    tables=Base.metadata,
    routers=routers,
    events=events,
    timers=timers,
    republish=usecases.republish,
)
