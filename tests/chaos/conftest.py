from tests.shared.messaging.conftest import shop

__all__ = ["shop"]
