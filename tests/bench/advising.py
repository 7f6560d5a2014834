"""Advice asked for over HTTP, against the least code that could read and write the same rows."""

from collections.abc import AsyncIterator
from datetime import timedelta

from tests.bench.ground import Ground
from tests.bench.growth import SAMPLE, stock
from tests.bench.report import Figure, at_least
from tests.bench.sample import STORE
from tests.bench.scale import Scale
from tests.bench.writes import Write, rates
from tests.identity import running_issuer

_MOST_A_SECOND = 2_000


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    with running_issuer(ground.directory / "issuer") as issuer:
        token = issuer.mint("bench", "Bench", ["admin"], [STORE], timedelta(hours=1))
        async with ground.round(oidc_issuer=issuer.url) as measured:
            await stock(measured, 2 * scale.stored_when_posting)  # as many as are asked of
            ours, bare = await rates(measured, ground.directory, token, _advice, most_a_second=_MOST_A_SECOND, scale=scale)
    yield at_least(0.5, "logistics advice on an order, against a bare handler", ours, bare, "requests/s")


def _advice(number: int) -> Write:
    """Where an order is that nobody asked of before."""
    order_id = f"B{number % SAMPLE:08d}-{1 + number // SAMPLE}"
    return Write(f"/v1/stores/{STORE}/orders/{order_id}/logistics-advice", {}, (order_id,))
