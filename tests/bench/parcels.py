"""Open shipments, as many as are asked for, none of them seen yet; and what is heard of them in a day."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import orjson

from services.orders.domain.policy import OrderPolicy
from services.orders.models import Base
from services.orders.service import service
from shared.clock import utc_now
from shared.events.storefront import OrderPaid, OrderPlaced, ShipmentDispatched, StorefrontOrderEvent
from tests.bench.ground import Round
from tests.bench.growth import COPIED, SAMPLE, copies
from tests.bench.sample import STORE, Record, placed, record

DAY = timedelta(days=1)
LATE_AFTER = timedelta(days=OrderPolicy().not_online_days)
_SHIPMENT = "s-1"
_AT_ONCE = 100
_DISPATCHED_BEFORE = timedelta(hours=12)


async def stock(measured: Round, shipments: int, overdue: timedelta) -> None:
    """They left one after another, so that each threshold comes by itself; those that are the first are overdue for so long."""
    for first in range(0, SAMPLE, _AT_ONCE):
        async with measured.database.transaction() as session:
            told = [event for number in range(first, first + _AT_ONCE) for event in _left(number)]
            await service.events.handle(told, session, utc_now())
    changed = _changed(shipments, utc_now() - LATE_AFTER - overdue)
    copying = [copies(Base.metadata.tables[name], each, shipments // SAMPLE - 1) for name, each in changed.items()]
    await measured.as_admin("delete from timers where kind <> 'watch'", *copying, "truncate outbox", "vacuum analyze", "checkpoint")


def news(shipments: int) -> Iterator[Record]:
    """Of each shipment once in a day: one in ten has come, of one in ten nothing is heard, the others were seen abroad."""
    numbers = [(copy, number) for copy in range(1, shipments // SAMPLE) for number in range(SAMPLE)]
    random.Random(1).shuffle(numbers)
    for copy, number in numbers:
        if not is_silent(copy):
            yield _news(f"B{number:08d}-{copy}", has_come=copy % 10 == 0)


def is_silent(copy: int) -> bool:
    return copy % 10 == 1


def silent_since(shipments: int, overdue: timedelta) -> int:
    """How many of those that are overdue nothing is heard of."""
    whole_copies = int(shipments * (overdue / LATE_AFTER)) // SAMPLE
    return SAMPLE * sum(is_silent(copy) for copy in range(1, whole_copies + 1))


def _left(number: int) -> list[StorefrontOrderEvent]:
    """An order that was placed, paid and dispatched."""
    at = utc_now() - _DISPATCHED_BEFORE
    order = placed(number, placed_at=(at - DAY).isoformat())
    own = {"store_id": STORE, "order_id": order["order_id"]}
    payment = {"payment_id": f"pay-{number}", "payment_method": "paypal", "paid_at": order["placed_at"], "amount": order["total"]}
    lines = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in order["lines"]]
    parcel = {"shipment_id": _SHIPMENT, "carrier": "SF", "tracking_number": f"SF{number}", "lines": lines, "dispatched_at": at.isoformat()}
    return [
        OrderPlaced.read(orjson.dumps(order)),
        OrderPaid.read(orjson.dumps(own | payment)),
        ShipmentDispatched.read(orjson.dumps(own | parcel)),
    ]


def _changed(shipments: int, since: datetime) -> dict[str, dict[str, str]]:
    """What of a copy is its own."""
    share = f"(((copy - 1) * {SAMPLE} + substr({{order_id}}, 2, 8)::int) / {shipments}.0)"
    left = f"(timestamptz '{since.isoformat()}' + {share} * interval '{LATE_AFTER.days} days')"
    due = left.format(order_id="split_part(key, '/', 2)") + f" + interval '{LATE_AFTER.days} days 1 microsecond'"
    facts = f"jsonb_set(facts, '{{dispatched,0,dispatched_at}}', to_jsonb({left.format(order_id='order_id')}))"
    return COPIED | {
        "orders": COPIED["orders"] | {"facts": facts},
        "timers": {"key": "key || '-' || copy", "due_at": due, "retry_at": due},
    }


def _news(order_id: str, *, has_come: bool) -> Record:
    at = (utc_now() - timedelta(hours=1)).isoformat()
    own = {"store_id": STORE, "order_id": order_id, "shipment_id": _SHIPMENT}
    if has_come:
        return record("shipment-delivered", {**own, "delivered_at": at, "signed_by": "Li Lei"})
    return record("shipment-tracked", {**own, "tracked_at": at, "status": "in-transit", "country": "NL", "description": "Sorted"})
