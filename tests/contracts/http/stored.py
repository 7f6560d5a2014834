"""What each service's database holds while its paths are tried, so that not everything is unknown. By parameter: ids that exist."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import text

from services.orders.repository.orders import Ref
from services.orders.usecases import noting
from shared.clock import utc_now
from shared.db import Database
from tests.services.aftersales import desk as aftersales
from tests.services.inquiry import shop as inquiry
from tests.services.orders import builders
from tests.services.orders import shop as orders
from tests.services.survey import desk as survey

Ids = dict[str, list[str]]


async def _orders(database: Database) -> Ids:
    shop = orders.Shop(database, orders.Clock())
    await shop.lists("MUG-RED", "12.50", stock=100)
    await shop.tells(builders.placed("10001"), builders.paid("10001"), builders.placed("10002", total=builders.money("1.00")))
    held = [str(number) for number in range(10010, 10030)]
    await shop.tells(*(builders.placed(order_id, total=builders.money("1.00")) for order_id in held))
    await shop.tells(builders.placed("10003"), builders.paid("10003", payment_id="pay-3"), builders.dispatched("10003"))
    asked = [await shop.asks(order_id) for order_id in ("10001", "10003")]
    async with database.transaction() as session:
        note = await noting.write(
            session, Ref("demo", "10001"), text="Ring twice", flags=(), gift=None, carrier=None, by=orders.WANG, now=utc_now()
        )
    return {
        "order_id": ["10001", "10002", "10003", *held],
        "sku": ["MUG-RED"],
        "customer_id": ["c-81"],
        "task_id": [str(task.task_id) for task in asked],
        "note_id": [str(note.note_id)],
    }


async def _inquiry(database: Database) -> Ids:
    shop = inquiry.Shop(database, inquiry.Clock())
    await shop.opens()
    await shop.lists()
    await shop.enters("wang", "zh-CN", "en")
    asked = [await shop.asks(customer_id=customer) for customer in ("c-81", "c-82")]
    await shop.replies(asked[0].inquiry.inquiry_id)
    await shop.hears(inquiry.ordered())
    return {
        "inquiry_id": [str(taken.inquiry.inquiry_id) for taken in asked],
        "agent_id": ["wang"],
        "customer_id": ["c-81"],
        "sku": ["MUG-RED"],
    }


async def _aftersales(database: Database) -> Ids:
    desk = aftersales.Desk(database, aftersales.Clock())
    await desk.hears(aftersales.order())
    cases = [await desk.case("quality"), await desk.case("wrong-item")]
    refunds = [await desk.ask(case, amount) for case, amount in zip(cases, ("5.00", "6.00"), strict=True)]
    await desk.finance("refund-settled", refunds[0], "e-1", amount=aftersales.money("7.00"))
    await desk.passes(timedelta(days=2))
    async with database.transaction() as session:
        letter_id = await session.scalar(text("select letter_id from dead_letters"))
    return {
        "letter_id": [str(letter_id)],
        "case_id": [str(case.case_id) for case in cases],
        "refund_id": [str(refund.refund_id) for refund in refunds],
        "task_id": [str(task.task_id) for task in await desk.asked("open")],
        "order_id": ["10001"],
    }


async def _survey(database: Database) -> Ids:
    clock = survey.Clock()
    clock.now = utc_now() - survey.DAY
    desk = survey.Desk(database, clock)
    link = await desk.link(survey.case_closed(closed_at=clock.now.isoformat()))
    async with database.transaction() as session:
        survey_id = await session.scalar(text("select survey_id from surveys"))
    return {"token": [link.removeprefix("/s/")], "survey_id": [str(survey_id)], "occasion": ["case-closed"]}


STORED: dict[str, Callable[[Database], Awaitable[Ids]]] = {
    "orders": _orders,
    "inquiry": _inquiry,
    "aftersales": _aftersales,
    "survey": _survey,
}
