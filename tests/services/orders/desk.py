"""An agent's desk: asks for advice and accepts it; departments answer what they are asked."""

from typing import Any

import orjson
from sqlalchemy import text

from services.orders import usecases
from services.orders.domain.amending import WantedLine
from services.orders.domain.order import Order
from services.orders.domain.wishes import AdviceKind, GivenAdvice, Wish
from services.orders.repository import advice
from services.orders.repository.orders import Ref
from services.orders.tasks import tasks
from shared.auth import Actor, Role
from shared.tasks import people
from shared.tasks.repository import Ref as TaskRef
from tests.services.orders.builders import line, money, paid, placed
from tests.services.orders.shop import ANY, Shop

LI = Actor("li", "Li Na", frozenset({Role.AGENT}), frozenset({"demo"}))
CHEN = Actor("chen", "Chen Jun", frozenset({Role.PURCHASING, Role.WAREHOUSE, Role.FORWARDER}), frozenset({"demo"}))
CANCEL = Wish(AdviceKind.CANCEL)
PLAIN = placed(lines=[line()], total=money("30.00"))


def change(sku: str, quantity: int = 2, line_id: str = "1") -> Wish:
    return Wish(AdviceKind.CHANGE, (WantedLine(line_id, sku, quantity),))


def parcel(shipment_id: str | None = None) -> Wish:
    return Wish(AdviceKind.LOGISTICS, shipment_id=shipment_id)


class Desk:
    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    async def asks(self, wish: Wish, order_id: str = "10001") -> GivenAdvice:
        async with self.shop.database.transaction() as session:
            return await usecases.ask(session, Ref("demo", order_id), wish, by="li", now=self.shop.clock())

    async def accepts(self, wish: Wish, order_id: str = "10001", *, agreed: bool | None = None, choice: Any = None) -> Order:
        async with self.shop.database.transaction() as session:
            return await usecases.accept(
                session,
                Ref("demo", order_id),
                ANY,
                wish,
                by=LI,
                reason="the customer said so",
                agreed=agreed,
                choice=choice,
                now=self.shop.clock(),
            )

    async def given(self, order_id: str = "10001") -> list[GivenAdvice]:
        """Newest first."""
        async with self.shop.database.transaction() as session:
            return await advice.advice_of(session, Ref("demo", order_id), after=None, limit=100)

    async def tasks(self) -> list[tuple[str, str, str]]:
        """Kind, thing and state of each that was ever asked, oldest first."""
        async with self.shop.database.transaction() as session:
            rows = await session.execute(text("select kind, about_id, answered_at, withdrawn_at from tasks order by task_id"))
            return [
                (row.kind, row.about_id, "answered" if row.answered_at else "withdrawn" if row.withdrawn_at else "open") for row in rows
            ]

    async def answer(self, kind: str, **answer: Any) -> None:
        """The open task of this kind."""
        async with self.shop.database.transaction() as session:
            asked = await session.scalar(text("select task_id from tasks where kind = :kind and answered_at is null"), {"kind": kind})
            await people.answer(session, tasks, TaskRef("demo", asked), ANY, answer, by=CHEN, reason=None, now=self.shop.clock())

    async def told(self) -> list[tuple[str, str]]:
        """Template and text of each message to a customer."""
        async with self.shop.database.transaction() as session:
            rows = await session.execute(text("select payload from outbox where topic = 'customer-messages' order by number"))
            messages = [orjson.loads(row.payload) for row in rows]
        return [(message["template"], message["text"]) for message in messages]


async def sold(shop: Shop) -> None:
    """Two red mugs for 30.00 USD, confirmed."""
    await shop.tells(PLAIN, paid(amount="30.00"))


def dues(said: dict[str, object]) -> list[tuple[str, str]]:
    told = said["dues"]
    assert isinstance(told, list)
    return [(due["direction"], due["amount"]["amount"]) for due in told]
