"""What the rules advise on an order now: loads what they look at, decides, and changes nothing (ORD-5, ORD-6, ORD-7)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.advice import DISPATCH_LATE, GOODS_LATE, PARCEL_NOT_ONLINE, PARCEL_SILENT, PURCHASE_COST, Advice, Errand, day_of
from services.orders.domain.agreed import changed_at
from services.orders.domain.amending import Amendment, amended, due_back, missing, only_what_was_sent
from services.orders.domain.cancelling import Purchase, cancel_advice, cancel_facts
from services.orders.domain.catalogue import ProductNow
from services.orders.domain.changing import change_advice, change_facts, must_be_changeable
from services.orders.domain.logistics import logistics_advice
from services.orders.domain.order import Order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.whereabouts import Answers, Delay, Trace, parcel_asked_about, whereabouts
from services.orders.domain.wishes import AdviceKind, Wish
from services.orders.repository import advice as advices
from services.orders.repository import catalogue
from services.orders.repository.advice import Answered
from services.orders.repository.orders import Ref
from services.orders.schemas.answers import DispatchDate, GoodsDate, PurchaseAnswer, Whereabouts
from services.orders.usecases import questions
from shared import policies, stores
from shared.calendar import BusinessCalendar
from shared.policies import Policies
from shared.tasks import AnswerForm

_OF_GOODS = (PURCHASE_COST.kind, GOODS_LATE.kind, DISPATCH_LATE.kind)
A = TypeVar("A", bound=AnswerForm)


@dataclass(frozen=True, slots=True)
class Judged:
    """The advice, for the order as it was read; `amendment` is what a change makes of it, `shipment_id` the parcel that is meant.

    `wish` names that parcel, however it was asked for: what was told and done of it counts for both.
    """

    order: Order
    wish: Wish
    advice: Advice
    policies: Policies[OrderPolicy]
    calendar: BusinessCalendar
    amendment: Amendment | None = None
    shipment_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    order: Order
    wish: Wish
    policies: Policies[OrderPolicy]
    calendar: BusinessCalendar
    now: datetime

    @property
    def ref(self) -> Ref:
        return Ref(self.order.store_id, self.order.order_id)

    def still(self, told: Mapping[str, Answered]) -> Mapping[str, Answered]:
        """Without what departments answered about goods that were changed for others since."""
        since = changed_at(self.order)
        return {kind: answer for kind, answer in told.items() if kind not in _OF_GOODS or since is None or answer.answered_at > since}

    def judged(self, advice: Advice, amendment: Amendment | None = None, shipment_id: str | None = None) -> Judged:
        wish = replace(self.wish, shipment_id=shipment_id)
        return Judged(self.order, wish, advice, self.policies, self.calendar, amendment, shipment_id)


async def judge(session: AsyncSession, order: Order, wish: Wish, now: datetime) -> Judged:
    """StateUnknownToRule (409), ChangeNotPossible, UnknownShipment (422)."""
    current = await policies.current(session, OrderPolicy, order.store_id)
    store = await stores.store(session, order.store_id)
    return await _JUDGES[wish.kind](session, _Case(order, wish, current, store.calendar, now))


async def _cancel(session: AsyncSession, case: _Case) -> Judged:
    told = _read(PurchaseAnswer, PURCHASE_COST, case.still(await advices.answers(session, case.ref, None)))
    facts = cancel_facts(case.order, Purchase(told.bought_on, told.cost) if told else None)
    return case.judged(cancel_advice(facts, case.policies.values, case.calendar, case.now))


async def _change(session: AsyncSession, case: _Case) -> Judged:
    must_be_changeable(case.order)
    policy, standing = case.policies.values, case.order.standing
    products = await catalogue.on_sale(session, case.order.store_id, {line.sku for line in case.wish.lines})
    amendment = amended(standing, case.wish.lines, products)
    short = missing(standing, amendment, products, policy.safety_stock)
    instead = await _similar(session, case.order.store_id, [products[sku] for sku in short], policy)
    facts = change_facts(case.order, amendment, products, instead, policy.safety_stock)
    return case.judged(change_advice(facts, policy, case.calendar, case.now), amendment)


async def _similar(session: AsyncSession, store_id: str, short: Sequence[ProductNow], policy: OrderPolicy) -> list[ProductNow]:
    found: dict[str, ProductNow] = {}
    for product in short:
        near = await catalogue.similar(session, store_id, product, stock_above=policy.safety_stock, limit=policy.similar_products)
        found |= {each.sku: each for each in near}
    return list(found.values())


async def _logistics(session: AsyncSession, case: _Case) -> Judged:
    shipment_id = parcel_asked_about(case.order, case.wish.shipment_id)
    answers = _answers(case.still(await advices.answers(session, case.ref, shipment_id)), case)
    missing = shipment_id is None and bool(await questions.missing_goods(session, [case.order]))
    about = whereabouts(case.order, shipment_id, answers, case.calendar, case.now, goods_missing=missing)
    rest = None if shipment_id else only_what_was_sent(case.order)
    if rest is not None:  # what is refunded is what taking out the rest makes cheaper
        about = replace(about, value=due_back(case.order, rest))
    return case.judged(logistics_advice(about, case.policies.values, case.calendar, case.now), shipment_id=shipment_id)


def _answers(told: Mapping[str, Answered], case: _Case) -> Answers:
    goods, delay = _read(GoodsDate, GOODS_LATE, told), _read(DispatchDate, DISPATCH_LATE, told)
    traces = [told[errand.kind] for errand in (PARCEL_NOT_ONLINE, PARCEL_SILENT) if errand.kind in told]
    return Answers(
        goods_expected_on=goods.expected_on if goods else None,
        delay=Delay(delay.why, delay.dispatched_on) if delay else None,
        trace=_trace(max(traces, key=lambda each: each.answered_at), case) if traces else None,
    )


def _trace(told: Answered, case: _Case) -> Trace:
    """One that names no day is followed up like one that was not answered."""
    answer = Whereabouts.model_validate_json(told.answer)
    follow_up_on = day_of(told.answered_at + case.policies.values.forwarder_answers_within, case.calendar)
    return Trace(answer.note, answer.expected_on, answer.outcome == "lost", answer.expected_on or follow_up_on)


def _read(form: type[A], errand: Errand, told: Mapping[str, Answered]) -> A | None:
    return form.model_validate_json(told[errand.kind].answer) if errand.kind in told else None


_JUDGES: Mapping[AdviceKind, Callable[[AsyncSession, _Case], Awaitable[Judged]]] = {
    AdviceKind.CANCEL: _cancel,
    AdviceKind.CHANGE: _change,
    AdviceKind.LOGISTICS: _logistics,
}
