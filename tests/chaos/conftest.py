from tests.journeys.conftest import four_services, issuer, story
from tests.shared.messaging.conftest import shop

__all__ = ["four_services", "issuer", "shop", "story"]
