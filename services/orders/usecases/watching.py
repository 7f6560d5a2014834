"""The watch (ORD-8): what is late is found by time alone, said once, told to its customer once, and asked of whoever can know."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import watch
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.watch import Threshold, Watched
from services.orders.repository import orders
from services.orders.repository.orders import Ref
from services.orders.tasks import tasks as departments
from services.orders.usecases import clocks, crossing, questions
from shared import policies, stores, tasks
from shared.timers import set_timers

_NO_MORE = "It is not late any more"


@dataclass(frozen=True, slots=True)
class Look:
    """One order before and after it was looked at, with the thresholds it has crossed."""

    before: Order
    order: Order
    crossed: Sequence[Watched]

    @property
    def ref(self) -> Ref:
        return Ref(self.order.store_id, self.order.order_id)


async def look(session: AsyncSession, refs: Collection[Ref], now: datetime) -> None:
    """By the facts of now: what was due while nobody looked, and is over, is never told."""
    known = [order for order in (await orders.orders_for_update(session, refs)).values() if order.facts.placed]
    if not known:
        return
    rules = await policies.load(session, OrderPolicy, sorted({order.store_id for order in known}))
    looks = [_looked(order, rules[order.store_id], now) for order in known]
    await crossing.record(session, [(each.before, each.order, each.crossed) for each in looks if each.crossed], rules, now)
    await _withdraw(session, looks, rules, now)
    await _ask(session, [each for each in looks if each.crossed], rules, now)
    dues = {clocks.key(each.order): due for each in looks if (due := watch.next_due(each.order, rules[each.order.store_id]))}
    await set_timers(session, clocks.WATCH, dues)


def _looked(order: Order, policy: OrderPolicy, now: datetime) -> Look:
    crossed = watch.crossed_by(order, policy, now)
    return Look(order, crossing.crossed(order, crossed, now), crossed)


async def _withdraw(session: AsyncSession, looks: Sequence[Look], rules: Mapping[str, OrderPolicy], now: datetime) -> None:
    """What was asked about a delay that is over."""
    things: dict[str, list[tuple[str, tasks.About]]] = {}
    for each in looks:
        for threshold, shipment_id in watch.over(each.order, rules[each.order.store_id]):
            for kind in questions.KINDS[threshold]:
                things.setdefault(kind, []).append((each.ref.store_id, questions.about(each.ref, shipment_id)))
    for kind, about in sorted(things.items()):
        await tasks.withdraw(session, about, [kind], reason=_NO_MORE, now=now)


async def _ask(session: AsyncSession, looks: Sequence[Look], rules: Mapping[str, OrderPolicy], now: datetime) -> None:
    late = [(each.order, crossed) for each in looks for crossed in each.crossed if crossed.threshold in questions.KINDS]
    if not late:
        return
    shops = await stores.load(session, {order.store_id for order, _ in late})
    missing = await questions.missing_goods(session, [order for order, crossed in late if crossed.threshold is Threshold.UNSHIPPED])
    asked: dict[str, list[tasks.Asked]] = {}
    for order, crossed in late:
        kind = questions.kind_of(crossed, is_missing=Ref(order.store_id, order.order_id) in missing)
        question = questions.question(order, crossed, kind, shops[order.store_id], rules[order.store_id], now)
        asked.setdefault(kind, []).append(question)
    for kind, some in sorted(asked.items()):
        await departments.ask_all(session, kind, some, now)
