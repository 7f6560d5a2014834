from importlib import import_module
from pkgutil import iter_modules

import pytest

import shared.events
from shared.events.base import Event
from shared.events.registry import contract, contracts, is_from_outside, named, topics
from tests.contracts.examples import example

ORDER, CUSTOMER = "{store_id}/{order_id}", "{store_id}/{customer_id}"
TABLE = {
    "storefront-orders": (
        ORDER,
        "order-placed order-paid order-address-changed order-cancelled shipment-dispatched shipment-tracked shipment-delivered",
    ),
    "storefront-stores": ("{store_id}", "store-updated"),
    "storefront-products": ("{store_id}/{sku}", "product-listed stock-changed"),
    "storefront-customers": (CUSTOMER, "customer-updated"),
    "storefront-messages": (CUSTOMER, "message-posted"),
    "inquiries": ("{inquiry_id}", "inquiry-received inquiry-closed offer-made"),
    "orders": (ORDER, "order-held order-confirmed order-changed order-closed shipment-delayed shipment-lost"),
    "customers": (CUSTOMER, "customer-tier-changed"),
    "cases": ("{case_id}", "case-opened case-closed"),
    "returns": ("{return_id}", "return-authorised return-inspected"),
    "refunds": ("{refund_id}", "refund-requested refund-closed"),
    "finance-refunds": ("{refund_id}", "refund-settled refund-rejected refund-failed"),
    "surveys": ("{survey_id}", "survey-completed"),
    "rewards": (CUSTOMER, "reward-granted"),
    "customer-messages": (CUSTOMER, "customer-message"),
}
EVENTS = [(topic, name, key) for topic, (key, names) in TABLE.items() for name in names.split()]


def declared() -> set[type[Event]]:
    """Every class of an event in a module of contracts, registered or not."""
    modules = [import_module(f"shared.events.{module.name}") for module in iter_modules(shared.events.__path__)]
    classes = [value for module in modules for value in vars(module).values() if isinstance(value, type) and issubclass(value, Event)]
    return {kind for kind in classes if "name" in vars(kind)}


@pytest.mark.parametrize(("topic", "name", "key"), EVENTS)
def test_an_event_is_declared_on_its_topic_with_the_key_of_its_aggregate(topic: str, name: str, key: str) -> None:
    kind = contract(topic, name)
    assert kind is not None

    said = example(kind)

    assert said.key == key.format(**vars(said) | {"customer_id": "c-81"})


def test_nothing_is_declared_that_is_not_in_the_table() -> None:
    assert [(kind.topic, kind.name) for kind in contracts()] == [(topic, name) for topic, name, _ in EVENTS]
    assert topics() == tuple(TABLE)


def test_every_declared_event_is_registered_and_no_two_have_one_name() -> None:
    assert declared() == set(contracts())
    assert len({kind.name for kind in contracts()}) == len(contracts())


def test_an_event_is_found_by_its_name_and_only_on_its_own_topic() -> None:
    assert named("order-paid") is contract("storefront-orders", "order-paid")
    assert contract("orders", "order-paid") is None
    assert named("order-lost") is None


def test_only_storefronts_and_finance_speak_from_outside() -> None:
    outside = {topic for topic in topics() if is_from_outside(topic)}

    assert outside == {topic for topic in topics() if topic.startswith(("storefront-", "finance-"))}


@pytest.mark.parametrize("kind", contracts())
def test_every_event_says_what_a_listener_may_rely_on(kind: type[Event]) -> None:
    assert "__doc__" in vars(kind)
    assert kind.__doc__


def test_a_snapshot_tells_its_version_as_sequence_and_the_rest_are_said_once() -> None:
    assert [example(kind).sequence for kind in contracts() if kind.name in {"order-confirmed", "order-paid"}] == [1, 2]


def test_a_guest_who_has_no_id_still_has_a_key() -> None:
    message = example(contracts()[-1]).model_copy(update={"customer_id": None})
    posted = example(contract("storefront-messages", "message-posted") or Event).model_copy(update={"customer": None})

    assert message.key == f"demo/{message.subject}"
    assert posted.key == "demo/m-9001"
