from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.orders.domain.order import Order
from services.orders.domain.receipt import Receipt, receipt_of
from shared.events.orders import OrderStatus
from shared.events.parts import PaymentMethod
from shared.money import Money
from shared.stores import Store


class StoreOut(BaseModel):
    """The shop as it last said it is."""

    name: str
    address: str | None
    email: str | None
    phone: str | None

    @classmethod
    def of(cls, store: Store) -> Self:
        return cls(name=store.name, address=store.address, email=store.email, phone=store.phone)


class BuyerOut(BaseModel):
    customer_id: str | None
    name: str
    email: str | None
    phone: str | None


class ReceiptLineOut(BaseModel):
    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price: Money
    discount: Money
    amount: Annotated[Money, Field(description="unit_price × quantity − discount")]


class ReceiptPaymentOut(BaseModel):
    payment_id: str
    method: PaymentMethod
    amount: Money
    paid_at: datetime


class RefundDueOut(BaseModel):
    due_id: UUID
    amount: Money
    reason: str


class ReceiptOut(BaseModel):
    """total = goods − discount + shipping_fee + tax + adjustment; goods is the sum of the lines' amounts."""

    order_id: str
    status: OrderStatus
    language: Annotated[str, Field(description="Of the page: `zh-CN` or `en`.")]
    store: StoreOut
    customer: BuyerOut
    placed_at: datetime
    date: Annotated[date, Field(description="The store's day it was placed on.")]
    time_zone: str
    lines: list[ReceiptLineOut]
    goods: Money
    discount: Money
    shipping_fee: Money
    tax: Money
    adjustment: Annotated[Money, Field(description="What the total differs by from the sum of its parts; zero but for orders held for it.")]
    total: Money
    payments: list[ReceiptPaymentOut]
    paid: Annotated[Money, Field(description="Sum of the payments in the order's currency.")]
    to_pay: Money
    overpaid: Money
    refunds: Annotated[list[RefundDueOut], Field(description="What is due back.")]

    @classmethod
    def of(cls, order: Order, store: Store, language: str) -> Self:
        standing, receipt, zone = order.standing, receipt_of(order), store.calendar.zone
        sums = ("goods", "discount", "shipping_fee", "tax", "adjustment", "total", "paid", "to_pay", "overpaid")
        customer = standing.customer
        return cls(
            order_id=order.order_id,
            status=order.status.value,
            language=language,
            store=StoreOut.of(store),
            customer=BuyerOut(customer_id=customer.customer_id, name=customer.name, email=customer.email, phone=customer.phone),
            placed_at=standing.placed_at,
            date=standing.placed_at.astimezone(zone).date(),
            time_zone=str(zone),
            lines=_lines(receipt),
            payments=_payments(receipt),
            refunds=[RefundDueOut(due_id=due.due_id, amount=due.amount, reason=due.reason) for due in receipt.refunds],
            **{name: getattr(receipt, name) for name in sums},
        )


_PAYMENT = {"payment_id": "payment_id", "method": "payment_method", "amount": "amount", "paid_at": "paid_at"}


def _lines(receipt: Receipt) -> list[ReceiptLineOut]:
    return [
        ReceiptLineOut(
            line_id=line.line_id,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount or Money.zero(line.unit_price.currency),
            amount=amount,
        )
        for line, amount in ((each.line, each.amount) for each in receipt.lines)
    ]


def _payments(receipt: Receipt) -> list[ReceiptPaymentOut]:
    return [ReceiptPaymentOut.model_validate({name: getattr(paid, told) for name, told in _PAYMENT.items()}) for paid in receipt.payments]
