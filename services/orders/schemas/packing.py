from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from services.orders.domain.notes import Flag, Instructions
from services.orders.domain.order import Order
from services.orders.domain.packing import Parcel, may_be_packed, packed_lines, parcels
from services.orders.domain.parts import Address
from services.orders.schemas.notes import Gift, NoteOut
from shared.contact import address_lines
from shared.events.orders import OrderStatus
from shared.stores import Store


class PackedLineOut(BaseModel):
    line_id: str
    sku: str
    name: str
    quantity: Annotated[int, Field(description="Ordered.")]
    sent: Annotated[int, Field(description="Went out in earlier parcels.")]
    to_pack: int


class ContentOut(BaseModel):
    line_id: str
    quantity: int


class ParcelOut(BaseModel):
    """`lines` is null where nobody said what is in it."""

    shipment_id: str
    sent_at: datetime
    carrier: str | None
    tracking_number: str | None
    lines: list[ContentOut] | None

    @classmethod
    def of(cls, parcel: Parcel) -> Self:
        contents = None if parcel.contents is None else parcel.contents.items()
        return cls(
            shipment_id=parcel.shipment_id,
            sent_at=parcel.sent_at,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
            lines=None if contents is None else [ContentOut(line_id=line_id, quantity=quantity) for line_id, quantity in contents],
        )


class RecipientOut(BaseModel):
    name: str
    phone: str
    country: str
    lines: Annotated[list[str], Field(description="Name and address as the country's post wants them, without the country.")]

    @classmethod
    def of(cls, address: Address) -> Self:
        street = [line for line in (address.line1, address.line2) if line and line.strip()]
        lines = address_lines(address, street)
        return cls(name=address.recipient or "", phone=address.phone, country=address.country or "", lines=lines)


class PackingListOut(BaseModel):
    """What the warehouse packs by; it tells no prices."""

    order_id: str
    status: OrderStatus
    may_be_packed: Annotated[bool, Field(description="False: it is held, not paid, cancelled, or all of it was sent.")]
    language: Annotated[str, Field(description="Of the page: `zh-CN` or `en`.")]
    store: str
    placed_at: datetime
    time_zone: str
    recipient: RecipientOut
    lines: list[PackedLineOut]
    gifts: list[Gift]
    flags: list[Flag]
    carrier: Annotated[str | None, Field(description="Whom it should go with, by the last note that says so.")]
    notes: list[NoteOut]
    customer_note: str | None
    parcels: Annotated[list[ParcelOut], Field(description="Those that went out already, in order.")]

    @classmethod
    def of(cls, order: Order, told: Instructions, store: Store, language: str) -> Self:
        standing = order.standing
        return cls(
            order_id=order.order_id,
            status=order.status.value,
            may_be_packed=may_be_packed(order),
            language=language,
            store=store.name,
            placed_at=standing.placed_at,
            time_zone=str(store.calendar.zone),
            recipient=RecipientOut.of(standing.shipping_address),
            lines=_lines(order),
            gifts=[Gift(sku=gift.sku, quantity=gift.quantity) for gift in told.gifts],
            flags=list(told.flags),
            carrier=told.carrier,
            notes=[NoteOut.of(note, order.order_id) for note in told.notes],
            customer_note=standing.customer_note,
            parcels=[ParcelOut.of(parcel) for parcel in parcels(order)],
        )


def _lines(order: Order) -> list[PackedLineOut]:
    return [
        PackedLineOut(
            line_id=packed.line.line_id,
            sku=packed.line.sku,
            name=packed.line.name,
            quantity=packed.line.quantity,
            sent=packed.sent,
            to_pack=packed.to_pack,
        )
        for packed in packed_lines(order)
    ]
