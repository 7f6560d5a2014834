"""Departments are asked in the language of their store, by advice as by the watch (ORD-7, ORD-8, ORD-9)."""

from string import Template

import orjson
import pytest
from sqlalchemy import text

from services.orders.domain import questions
from services.orders.tasks import tasks
from shared.events.storefront import StoreUpdated
from tests.services.orders.builders import DAY, HOUR, MINUTE, dispatched, paid, placed, tracked
from tests.services.orders.desk import CANCEL, Desk, change, parcel, sold
from tests.services.orders.shop import Shop

TO_US = {"country": "US", "region": "CA", "city": "Los Angeles", "postal_code": "90001", "phone": "+12135550100"}


async def opens(shop: Shop, *languages: str) -> None:
    await shop.hears(StoreUpdated.read(orjson.dumps(StoreUpdated.example | {"languages": languages})))


async def asked(shop: Shop) -> list[str]:
    async with shop.database.transaction() as session:
        return list(await session.scalars(text("select question from tasks order by task_id")))


@pytest.mark.parametrize(
    ("languages", "cost", "goods", "packing"),
    [
        (
            ["zh-CN", "en"],
            "订单 10001 的商品是否已经采购？哪天采购，花费多少？",
            "订单 10001 已修改：请备好 2 × MUG-BLUE。",
            "订单 10001 已修改：请打包 2 × MUG-BLUE，并按时发出。",
        ),
        (
            ["de", "zh-CN"],
            "Have goods been bought for order 10001: when, and for how much?",
            "Order 10001 was changed: provide 2 × MUG-BLUE.",
            "Order 10001 was changed: pack 2 × MUG-BLUE, and ship it in time.",
        ),
    ],
)
async def test_advice_asks_in_the_language_of_the_store(
    shop: Shop, desk: Desk, languages: list[str], cost: str, goods: str, packing: str
) -> None:
    await opens(shop, *languages)
    await sold(shop)

    await desk.asks(CANCEL)
    await desk.accepts(change("MUG-BLUE"))

    assert await asked(shop) == [cost, goods, packing]


async def test_a_parcel_is_sent_again_in_the_language_of_the_store(shop: Shop, desk: Desk) -> None:
    await opens(shop, "zh-CN")
    await shop.tells(placed(address=TO_US), paid(), dispatched(tracking_number=None))
    shop.clock.passes(52 * DAY)

    await desk.accepts(parcel(), choice="reship")

    assert await asked(shop) == ["包裹 s-1（订单 10001）已丢失：请重新寄出其中的商品。"]


@pytest.mark.parametrize(
    ("stock", "is_dispatched", "question"),
    [
        (0, False, "订单 10001 下单已 17 天，商品缺货。新的到货日期是哪天？"),
        (90, False, "订单 10001 下单已 17 天仍未发货。原因是什么，哪天发出？"),
        (90, True, "包裹 s-1（订单 10001）已 15 天没有物流更新。包裹在哪里？"),
    ],
)
async def test_advice_and_the_watch_ask_the_same_in_the_same_words(
    shop: Shop, desk: Desk, *, stock: int, is_dispatched: bool, question: str
) -> None:
    await opens(shop, "zh-CN")
    await shop.tells(placed(address=TO_US), paid(), *([dispatched(), tracked()] if is_dispatched else []))
    await shop.lists("MUG-RED", "12.50", stock=stock, after=HOUR)
    shop.clock.passes(17 * DAY + MINUTE)
    await desk.asks(parcel())
    advised = await asked(shop)
    async with shop.database.transaction() as session:
        await session.execute(text("delete from tasks"))

    await shop.passes(MINUTE)

    assert advised == await asked(shop) == [question]


def test_every_question_is_there_in_both_languages_with_the_same_values() -> None:
    assert set(tasks.kinds) == questions.QUESTIONS
    for told in questions._QUESTIONS.values():
        chinese, english = (set(Template(told[language]).get_identifiers()) for language in ("zh-CN", "en"))
        assert chinese == english
