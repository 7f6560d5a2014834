"""Orders that are late: told as if they had been placed long ago, so that thresholds of days are crossed at once (ORD-8)."""

import zlib
from copy import deepcopy
from datetime import datetime, timedelta
from typing import NamedTuple

from deploy.local.listening import Json
from deploy.local.saying import now
from deploy.local.simulator.orders import Order
from deploy.local.simulator.storefront import Storefront

LOST_EVERY = 3
ABROAD = "NL"
ASKED_BY_THE_WATCH = ("dispatch-late", "goods-late", "parcel-lost", "parcel-not-online", "parcel-silent")
_ANSWERED_FOR = timedelta(days=3)


class Lateness(NamedTuple):
    """How many days ago it was placed, dispatched and seen; None: not at all."""

    placed: int
    dispatched: int | None = None
    seen: int | None = None
    numbered: bool = True


WAYS = {
    "unshipped": Lateness(placed=6),
    "not online": Lateness(placed=7, dispatched=6),
    "silent": Lateness(placed=19, dispatched=18, seen=16),
    "no number": Lateness(placed=52, dispatched=51, numbered=False),
}


def late_order(order: Order, lateness: Lateness) -> Order:
    """The same order, placed in time for that."""
    return order._replace(placed=deepcopy(order.placed) | {"placed_at": _ago(lateness.placed).isoformat()})


async def tell_of(shop: Storefront, late: Order, lateness: Lateness, method: str) -> None:
    """All that has happened to it by now."""
    await shop.receives(late)
    await shop.is_paid(late, method, at=_ago(lateness.placed))
    if lateness.dispatched is not None:
        await shop.dispatches(late, numbered=lateness.numbered, at=_ago(lateness.dispatched))
    if lateness.seen is not None:
        await shop.tracks(late, "in-transit", ABROAD, "Left the sorting centre", at=_ago(lateness.seen))


def turns_up(order_id: str) -> bool:
    """Whether its parcel is found: the forwarder says so, and the shop has it come."""
    return zlib.crc32(order_id.encode()) % LOST_EVERY != 0


def answer_to(task: Json) -> Json:
    """What the department that was asked by the watch finds out."""
    day = f"{now() + _ANSWERED_FOR:%Y-%m-%d}"
    if task["kind"] == "dispatch-late":
        return {"why": "The warehouse was short of people", "dispatched_on": day}
    if task["kind"] == "parcel-lost":
        return {"note": "Told the customer, and that a case is open"}
    if task["kind"] == "goods-late":
        return {"expected_on": day}
    return {"outcome": "on-its-way", "expected_on": day} if turns_up(_order_id(task)) else {"outcome": "lost"}


def _ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def _order_id(task: Json) -> str:
    """A parcel is known by its order and its own id."""
    about = task["about"]
    assert isinstance(about, dict)
    return str(about["id"]).partition("/")[0]
