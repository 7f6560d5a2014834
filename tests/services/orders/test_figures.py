import inspect
import re

from services.orders.domain import checks
from services.orders.readings import read_held
from tests.figures import Counted, figure, figures
from tests.services.orders.builders import DAY, MINUTE, cancelled, delivered, dispatched, line, paid, placed
from tests.services.orders.shop import Shop

NOTED = "Please gift-wrap"


async def test_a_hold_counts_once_for_each_check_that_failed(shop: Shop) -> None:
    counted = Counted()

    await shop.tells(placed(lines=[line("GONE"), line("GONE-TOO", line_id="2")], customer_note=NOTED), paid())
    await shop.act("take")

    assert counted("kefu_order_holds_total", check="product") == counted("kefu_order_holds_total", check="note") == 1


def test_every_check_is_shown_before_the_first_order_fails_it() -> None:
    names = set(re.findall(r'FailedCheck\("([a-z-]+)"', inspect.getsource(checks)))

    assert names
    assert [name for name in names if figure("kefu_order_holds_total", check=name) is None] == []


async def test_confirmations_count_by_whether_a_person_was_needed(shop: Shop) -> None:
    counted = Counted()

    await shop.tells(placed("1"), paid("1"))
    await shop.tells(placed("2", customer_note=NOTED), paid("2", payment_id="pay-2"))
    await shop.act("confirm", "2")

    assert counted("kefu_orders_confirmed_total", by="auto") == counted("kefu_orders_confirmed_total", by="auditor") == 1


async def test_an_order_counts_once_when_it_ends_and_by_how(shop: Shop) -> None:
    counted = Counted()

    await shop.tells(placed("1"), paid("1"), cancelled("1"))
    await shop.tells(placed("2"), paid("2", payment_id="pay-2"), dispatched("2"), delivered("2"))
    await shop.tells(cancelled("1"))
    await shop.passes(30 * DAY)

    assert counted("kefu_orders_closed_total", outcome="cancelled") == counted("kefu_orders_closed_total", outcome="signed") == 1


async def test_an_order_that_was_never_placed_counts_after_an_hour(shop: Shop) -> None:
    counted = Counted()

    await shop.tells(paid())
    await shop.passes(DAY)

    assert counted("kefu_order_skeletons_total") == 1


async def test_held_orders_are_told_with_how_long_the_first_has_waited(shop: Shop) -> None:
    await shop.tells(placed("1", customer_note=NOTED), paid("1"))
    shop.clock.passes(MINUTE)
    await shop.tells(placed("2", customer_note=NOTED, lines=[line(quantity=1)]), paid("2", payment_id="pay-2"))

    async with shop.database.transaction() as session:
        await read_held(session, shop.clock() + MINUTE)
    both = figures("kefu_orders_held", "kefu_orders_held_oldest_age_seconds")
    await shop.act("confirm", "1")
    await shop.act("confirm", "2")
    async with shop.database.transaction() as session:
        await read_held(session, shop.clock())

    assert both == [2, 120]
    assert figures("kefu_orders_held", "kefu_orders_held_oldest_age_seconds") == [0, 0]
