"""CUS-1 on real Postgres: records as they are kept up with every event."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from shared.events.base import Event
from shared.events.cases import CaseOpened
from shared.events.parts import Customer
from shared.events.refunds import RefundClosed
from shared.events.storefront import CustomerUpdated, StorefrontOrderEvent
from shared.events.surveys import SurveyCompleted
from tests.services.orders.builders import DAY, HOUR, MONDAY, at, cancelled, dispatched, money, paid, placed
from tests.services.orders.shop import Shop

RECORD = "orders, first_order_at, last_order_at, refunds, complaints, satisfied, dissatisfied"
SALES = "placed_at is not null and status <> 'cancelled' and customer_id is not null"
_MADE_ANEW = text(f"""
    select customer_id, count(*), min(placed_at), max(placed_at),
           sum((select count(*) from order_refunds as refund
                where refund.order_id = orders.order_id and refund.currency = orders.currency))
    from orders where {SALES} group by 1 order by 1
""")
_KEPT = text(
    "select customer_id, orders, first_order_at, last_order_at, refunds from customers where orders <> 0 or refunds <> 0 order by 1"
)
_MONTHS_ANEW = text(f"""
    select customer_id, cast(date_trunc('month', placed_at at time zone 'UTC') as date), orders.currency, count(*), sum(total),
           coalesce(sum((select sum(amount) from order_refunds as refund
                         where refund.order_id = orders.order_id and refund.currency = orders.currency)), 0)
    from orders where {SALES} group by 1, 2, 3 order by 1, 2, 3
""")
_MONTHS_KEPT = text("""
    select customer_id, month, currency, orders, amount, refunded from customer_months where (orders, amount, refunded) <> (0, 0, 0)
    order by 1, 2, 3
""")


def event(kind: type[Event], **changed: Any) -> Event:
    return kind.read(orjson.dumps(kind.example | changed))


def refund(order_id: str = "10001", amount: str = "11.50", number: int = 1, currency: str = "USD", **changed: Any) -> Event:
    return event(RefundClosed, refund_id=str(UUID(int=number)), order_id=order_id, amount=money(amount, currency), **changed)


async def record(shop: Shop, customer_id: str = "c-81") -> dict[str, Any]:
    async with shop.database.transaction() as session:
        row = (await session.execute(text(f"select {RECORD} from customers where customer_id = :id"), {"id": customer_id})).mappings().one()
        return dict(row)


async def months(shop: Shop) -> list[tuple[Any, ...]]:
    async with shop.database.transaction() as session:
        return [(row[0], f"{row[1]:%Y-%m}", row[2], row[3], str(row[4]), str(row[5])) for row in await session.execute(_MONTHS_KEPT)]


async def test_an_order_counts_when_it_is_placed_and_not_again_when_it_goes_on(shop: Shop) -> None:
    await shop.tells(placed())
    await shop.tells(paid(), dispatched())

    kept = await record(shop)
    assert (kept["orders"], kept["first_order_at"], kept["last_order_at"]) == (1, MONDAY, MONDAY)
    assert await months(shop) == [("c-81", "2026-03", "USD", 1, "29.0000", "0.0000")]


async def test_a_cancelled_order_counts_no_more_and_the_first_and_the_last_are_looked_for_anew(shop: Shop) -> None:
    days = [0, 10, 40]
    await shop.tells(*(placed(str(number), placed_at=at(after * DAY)) for number, after in enumerate(days)))
    assert (await record(shop))["orders"] == 3

    await shop.tells(cancelled("0", after=DAY), cancelled("2", after=41 * DAY))

    kept = await record(shop)
    assert (kept["orders"], kept["first_order_at"], kept["last_order_at"]) == (1, MONDAY + 10 * DAY, MONDAY + 10 * DAY)
    assert await months(shop) == [("c-81", "2026-03", "USD", 1, "29.0000", "0.0000")]


async def test_who_cancelled_all_is_a_customer_without_orders(shop: Shop) -> None:
    await shop.tells(placed(), cancelled())
    await shop.tells(placed("10002"))
    await shop.tells(cancelled("10002"))

    assert (await record(shop))["orders"] == 0
    assert (await record(shop))["last_order_at"] is None
    assert await months(shop) == []


async def test_a_guest_is_no_customer(shop: Shop) -> None:
    await shop.tells(placed(customer={"customer_id": None}), paid())

    async with shop.database.transaction() as session:
        assert await session.scalar(text("select count(*) from customers")) == 0


async def test_a_correction_moves_what_it_changes(shop: Shop) -> None:
    await shop.tells(placed(customer_note="Please gift-wrap"), paid())
    other = {"customer_id": "c-82", "name": "Han Mei", "email": "han@example.com", "phone": None, "language": "zh-CN"}

    await shop.act("correct", corrected={"customer": Customer.model_validate_json(orjson.dumps(other))})

    assert ((await record(shop))["orders"], (await record(shop, "c-82"))["orders"]) == (0, 1)
    assert [month[0] for month in await months(shop)] == ["c-82"]


async def test_a_settled_refund_makes_its_order_smaller_once(shop: Shop) -> None:
    await shop.tells(placed(), paid())

    await shop.hears(refund(), refund(), refund(number=2, outcome="rejected"), refund(number=3, currency="EUR"))
    await shop.hears(refund())

    assert (await record(shop))["refunds"] == 1
    assert await months(shop) == [("c-81", "2026-03", "USD", 1, "29.0000", "11.5000")]


async def test_a_refund_of_a_cancelled_order_takes_nothing_and_one_of_an_order_that_is_cancelled_later_goes_with_it(shop: Shop) -> None:
    await shop.tells(placed(), cancelled(), placed("10002"))
    await shop.hears(refund("10001", "29.00", 1), refund("10002", "5.00", 2))
    assert await months(shop) == [("c-81", "2026-03", "USD", 1, "29.0000", "5.0000")]

    await shop.tells(cancelled("10002"))

    assert (await months(shop), (await record(shop))["refunds"]) == ([], 0)


async def test_a_refund_that_comes_before_its_order_counts_with_it(shop: Shop) -> None:
    await shop.hears(refund())

    await shop.tells(placed())

    assert await months(shop) == [("c-81", "2026-03", "USD", 1, "29.0000", "11.5000")]


async def test_cases_and_answers_count_once_and_only_what_they_tell(shop: Shop) -> None:
    def case(number: int, **changed: Any) -> Event:
        return event(CaseOpened, case_id=str(UUID(int=number)), **changed)

    def survey(number: int, *, satisfied: bool | None, **changed: Any) -> Event:
        return event(SurveyCompleted, survey_id=str(UUID(int=number)), satisfied=satisfied, **changed)

    await shop.hears(case(1), case(1), case(2, type="cancellation"), case(3, type="price-difference"), case(4, customer_id=None), case(5))
    await shop.hears(survey(1, satisfied=True), survey(2, satisfied=False), survey(3, satisfied=None))
    await shop.hears(survey(4, satisfied=True, customer_id=None), survey(5, satisfied=False))
    await shop.hears(case(1), survey(1, satisfied=True))

    kept = await record(shop)
    assert [kept[name] for name in ("orders", "complaints", "satisfied", "dissatisfied")] == [0, 2, 1, 2]


@pytest.mark.parametrize("newest_first", [True, False])
async def test_of_profiles_the_newest_counts_with_its_nulls(shop: Shop, *, newest_first: bool) -> None:
    old = event(CustomerUpdated)
    new = event(CustomerUpdated, name=None, birth_date="1992-02-29", preferences=None, updated_at="2026-03-01T00:00:01Z")

    for told in [new, old] if newest_first else [old, new]:
        await shop.hears(told)

    async with shop.database.transaction() as session:
        row = (await session.execute(text("select name, birth_date, birthday, preferences, region, version from customers"))).one()
    assert (row[0], str(row[1]), row[2], row[3], row[4]) == (None, "1992-02-29", 229, None, "Zhejiang")
    assert row[5] == (1 if newest_first else 2)


async def test_of_profiles_of_one_time_the_same_one_counts_whatever_comes_first(shop: Shop) -> None:
    two = [event(CustomerUpdated, region=region) for region in ("Zhejiang", "Jiangsu")]
    seen = set()
    for told in ([two[0]], [two[1]]), ([two[1]], [two[0]]), (two,), (list(reversed(two)),):
        await shop.forgets()
        for chunk in told:
            await shop.hears(*chunk)
        async with shop.database.transaction() as session:
            seen.add(await session.scalar(text("select region from customers")))

    assert len(seen) == 1


ORDERS = ("1", "2", "3")
CUSTOMERS = ("c-1", "c-2", None)


@st.composite
def _happenings(draw: st.DrawFn) -> StorefrontOrderEvent | Event:
    order_id, after = draw(st.sampled_from(ORDERS)), draw(st.sampled_from([0, 20, 45]))
    what = draw(st.sampled_from(["placed", "placed", "placed", "paid", "cancelled", "dispatched", "refund"]))
    if what == "placed":
        customer = {"customer_id": draw(st.sampled_from(CUSTOMERS))}
        currency = draw(st.sampled_from(["USD", "EUR"]))
        lines = [{"line_id": "1", "sku": "MUG-RED", "name": "Mug", "quantity": 2, "unit_price": money("12.00", currency)}]
        amounts: dict[str, Any] = {name: money("0.00", currency) for name in ("discount", "shipping_fee", "tax")}
        return placed(order_id, customer=customer, placed_at=at(after * DAY), lines=lines, total=money("24.00", currency), **amounts)
    if what == "refund":
        return refund(order_id, draw(st.sampled_from(["1.00", "2.50"])), draw(st.integers(1, 3)), draw(st.sampled_from(["USD", "EUR"])))
    made: Any = {"paid": paid, "cancelled": cancelled, "dispatched": dispatched}[what]
    return made(order_id, after=after * DAY + HOUR)  # type: ignore[no-any-return]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.lists(_happenings(), min_size=1, max_size=4), min_size=1, max_size=5))
async def test_cus_1_the_sum_of_differences_is_the_record_made_anew_from_the_orders(shop: Shop, chunks: list[list[Event]]) -> None:
    await shop.forgets()
    shop.clock.now = MONDAY + 60 * DAY
    for chunk in chunks:
        await shop.hears(*chunk)

    async with shop.database.transaction() as session:
        found = [[tuple(row) for row in await session.execute(asked)] for asked in (_KEPT, _MADE_ANEW, _MONTHS_KEPT, _MONTHS_ANEW)]
    kept, anew, kept_months, anew_months = found
    assert kept == anew
    assert kept_months == anew_months
