"""What is late in the sample shop is late by the thresholds that every store begins with (ORD-8)."""

import json
import random
from datetime import date
from functools import reduce

import pytest

from deploy.local.saying import Speaker, now
from deploy.local.simulator.catalogue import catalogue
from deploy.local.simulator.late import ASKED_BY_THE_WATCH, WAYS, answer_to, late_order, tell_of, turns_up
from deploy.local.simulator.orders import good_order
from deploy.local.simulator.storefront import Storefront
from services.orders.domain import watch
from services.orders.domain.decisions import AUTO
from services.orders.domain.facts import Facts
from services.orders.domain.order import Order, new_order
from services.orders.domain.policy import OrderPolicy
from services.orders.domain.records import changed
from services.orders.models.facts import facts_told
from services.orders.schemas.answers import DispatchDate, Done, GoodsDate, Whereabouts
from services.orders.usecases import questions
from shared.events.storefront import OrderPaid, OrderPlaced, ShipmentDispatched, ShipmentTracked, StorefrontOrderEvent
from shared.tasks import AnswerForm

TOPIC = OrderPlaced.topic
CONTRACTS = {contract.name: contract for contract in (OrderPlaced, OrderPaid, ShipmentDispatched, ShipmentTracked)}
FORMS: dict[str, type[AnswerForm]] = {
    "dispatch-late": DispatchDate,
    "goods-late": GoodsDate,
    "parcel-lost": Done,
    "parcel-not-online": Whereabouts,
    "parcel-silent": Whereabouts,
}


class Ear:
    """Hears what is said, in Kafka's place."""

    def __init__(self) -> None:
        self.heard: list[StorefrontOrderEvent] = []

    async def send(self, _topic: str, *, value: bytes, headers: list[tuple[str, bytes]], **_key: bytes) -> None:
        self.heard.append(CONTRACTS[dict(headers)["ce_type"].decode()].read(value))


def order_of(told: list[StorefrontOrderEvent]) -> Order:
    """Confirmed when it was placed."""
    facts = reduce(lambda known, event: known.merged(facts_told(event)), told, Facts())
    assert facts.placed is not None
    return changed(new_order("demo", "1"), facts=facts, confirmed_at=facts.placed.placed_at, confirmed_by=AUTO)


@pytest.mark.parametrize(
    ("way", "threshold"), [("unshipped", "unshipped"), ("not online", "not-online"), ("silent", "silent"), ("no number", "no-number")]
)
async def test_each_way_of_being_late_crosses_its_threshold_at_once_and_no_other(way: str, threshold: str) -> None:
    ear, chance = Ear(), random.Random(1)
    order = late_order(good_order("1", catalogue(chance), now(), chance), WAYS[way])

    await tell_of(Storefront(Speaker(ear, "/stores/demo", "", {TOPIC}), "demo"), order, WAYS[way], "card")

    assert [each.threshold for each in watch.crossed_by(order_of(ear.heard), OrderPolicy(), now())] == [threshold]


def test_the_departments_answer_whatever_the_watch_asks() -> None:
    assert set(ASKED_BY_THE_WATCH) == {kind for kinds in questions.KINDS.values() for kind in kinds}


@pytest.mark.parametrize("kind", ASKED_BY_THE_WATCH)
def test_an_answer_is_one_that_its_form_takes(kind: str) -> None:
    for order_id in map(str, range(30)):
        answer = answer_to({"kind": kind, "about": {"kind": "order", "id": f"{order_id}/s-1"}})

        read = FORMS[kind].model_validate_json(json.dumps(answer))
        days = [day for name in ("expected_on", "dispatched_on") if isinstance(day := getattr(read, name, None), date)]
        assert all(day > now().date() for day in days)


def test_the_forwarder_loses_some_parcels_and_those_the_shop_does_not_deliver() -> None:
    for order_id in map(str, range(300)):
        found = answer_to({"kind": "parcel-silent", "about": {"kind": "shipment", "id": f"{order_id}/s-{order_id}"}})

        assert (found["outcome"] == "on-its-way") == turns_up(order_id)
    assert 50 < sum(not turns_up(str(number)) for number in range(300)) < 150
