from collections.abc import Mapping

from services.survey.api import public_routers, routers
from services.survey.deadlines import timers
from services.survey.handlers import events
from services.survey.links import INFO, Links
from services.survey.models import Base
from services.survey.usecases.republishing import reconcile, republish
from shared.retention import Retention
from shared.service import Service
from shared.settings import Settings

HISTORY = Retention("history", "at", days=730)


def links(settings: Settings) -> Mapping[str, object]:
    keys = settings.signing_keys.get_secret_value().split(",")
    return {INFO: Links(settings.public_url, [key.encode() for key in keys])}


service = Service(
    name="survey",
    tables=Base.metadata,
    routers=routers,
    public_routers=public_routers,
    events=events,
    timers=timers,
    retention=[HISTORY],
    republish=republish,
    reconcile=reconcile,
    needs=["signing_keys"],
    session_info=links,
)
