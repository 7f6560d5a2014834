"""Pieces that several families share."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.events.base import Part, broken
from shared.events.fields import GivenId, Label, Language, Line, Moment, Quantity
from shared.money import Money

PaymentMethod = Literal["card", "paypal", "alipay", "wechat", "bank-transfer", "cash-on-delivery"]
PaymentTerms = Literal["prepaid", "on-delivery"]
TrackingStatus = Literal["online", "in-transit", "arrived-in-country", "out-for-delivery", "failed-attempt"]


class Customer(Part):
    """Who ordered or asked. A guest has no `customer_id` and then an e-mail or a phone; forms are checked by rules, not here."""

    customer_id: GivenId | None
    name: Line
    email: Line | None
    phone: Line | None
    language: Language

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.customer_id is None and not (self.email or self.phone):
            raise broken("guest-contact", "email", "must be there, or a phone, where there is no customer_id")
        return self


class Guest(Part):
    """A customer the storefront does not know, by what they told us."""

    name: Line | None = None
    email: Line | None = None
    phone: Line | None = None


class ShippingAddress(Part):
    """Where to. A part may be empty and a country unknown: an order with it is held, not malformed."""

    recipient: Line
    line1: Line
    line2: Line | None = None
    city: Line
    region: Line | None = None
    postal_code: Line
    country: Line = Field(description="ISO 3166-1 alpha-2; a rule checks it.")
    phone: Line = Field(description="E.164; a rule checks it.")


class OrderLine(Part):
    """So many of one product. It costs unit_price × quantity − discount."""

    line_id: GivenId
    sku: GivenId
    name: Line
    quantity: Quantity
    unit_price: Money
    discount: Money | None = None


class ShippedLine(Part):
    """How many of an order's line are in one parcel."""

    line_id: GivenId
    quantity: Quantity


class PlacedOrder(Part):
    """An order as its customer placed it. total = Σ (unit_price × quantity − its discount) − discount + shipping_fee + tax,
    all in one currency; whether it adds up is for a rule to check."""

    placed_at: Moment
    customer: Customer
    shipping_address: ShippingAddress
    lines: tuple[OrderLine, ...] = Field(min_length=1, max_length=1_000)
    discount: Money | None = None
    shipping_fee: Money
    tax: Money | None = None
    total: Money
    payment_terms: PaymentTerms = "prepaid"
    offer_code: Line | None = None
    customer_note: str | None = Field(default=None, max_length=20_000)
    wholesale: bool = False
    dropship: bool = False

    @model_validator(mode="after")
    def _is_one_order(self) -> Self:
        currency = self.total.currency
        seen: set[str] = set()
        for field in ("discount", "shipping_fee", "tax"):
            _one_currency(getattr(self, field), currency, field)
        for position, line in enumerate(self.lines):
            if line.unit_price.currency != currency or (line.discount is not None and line.discount.currency != currency):
                _one_currency(line.unit_price, currency, f"lines.{position}.unit_price")
                _one_currency(line.discount, currency, f"lines.{position}.discount")
            seen.add(line.line_id)
        if len(seen) != len(self.lines):
            raise broken("unique-line-ids", "lines", "must each have a line_id of their own")
        return self


class About(Part):
    """What it is about: a thing of ours or of the store, by its kind and id."""

    kind: Label
    id: Label


def _one_currency(money: Money | None, currency: str, field: str) -> None:
    if money is not None and money.currency != currency:
        raise broken("one-currency", field, "must be in the currency of the total")
