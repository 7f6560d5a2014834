"""Orders placed over HTTP, against the least code that could do the same."""

from collections.abc import AsyncIterator
from datetime import timedelta

from tests.bench.ground import Ground
from tests.bench.growth import stock
from tests.bench.report import Figure, at_least
from tests.bench.sample import STORE, placed
from tests.bench.scale import Scale
from tests.bench.writes import Write, rates
from tests.identity import running_issuer

_FIRST = 10_000_000  # orders of eight digits, which are in no other text
_MOST_A_SECOND = 3_000


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    with running_issuer(ground.directory / "issuer") as issuer:
        token = issuer.mint("bench", "Bench", ["admin"], [STORE], timedelta(hours=1))
        async with ground.round(oidc_issuer=issuer.url) as measured:
            await stock(measured, scale.stored_when_posting)
            ours, bare = await rates(measured, ground.directory, token, order, most_a_second=_MOST_A_SECOND, scale=scale)
    yield at_least(0.5, "POST of an order, against a bare handler", ours, bare, "requests/s")


def order(number: int) -> Write:
    number += _FIRST
    return Write(f"/v1/stores/{STORE}/orders", placed(number, payment_terms="on-delivery"), (str(number),))
