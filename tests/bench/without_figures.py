"""The orders worker as it would be if it kept no sales figures."""

from unittest.mock import patch

from services.orders.service import service
from services.orders.usecases import counting
from shared.processes import main


async def nothing(*_: object) -> None:
    pass


if __name__ == "__main__":
    with patch.object(counting, "count", nothing):
        main("orders", lambda: service)
