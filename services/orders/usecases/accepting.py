"""Carrying advice out as the customer decided: the rules are asked again first, and everything happens in one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.amending import only_what_was_sent
from services.orders.domain.cancelling import CancelAction
from services.orders.domain.changing import ChangeAction
from services.orders.domain.dues import Due, due_id
from services.orders.domain.facts import Facts
from services.orders.domain.logistics import LogisticsAction
from services.orders.domain.order import Order
from services.orders.domain.records import changed
from services.orders.domain.status import has_shipped
from services.orders.domain.wishes import AdviceAccepted, NothingToCarryOut, Outcome, Wish, must_be_as_given
from services.orders.models.facts import CalledOff
from services.orders.repository import advice as advices
from services.orders.repository import orders
from services.orders.repository.history import Step
from services.orders.repository.orders import Ref
from services.orders.usecases import agreeing, questions
from services.orders.usecases.advising import forget_change, give, send_of
from services.orders.usecases.changes import Change, record, settle
from services.orders.usecases.judging import Judged, judge
from shared.auth import Actor
from shared.errors import FieldProblem, Unprocessable
from shared.http import Version
from shared.money import Money
from shared.tasks import withdraw

NOT_COME = "the goods did not come in"
Choice = Literal["exchange", "refund", "reship"]


class DecisionMissing(Unprocessable):
    """The advice leaves something to the customer, and nobody says what they decided."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the customer decided: whether they agree that a loss is withheld, and which of the choices they take."""

    by: str
    reason: str
    agreed: bool | None = None
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class _Carrying:
    session: AsyncSession
    change: Change
    judged: Judged
    accepted: Acceptance
    now: datetime

    def step(self, step: str) -> Step:
        advice = self.judged.advice
        money = {"refund": advice.refund, "withheld": advice.withheld, "payment": advice.payment}
        told = {name: str(amount) for name, amount in money.items() if amount is not None}
        return Step(step, self.accepted.by, self.accepted.reason, {"action": advice.action, "rules": list(advice.rules), **told})

    async def send_errands(self) -> None:
        for task in self.judged.advice.tasks:
            await send_of(self.session, self.judged, task, by=self.accepted.by, now=self.now)


async def accept(
    session: AsyncSession,
    ref: Ref,
    version: Version,
    wish: Wish,
    *,
    by: Actor,
    reason: str,
    agreed: bool | None,
    choice: Choice | None,
    now: datetime,
) -> Order:
    """404, 428, 412; AdviceChanged names the new action, AdviceWaits, AdviceAccepted, NothingToCarryOut, ChangeWaits (409).

    DecisionMissing, ChangeNotPossible (422).
    """
    order = await orders.order_for_update(session, ref, version)
    judged = await judge(session, order, wish, now)
    given = await advices.newest(session, ref, judged.wish)
    must_be_as_given(given or await advices.newest(session, ref, wish), judged.advice)
    carry_out = _CARRIED_OUT.get(judged.advice.action)
    if carry_out is None:
        raise NothingToCarryOut(f"the advice {judged.advice.action} is for the customer to know: there is nothing to carry out")
    given = given or await give(session, judged, by=by.sub, now=now)
    carrying = _Carrying(session, Change(order, order), judged, Acceptance(by.sub, reason, agreed, choice), now)
    outcome = await carry_out(carrying)
    await advices.end(session, given, outcome, by=by.sub, now=now)
    return carrying.change.order


async def _cancel(carrying: _Carrying) -> Outcome:
    """All that was paid is due back; where a loss is withheld with the customer's consent, less that."""
    _call_off(carrying, withheld=carrying.judged.advice.withheld)
    await settle(carrying.session, [carrying.change], carrying.now)
    return Outcome.ACCEPTED


async def _withhold(carrying: _Carrying) -> Outcome:
    if carrying.accepted.agreed is None:
        problem = FieldProblem("agreed", "missing", "must say whether the customer agrees that the loss is withheld")
        raise DecisionMissing("the customer has to agree or refuse", [problem])
    if carrying.accepted.agreed:
        return await _cancel(carrying)
    carrying.change.note(carrying.step("kept-as-ordered"))
    await record(carrying.session, [carrying.change], carrying.now)
    return Outcome.REFUSED


async def _change(carrying: _Carrying) -> Outcome:
    """At once where nothing has to be paid first, else when it has been paid."""
    judged = carrying.judged
    assert judged.amendment is not None
    agreeing.must_not_wait(carrying.change.order)
    waits = judged.advice.payment is not None
    step = carrying.step("change-agreed" if waits else "changed")
    await agreeing.agree(carrying.session, carrying.change, judged.amendment, judged.advice, judged.policies.values, step, carrying.now)
    if not waits:
        await forget_change(carrying.session, carrying.change.order, by=carrying.accepted.by, now=carrying.now)
        await carrying.send_errands()
    await settle(carrying.session, [carrying.change], carrying.now)
    return Outcome.ACCEPTED


async def _lost(carrying: _Carrying) -> Outcome:
    """The parcel is sent again, or what it held is due back: one of them, once."""
    await _must_be_first(carrying)
    choice = _choice(carrying, "reship", "refund")
    await _need_not_ask(carrying)
    if choice == "refund":
        await _refund_lost(carrying)
        return Outcome.ACCEPTED
    await carrying.send_errands()
    carrying.change.note(carrying.step("reshipped"))
    await record(carrying.session, [carrying.change], carrying.now)
    return Outcome.ACCEPTED


async def _late(carrying: _Carrying) -> Outcome:
    """An exchange is a change, which has advice of its own."""
    if _choice(carrying, "exchange", "refund") == "exchange":
        raise NothingToCarryOut("an exchange is a change: ask for change-advice with the lines that are wanted instead")
    if has_shipped(carrying.change.order.facts):
        return await _keep_what_was_sent(carrying)
    return await _cancel(carrying)


async def _keep_what_was_sent(carrying: _Carrying) -> Outcome:
    """The rest is not ordered any more: nobody needs to buy, pack or answer anything for it."""
    order, by = carrying.change.order, carrying.accepted.by
    amendment = only_what_was_sent(order)
    if amendment is None:
        raise NothingToCarryOut("nobody has told what its parcels hold, so what is missing is not known")
    agreeing.must_not_wait(order)
    judged, step = carrying.judged, carrying.step("changed")
    policy = judged.policies.values
    await agreeing.agree(carrying.session, carrying.change, amendment, judged.advice, policy, step, carrying.now, because=NOT_COME)
    things = [(order.store_id, questions.about(Ref(order.store_id, order.order_id), None))]
    await withdraw(carrying.session, things, reason=_chosen(carrying), now=carrying.now, by=by)
    await settle(carrying.session, [carrying.change], carrying.now)
    return Outcome.ACCEPTED


async def _need_not_ask(carrying: _Carrying) -> None:
    order, shipment_id = carrying.change.order, carrying.judged.shipment_id
    lost = questions.about(Ref(order.store_id, order.order_id), shipment_id)
    by, reason = carrying.accepted.by, _chosen(carrying)
    await withdraw(carrying.session, [(order.store_id, lost)], [questions.PARCEL_LOST], reason=reason, now=carrying.now, by=by)


def _chosen(carrying: _Carrying) -> str:
    return f"The customer has chosen: {carrying.accepted.choice}"


async def _must_be_first(carrying: _Carrying) -> None:
    """AdviceAccepted (409), however often it is told since: by other numbers, or in other words."""
    judged, order = carrying.judged, carrying.change.order
    if await advices.was_accepted(carrying.session, Ref(order.store_id, order.order_id), judged.wish, judged.advice.action):
        raise AdviceAccepted(f"the advice {judged.advice.action} was carried out already")


def _choice(carrying: _Carrying, *choices: Choice) -> Choice:
    if carrying.accepted.choice not in choices:
        problem = FieldProblem("choice", "one-of", f"must say what the customer chose: {' or '.join(choices)}")
        raise DecisionMissing("the customer has to choose", [problem])
    return carrying.accepted.choice


def _call_off(carrying: _Carrying, withheld: Money | None) -> None:
    accepted = carrying.accepted
    called_off = CalledOff(cancelled_at=carrying.now, by=accepted.by, reason=accepted.reason, withheld=withheld)
    carrying.change.learn(Facts(called_off=called_off), carrying.step("cancelled"))


async def _refund_lost(carrying: _Carrying) -> None:
    order, amount, shipment_id = carrying.change.order, carrying.judged.advice.refund, carrying.judged.shipment_id
    identity = due_id(order.standing, "lost", shipment_id or "")
    if amount is None or amount.amount <= 0 or any(due.due_id == identity for due in order.dues):
        raise NothingToCarryOut("all that was paid for it is due back already, or was never paid")
    carrying.change.order = changed(order, dues=(*order.dues, Due(identity, "refund", amount, f"parcel {shipment_id} was lost")))
    carrying.change.steps.append(carrying.step("refund-due"))
    await settle(carrying.session, [carrying.change], carrying.now)


_CARRIED_OUT: Mapping[str, Callable[[_Carrying], Awaitable[Outcome]]] = {
    CancelAction.FULL_REFUND: _cancel,
    CancelAction.WITHHOLD_LOSS: _withhold,
    ChangeAction.CHANGE: _change,
    ChangeAction.PAY_DIFFERENCE: _change,
    ChangeAction.REFUND_DIFFERENCE: _change,
    LogisticsAction.PRESUMED_LOST: _lost,
    LogisticsAction.GOODS_LATE: _late,
}
