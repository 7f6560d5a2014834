"""A database that was restored knows less than was said: how its inquiries stand is said above every version anybody heard."""

from decimal import Decimal

from sqlalchemy import text

from services.inquiry import usecases
from services.inquiry.domain.conversation import Outcome
from services.inquiry.repository.inquiries import Ref
from services.inquiry.usecases.offering import Promise
from shared.events.base import Event
from tests.services.inquiry.shop import WANG, Shop
from tests.services.saying import last_words


async def reconciled(shop: Shop, said: list[Event]) -> list[Event]:
    """Those that are lost."""
    async with shop.database.transaction() as session:
        return list(await usecases.reconcile(session, said, shop.clock()))


async def restore(shop: Shop, statement: str) -> None:
    """As if what is lost had never been."""
    async with shop.database.transaction() as session:
        await session.execute(text(statement))


async def test_a_conversation_that_goes_on_after_all_says_so_above_its_end(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    first = (await last_words(shop.database, "inquiries"))[0]
    await shop.act("close", asked, Outcome.RESOLVED, None)
    closed = await last_words(shop.database, "inquiries")
    await restore(
        shop,
        f"""update inquiries set status = 'waiting', version = 1, closed_at = null, closed_by = null, outcome = null,
            said_type = 'inquiry-received', said_version = 1, said_id = '{first.event_id}'""",
    )

    lost = await reconciled(shop, closed)

    *_, last = await shop.said()
    assert lost == []
    assert (closed[0].sequence, last["type"], last["version"]) == (2, "inquiry-received", 3)
    assert (await shop.inquiry(asked)).version == 3
    assert (await shop.steps(asked))[-1] == "reconciled"
    assert await reconciled(shop, await last_words(shop.database, "inquiries")) == []
    assert len(await shop.said()) == 3


async def test_one_that_ended_another_way_says_that_above(shop: Shop) -> None:
    asked = (await shop.asks()).inquiry.inquiry_id
    await shop.act("close", asked, Outcome.RESOLVED, None)
    said = await last_words(shop.database, "inquiries")
    await restore(shop, "update inquiries set outcome = 'won', said_id = gen_random_uuid(), version = 5, said_version = 2")

    await reconciled(shop, said)

    *_, last = await shop.said()
    assert (last["type"], last["outcome"], last["version"]) == ("inquiry-closed", "won", 6)


async def test_conversations_and_offers_that_are_not_there_any_more_are_lost(shop: Shop) -> None:
    await shop.lists()
    asked = (await shop.asks()).inquiry.inquiry_id
    promise = Promise(code="A", sku="MUG-RED", category=None, percent=Decimal(5), amount=None, quantity_from=1, expires_days=1)
    async with shop.database.transaction() as session:
        await usecases.offer(session, Ref("demo", asked), promise, by=WANG, reason="so it is", now=shop.clock())
    said = await last_words(shop.database, "inquiries")

    known = await reconciled(shop, said)
    await restore(shop, "delete from inquiries")
    await restore(shop, "delete from offers")

    assert known == []
    assert sorted(event.name for event in await reconciled(shop, said)) == ["inquiry-received", "offer-made"]
