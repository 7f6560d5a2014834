from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Depends, Query
from sqlalchemy import RowMapping

from services.orders.domain.customers.loss import Loss
from services.orders.domain.customers.record import Record
from services.orders.domain.customers.segments import UnknownAgeBand, age_bands
from services.orders.domain.customers.tiers import Abc, Tier
from services.orders.domain.policy import OrderPolicy
from services.orders.repository.customers import lists
from services.orders.repository.customers.lists import Wanted
from services.orders.schemas.customers import ClassificationOut, CustomerLine, CustomerOut, LifetimeOut, ProfileOut, RecordOut
from services.orders.usecases.customers import classifying, figures
from services.orders.usecases.customers.figures import Lifetime, Standing
from shared import policies, stores
from shared.auth import Role
from shared.errors import FieldProblem, Unprocessable
from shared.events.fields import GivenId, Line, StoreId
from shared.http import Now, Page, Paging, Router, Session, allow, path_ref
from shared.money import Money

router = Router(tags=["Customers"])

SERVES_CUSTOMERS = (Role.AGENT, Role.SUPERVISOR, Role.OPERATIONS)
WINS_CUSTOMERS = (Role.SUPERVISOR, Role.OPERATIONS)
Text = Annotated[Line | None, Query(min_length=1)]


class _Customer(NamedTuple):
    store_id: StoreId
    customer_id: GivenId


CustomerRef = Annotated[_Customer, Depends(path_ref(_Customer))]


class MalformedPreference(Unprocessable):
    """Not a name and a value."""


@router.get("/customers", dependencies=[allow(*WINS_CUSTOMERS)])
async def list_customers(
    store_id: StoreId,
    paging: Paging,
    session: Session,
    now: Now,
    *,
    tier: Tier | None = None,
    abc: Abc | None = None,
    lost: Annotated[Loss | None, Query(description="To be won back: no order for twice, or four times, her own interval.")] = None,
    age_band: Text = None,
    income_band: Text = None,
    region: Text = None,
    preference: Annotated[
        Line | None, Query(description="`name=value`, as `colour=red`.", json_schema_extra={"pattern": "^.+=.*$"})
    ] = None,
) -> Page[CustomerLine]:
    """By customer_id (CUS-2, CUS-5, CUS-6). Contacts are with each customer; write to those only who consented."""
    policy = await _policy(session, store_id)
    if age_band is not None and age_band not in age_bands(policy):
        wanted = f"must be one of {', '.join(age_bands(policy))}"
        raise UnknownAgeBand("the store has no such age band", [FieldProblem("age_band", "age-band", wanted)])
    asked = Wanted(tier, abc, lost, age_band, income_band, region, _preference(preference))
    zone = (await stores.store(session, store_id)).calendar.zone
    (after,) = paging.after(tuple[GivenId]) or ("",)
    today = now.astimezone(zone).date()
    rows = await lists.customers(session, store_id, asked, policy, now=now, today=today, after=after, limit=paging.limit + 1)
    records = await lists.records(session, store_id, rows)
    return paging.page(rows, key=lambda row: (row["customer_id"],), item=lambda row: _line(row, records[row["customer_id"]], policy, now))


@router.post("/customers/classify", dependencies=[allow(*WINS_CUSTOMERS)], status_code=202)
async def classify_customers(store_id: StoreId, session: Session, now: Now) -> ClassificationOut:
    """Class and tier of every customer anew, beside the daily time (CUS-2). Each move to another tier is said as customer-tier-changed."""
    await classifying.ask_for(session, store_id, now)
    return ClassificationOut(begins_at=now)


@router.get("/customers/{customer_id}", dependencies=[allow(*SERVES_CUSTOMERS)])
async def show_customer(ref: CustomerRef, session: Session, now: Now) -> CustomerOut:
    """Profile, record, tier and worth (CUS-1 to CUS-5), as of now; class and tier as of the last classification."""
    current = await policies.current(session, OrderPolicy, ref.store_id)
    shown = await figures.standing(session, ref.store_id, ref.customer_id, current.values, now)
    row = shown.row
    return CustomerOut(
        store_id=ref.store_id,
        customer_id=ref.customer_id,
        version=row["version"],
        profile=ProfileOut.of(row),
        record=_record(shown, current.values, now),
        abc=row["abc"],
        tier=row["tier"],
        tier_since=row["tier_since"],
        lost=shown.lost,
        lifetime=_lifetime(shown.lifetime),
        other_currencies=[currency for currency in shown.record.currencies if currency != shown.currency],
        policy_version=current.version,
    )


async def _policy(session: Session, store_id: str) -> OrderPolicy:
    return (await policies.load(session, OrderPolicy, [store_id]))[store_id]


def _preference(given: str | None) -> dict[str, str] | None:
    if given is None:
        return None
    name, equals, value = given.partition("=")
    if not (name and equals):
        raise MalformedPreference("the preference is malformed", [FieldProblem("preference", "preference", "must be name=value")])
    return {name: value}


def _money(record: Record) -> list[Money]:
    return [record.worth(currency) for currency in record.currencies]


def _record(shown: Standing, policy: OrderPolicy, now: datetime) -> RecordOut:
    row, record = shown.row, shown.record
    recency, interval = record.recency(now), record.interval(policy)
    names = ("orders", "first_order_at", "last_order_at", "refunds", "complaints", "satisfied", "dissatisfied")
    return RecordOut(
        **{name: row[name] for name in names},
        recency_days=None if recency is None else recency.days,
        interval_days=None if interval is None else record.days(interval),
        orders_a_year=round(record.orders_a_year(now), 2),
        money=_money(record),
    )


def _lifetime(lifetime: Lifetime | None) -> LifetimeOut | None:
    if lifetime is None:
        return None
    return LifetimeOut(
        contribution=lifetime.contribution,
        retention=round(lifetime.retention.rate, 4),
        retention_of=lifetime.retention.dimension,
        retained_value=lifetime.retained_value,
        simple_value=lifetime.simple_value,
        dynamic_value=lifetime.dynamic_value,
    )


def _line(row: RowMapping, record: Record, policy: OrderPolicy, now: datetime) -> CustomerLine:
    named = {name: row[name] for name in CustomerLine.model_fields if name in row}
    return CustomerLine(**named, money=_money(record), lost=record.loss(now, policy))
