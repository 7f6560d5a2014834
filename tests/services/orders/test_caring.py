"""CUS-5 on real Postgres: a kind word with consent, by day, once for an occasion of a year."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import text

from services.orders.domain.policy import OrderPolicy
from services.orders.usecases.customers import caring
from shared.auth import Actor, Role
from shared.events.storefront import CustomerUpdated, StoreUpdated
from shared.http import Version
from shared.policies import put
from tests.services.orders.shop import Shop
from tests.services.orders.test_customers import event

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(month: int, day: int, hour: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI).astimezone(UTC)


async def told(shop: Shop) -> list[dict[str, Any]]:
    async with shop.database.transaction() as session:
        rows = await session.execute(text("select payload from outbox where type = 'customer-message' order by number"))
        return [orjson.loads(row[0]) for row in rows]


async def addressed(shop: Shop) -> list[tuple[str, str]]:
    return [(each["customer_id"], each["template"]) for each in await told(shop)]


async def opens(shop: Shop, now: datetime, *customers: dict[str, Any], **store: Any) -> None:
    shop.clock.now = now
    await shop.hears(
        event(StoreUpdated, **{"updated_at": FIRST} | store),
        *(event(CustomerUpdated, **{"updated_at": FIRST} | customer) for customer in customers),
    )
    await shop.passes(timedelta(0))


FIRST = "2026-01-01T00:00:00Z"
BORN = {"customer_id": "c-1", "birth_date": "1990-05-17"}


async def test_a_customer_who_consented_is_wished_a_happy_birthday_in_her_language(shop: Shop) -> None:
    english = {**BORN, "customer_id": "c-2", "language": "de", "name": None}
    await opens(shop, local(5, 16, 12), BORN, english)

    await shop.passes(DAY)

    chinese, other = await told(shop)
    assert (chinese["customer_id"], chinese["language"], chinese["subject"]) == ("c-1", "zh-CN", "Li Lei，生日快乐！")
    assert (other["customer_id"], other["language"], other["subject"]) == ("c-2", "en", "Happy birthday, friend!")
    assert "Demo Mugs" in other["text"]
    assert chinese["about"] == {"kind": "occasion", "id": "2026-05-17"}


@pytest.mark.parametrize(
    "customer",
    [
        {**BORN, "marketing_consent": False},
        {**BORN, "marketing_consent": None},
        {**BORN, "birth_date": None},
        {**BORN, "birth_date": "1990-05-18"},
    ],
)
async def test_nobody_else_is(shop: Shop, customer: dict[str, Any]) -> None:
    await opens(shop, local(5, 16, 12), customer)

    await shop.passes(22 * HOUR)

    assert await told(shop) == []


async def test_consent_that_is_withdrawn_counts_at_once(shop: Shop) -> None:
    await opens(shop, local(5, 16, 12), BORN)
    await shop.hears(event(CustomerUpdated, **BORN, marketing_consent=False, updated_at="2026-05-16T04:00:00Z"))

    await shop.passes(DAY)

    assert await told(shop) == []


async def test_a_birthday_is_kept_once_a_year_at_the_care_hour(shop: Shop) -> None:
    await opens(shop, local(5, 16, 12), BORN)
    await shop.passes(21 * HOUR)
    assert await told(shop) == []

    await shop.passes(HOUR)
    for _ in range(3):
        async with shop.database.transaction() as session:
            await caring.care_for(session, "demo", shop.clock())
        await shop.passes(timedelta(0))
    assert await addressed(shop) == [("c-1", "birthday-wish")]

    shop.clock.now = local(5, 17, 11, year=2027)
    await shop.passes(timedelta(0))
    assert await addressed(shop) == [("c-1", "birthday-wish")] * 2


@pytest.mark.parametrize(("hour", "count"), [(7, 0), (8, 1), (21, 1), (22, 0), (23, 0), (0, 0)])
async def test_nobody_is_written_to_at_night_however_late_it_became(shop: Shop, hour: int, count: int) -> None:
    await opens(shop, local(5, 15, 12), BORN)
    async with shop.database.transaction() as session:
        await session.execute(text("update timers set due_at = :due, retry_at = :due where kind = 'care'"), {"due": local(5, 17, hour)})
    shop.clock.now = local(5, 17, hour)

    await shop.passes(timedelta(0))

    assert len(await told(shop)) == count


async def test_a_wish_is_not_made_up_for_the_day_after(shop: Shop) -> None:
    await opens(shop, local(5, 16, 12), BORN)

    await shop.passes(2 * DAY)

    assert await told(shop) == []


async def test_a_holiday_of_several_days_is_greeted_once_and_a_day_of_mourning_never(shop: Shop) -> None:
    await opens(shop, local(2, 16, 9), {"customer_id": "c-1"}, {"customer_id": "c-2", "language": "en"})
    for _ in range(5):
        await shop.passes(DAY)
    greeted = await told(shop)

    assert [(each["customer_id"], each["subject"]) for each in greeted if each["customer_id"] == "c-1"] == [
        ("c-1", "Demo Mugs祝您农历除夕快乐"),
        ("c-1", "Demo Mugs祝您春节快乐"),
    ]
    assert [each["subject"] for each in greeted if each["customer_id"] == "c-2"] == [
        "Demo Mugs: best wishes for Chinese New Year's Eve",
        "Demo Mugs: best wishes for Chinese New Year (Spring Festival)",
    ]
    shop.clock.now = local(4, 5, 9)
    await shop.passes(DAY)
    assert len(await told(shop)) == len(greeted)


async def test_a_store_without_holidays_or_one_that_does_not_want_it_greets_nobody(shop: Shop) -> None:
    await opens(shop, local(5, 16, 12), BORN, holiday_country=None)
    admin = Actor("root", "Root", frozenset({Role.ADMIN}), frozenset({"*"}))
    async with shop.database.transaction() as session:
        unwanted = OrderPolicy(birthday_care=False)
        version = Version(frozenset("*"))
        await put(session, "demo", version, unwanted, set_values={"birthday_care": False}, by=admin, reason="", now=shop.clock())

    await shop.passes(22 * HOUR)
    shop.clock.now = local(10, 1, 11)
    await shop.passes(timedelta(0))

    assert await told(shop) == []


async def test_more_customers_than_one_transaction_greets_are_greeted_in_slices(shop: Shop) -> None:
    await opens(shop, local(5, 16, 12), *({**BORN, "customer_id": f"c-{number}"} for number in range(450)))

    await shop.passes(22 * HOUR)

    assert len({customer_id for customer_id, _ in await addressed(shop)}) == len(await told(shop)) == 450
