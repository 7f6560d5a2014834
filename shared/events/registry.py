"""Every event there is. A new one is a class in its family's module and a line here."""

from functools import cache

from pydantic import JsonValue

from shared.events import cases, customers, finance, inquiries, messages, orders, refunds, returns, rewards, storefront, surveys
from shared.events.base import Event
from shared.events.schemas import json_schema

OUTSIDERS = frozenset({"storefront", "finance"})

_CONTRACTS: tuple[type[Event], ...] = (
    storefront.OrderPlaced,
    storefront.OrderPaid,
    storefront.OrderAddressChanged,
    storefront.OrderCancelled,
    storefront.ShipmentDispatched,
    storefront.ShipmentTracked,
    storefront.ShipmentDelivered,
    storefront.StoreUpdated,
    storefront.ProductListed,
    storefront.StockChanged,
    storefront.CustomerUpdated,
    storefront.MessagePosted,
    inquiries.InquiryReceived,
    inquiries.InquiryClosed,
    inquiries.OfferMade,
    orders.OrderHeld,
    orders.OrderConfirmed,
    orders.OrderChanged,
    orders.OrderClosed,
    orders.ShipmentDelayed,
    orders.ShipmentLost,
    customers.CustomerTierChanged,
    cases.CaseOpened,
    cases.CaseClosed,
    returns.ReturnAuthorised,
    returns.ReturnInspected,
    refunds.RefundRequested,
    refunds.RefundClosed,
    finance.RefundSettled,
    finance.RefundRejected,
    finance.RefundFailed,
    surveys.SurveyCompleted,
    rewards.RewardGranted,
    messages.CustomerMessage,
)
_BY_TOPIC_AND_NAME = {(contract.topic, contract.name): contract for contract in _CONTRACTS}
_BY_NAME = {contract.name: contract for contract in _CONTRACTS}
_OUTSIDE_TOPICS = frozenset(contract.topic for contract in _CONTRACTS if contract.said_by in OUTSIDERS)


def contracts() -> tuple[type[Event], ...]:
    """In the order of the topics they are said on."""
    return _CONTRACTS


def contract(topic: str, name: str) -> type[Event] | None:
    """The class of an event said on this topic (without prefix); None where nothing of the name is declared there."""
    return _BY_TOPIC_AND_NAME.get((topic, name))


def named(name: str) -> type[Event] | None:
    """The class of an event by its name alone, as a storefront sends it over HTTP."""
    return _BY_NAME.get(name)


def topics() -> tuple[str, ...]:
    return tuple(dict.fromkeys(contract.topic for contract in _CONTRACTS))


def is_from_outside(topic: str) -> bool:
    """Whether others than our services speak there; what is undeclared there is set aside."""
    return topic in _OUTSIDE_TOPICS


@cache
def schema(name: str) -> dict[str, JsonValue]:
    """The JSON Schema (draft 2020-12) `ce_dataschema` points to; KeyError where there is no such event."""
    return json_schema(_BY_NAME[name])
