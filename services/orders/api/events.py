from starlette.requests import Request

from services.orders.handlers import events
from services.orders.schemas.events import CloudEventIn, TakenIn
from shared.auth import Role
from shared.errors import FieldProblem, Unprocessable
from shared.events import registry
from shared.events.base import Event
from shared.events.fields import StoreId
from shared.events.storefront import CustomerUpdated, MessagePosted, ProductListed, StockChanged, StorefrontEvent, StoreUpdated
from shared.http import Now, Page, Paging, Router, Session, allow
from shared.messaging.api import RejectedEvent, rejected_events
from shared.messaging.envelope import Delivery, Undeclared, Unreadable
from shared.messaging.intake import Result, take_in
from shared.messaging.outbox import pass_on

router = Router(tags=["Events"])

PASSED_ON = (StoreUpdated, ProductListed, StockChanged, CustomerUpdated, MessagePosted)
_STRUCTURED = [("content-type", b"application/cloudevents+json")]
_OVER_HTTP = -1


class MalformedEvent(Unprocessable):
    """Not what the contract of its type says."""


class ForeignEvent(Unprocessable):
    """Not an event of this store's storefront."""


@router.post("/events", dependencies=[allow(Role.STOREFRONT)], status_code=202)
async def take_event(store_id: StoreId, request: Request, body: CloudEventIn, session: Session, now: Now) -> TakenIn:
    """Any storefront event in structured mode, with the same result as by Kafka; the same `id` again changes nothing.

    What concerns orders has had its effect when this answers; what others hear too goes to them by the event's topic.
    """
    if body.source != f"/stores/{store_id}":
        raise ForeignEvent("the event is not this store's", [FieldProblem("source", "source", f"must be /stores/{store_id}")])
    contract = registry.named(body.type)
    if contract is None or not issubclass(contract, StorefrontEvent):
        raise ForeignEvent("storefronts say no such event", [FieldProblem("type", "declared", "must be an event of a storefront")])
    # a place of its own, as a record has one: microseconds tell dead letters apart
    offset = int(now.timestamp() * 1_000_000)
    delivery = Delivery(contract.topic, _OVER_HTTP, offset, None, await request.body(), _STRUCTURED)
    delivery.read()
    event = _told(delivery, store_id)
    delivery.key = event.key.encode()
    (result,) = await take_in(session, events, [delivery], now)
    if isinstance(event, PASSED_ON) and result is not Result.REPEATED:
        pass_on(session, event)
    return TakenIn(event_id=body.id, result=Result.PASSED_ON if result is Result.SKIPPED else result)


@router.get("/rejected-events", dependencies=[allow(Role.STOREFRONT)])
async def list_rejected_events(store_id: StoreId, paging: Paging, session: Session) -> Page[RejectedEvent]:
    """The storefront's events that were set aside and not resolved yet, with the reason and the fields; oldest first."""
    return await rejected_events(session, store_id, paging)


def _told(delivery: Delivery, store_id: str) -> Event:
    event = delivery.event
    if not isinstance(event, StorefrontEvent):
        fields = delivery.problem.fields if isinstance(delivery.problem, Unreadable | Undeclared) else ()
        raise MalformedEvent("the event is malformed", [FieldProblem(f"data.{each.field}", each.rule, each.message) for each in fields])
    if event.store_id != store_id:
        raise ForeignEvent("the event is another store's", [FieldProblem("data.store_id", "store", "must be the store of the path")])
    return event
