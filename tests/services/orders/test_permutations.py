"""ORD-1 through real Postgres: a few of the histories that the pure tests try by the hundred."""

from hypothesis import HealthCheck, given, settings

from services.orders.domain.order import Order
from services.orders.repository.orders import UnknownOrder
from tests.services.orders.histories import Chunks, told_twice
from tests.services.orders.shop import Shop


async def lived(shop: Shop, chunks: Chunks) -> Order | None:
    await shop.forgets()
    for chunk in chunks:
        await shop.tells(*chunk)
    try:
        return await shop.order()
    except UnknownOrder:
        return None


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told_twice(contradicting=False))
async def test_any_order_repetition_and_chunking_is_stored_alike_and_confirmed_once(shop: Shop, both: tuple[Chunks, Chunks]) -> None:
    first = await lived(shop, both[0])
    names = await shop.names()
    second = await lived(shop, both[1])
    names_again = await shop.names()

    assert names.count("order-confirmed") <= 1
    assert names_again.count("order-confirmed") <= 1
    assert (first is None) == (second is None)
    if first and second:
        assert first.facts == second.facts
        assert (first.status, first.outcome) == (second.status, second.outcome)
        assert len(await shop.said()) == len({each["version"] for each in await shop.said()})
