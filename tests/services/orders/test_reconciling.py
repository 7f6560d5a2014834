"""A database that was restored knows less than was said: how its orders stand is said above every version anybody heard."""

import orjson
from sqlalchemy import text

from services.orders import usecases
from shared.clock import utc_now
from shared.db import Database
from shared.events.base import Event
from shared.messaging.reconciling import Reconciled, reconcile
from shared.messaging.relay import Relay
from shared.service import Service
from tests.running import ServiceSettings
from tests.services.orders.builders import DAY, HOUR, cancelled, dispatched, paid, placed
from tests.services.orders.shop import Clock, Shop
from tests.services.saying import last_words
from tests.shared.messaging.toy import reading, running
from tests.support import wait_until


async def reconciled(shop: Shop, said: list[Event]) -> list[str]:
    """The ids of those that are lost."""
    async with shop.database.transaction() as session:
        return [event.subject for event in await usecases.reconcile(session, said, shop.clock())]


async def test_an_order_taken_in_again_in_fewer_steps_outdoes_what_was_said_of_it(shop: Shop) -> None:
    for fact in (placed(), paid(), dispatched()):
        await shop.tells(fact)
    before = await last_words(shop.database, "orders")
    await shop.forgets()
    await shop.tells(placed(), paid(), dispatched())

    lost = await reconciled(shop, before)

    *_, last = await shop.said()
    order = await shop.order()
    assert lost == []
    assert before[0].sequence == 3
    assert (last["type"], last["version"], last["status"], order.version) == ("order-changed", 4, "shipped", 4)
    assert (await shop.steps())[-1] == ("reconciled", "auto", None)
    assert await reconciled(shop, await last_words(shop.database, "orders")) == []
    assert len(await shop.said()) == 2


async def test_what_only_a_person_did_is_taken_back_though_the_order_was_not_announced_by_then(shop: Shop) -> None:
    await shop.tells(placed(customer={"phone": "12"}), paid())
    await shop.act("confirm")
    confirmed = await last_words(shop.database, "orders")
    await shop.forgets()
    await shop.tells(placed(customer={"phone": "12"}))

    await reconciled(shop, confirmed)

    *_, last = await shop.said()
    assert (last["type"], last["version"], last["status"], last["confirmed_at"]) == ("order-changed", 3, "held", None)


async def test_what_was_said_last_by_the_database_as_it_is_needs_no_other_word(shop: Shop) -> None:
    await shop.tells(placed(), paid())
    first = await last_words(shop.database, "orders")
    await shop.tells(cancelled())

    lost = [await reconciled(shop, first), await reconciled(shop, await last_words(shop.database, "orders"))]

    assert lost == [[], []]
    assert await shop.names() == ["order-confirmed", "order-closed"]


async def test_orders_that_nobody_placed_as_far_as_is_known_are_lost(shop: Shop) -> None:
    await shop.tells(placed(), paid(), placed("10002", customer={"customer_id": "c-82"}), paid("10002"))
    said = await last_words(shop.database, "orders")
    await shop.forgets()
    await shop.tells(paid("10002"))

    assert await reconciled(shop, said) == ["10001", "10002"]


async def test_the_last_words_are_found_on_kafka_since_a_time(service: Service, service_settings: ServiceSettings) -> None:
    began = utc_now()
    settings = await service_settings(service)
    database = service.database(settings)
    shop = Shop(database, Clock())
    await shop.lists("MUG-RED", "12.50", stock=100)
    async with running(Relay(settings, service.name)):
        for fact in (placed(), paid(), dispatched()):
            await shop.tells(fact)
        await all_said(database)
        await shop.forgets()
        await shop.tells(placed(), paid(), dispatched())
        await all_said(database)

        later = await reconcile(service, settings, database, utc_now() + HOUR)
        found = await reconcile(service, settings, database, began - DAY)
        again = await reconcile(service, settings, database, began - DAY)
        async with reading(settings, "orders") as read:
            told = await read(4)
    await database.close()

    assert (later, found, again) == (Reconciled(0, []), Reconciled(1, []), Reconciled(1, []))
    assert [orjson.loads(record.value)["version"] for record in told] == [2, 3, 1, 4]


async def all_said(database: Database) -> None:
    async def nothing_waits() -> bool:
        async with database.transaction() as session:
            return not await session.scalar(text("select count(*) from outbox"))

    await wait_until(nothing_waits)
