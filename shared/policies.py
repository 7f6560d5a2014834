"""The numbers a store may set itself, versioned: every change adds a row, and what is not set has the service's default."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StringConstraints, TypeAdapter, create_model
from pydantic_core import PydanticCustomError
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth.actor import STAFF, Actor, Role
from shared.errors import FieldProblem, StaleVersion, Unprocessable
from shared.events.fields import StoreId
from shared.http import Caller, IfMatch, Now, Router, Session, Version, allow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

_NEWEST = text("""
    select distinct on (store_id) store_id, version, cast(values as text) as set_values, at, by, reason from policies
    where store_id = any(:store_ids) order by store_id, version desc
""")
_ADD = text("""
    insert into policies (store_id, version, values, at, by, reason) values (:store_id, :version, :values, :at, :by, :reason)
    on conflict do nothing returning version
""").bindparams(bindparam("values", type_=JSONB))


_NONE_SET = "{}"


class ContradictoryPolicies(Unprocessable):
    """Each value is allowed, but not all of them together."""


@dataclass(frozen=True, slots=True)
class Policies(Generic[T]):
    """A store's values and where they come from; version 0 is the defaults, which nobody set."""

    version: int
    values: T
    at: datetime | None = None
    by: str | None = None
    reason: str | None = None


def table(metadata: MetaData) -> Table:
    return Table(
        "policies",
        metadata,
        Column("store_id", Text, primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("values", JSONB, nullable=False, comment="what was set; the rest has the defaults"),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("by", Text, nullable=False),
        Column("reason", Text, nullable=False),
    )


async def load(session: AsyncSession, kind: type[T], store_ids: Sequence[str]) -> dict[str, T]:
    """The values of each store, in one statement; a store that set none, or was never seen, has the defaults."""
    found = await _newest(session, kind, store_ids)
    return {store_id: found[store_id].values if store_id in found else _values_set(kind, _NONE_SET) for store_id in store_ids}


async def current(session: AsyncSession, kind: type[T], store_id: str) -> Policies[T]:
    return (await _newest(session, kind, [store_id])).get(store_id) or Policies(0, _values_set(kind, _NONE_SET))


async def put(
    session: AsyncSession, store_id: str, version: Version, values: T, *, set_values: dict[str, Any], by: Actor, reason: str, now: datetime
) -> Policies[T]:
    """Replaces the store's values as a new version; `set_values` is their JSON without those that were left at their default."""
    before = await current(session, type(values), store_id)
    version.check(before.version)
    row = {"store_id": store_id, "version": before.version + 1, "values": set_values, "at": now, "by": by.sub, "reason": reason}
    if (await session.execute(_ADD, row)).one_or_none() is None:
        raise StaleVersion("somebody else set them in the meantime")
    return Policies(before.version + 1, values, now, by.sub, reason)


def policies_router(kind: type[T]) -> Router:
    """`GET, PUT /policies` for the frozen dataclass of a service's numbers and their defaults."""
    router = Router(tags=["Policies"])
    shape = _shape(kind)
    policies_in = create_model("PoliciesIn", __base__=_PoliciesIn, values=(shape, ...))
    policies_out = create_model("PoliciesOut", __base__=_Provenance, values=(kind, ...))

    @router.get("/policies", dependencies=[allow(*STAFF)], response_model=policies_out)
    async def show_policies(store_id: StoreId, session: Session) -> Policies[T]:
        """The store's numbers as they apply now; version 0 is the defaults."""
        return await current(session, kind, store_id)

    @router.put("/policies", dependencies=[allow(Role.OPERATIONS)], response_model=policies_out)
    async def replace_policies(
        store_id: StoreId, version: IfMatch, body: policies_in, caller: Caller, session: Session, now: Now
    ) -> Policies[T]:
        """Replaces all of them: a name that is left out has its default again. 422 names what is unknown or out of bounds."""
        wanted: _PoliciesIn = body
        values, given = _values(kind, wanted.values), wanted.values.model_dump(mode="json", exclude_unset=True)
        return await put(session, store_id, version, values, set_values=given, by=caller, reason=wanted.reason, now=now)

    return router


class _PoliciesIn(BaseModel):
    values: BaseModel
    reason: Annotated[str, StringConstraints(max_length=1000)] = ""


class _Provenance(BaseModel):
    version: Annotated[int, Field(description="0: the defaults, which nobody set.")]
    at: datetime | None
    by: str | None
    reason: str | None

    model_config = ConfigDict(from_attributes=True)


async def _newest(session: AsyncSession, kind: type[T], store_ids: Sequence[str]) -> dict[str, Policies[T]]:
    rows = (await session.execute(_NEWEST, {"store_ids": list(store_ids)})).all()
    return {row.store_id: Policies(row.version, _values_set(kind, row.set_values), row.at, row.by, row.reason) for row in rows}


@lru_cache(maxsize=1024)
def _values_set(kind: type[T], set_values: str) -> T:
    """From the column's JSON. A hundred checked numbers cost more than the statement that reads them, and they seldom change."""
    values: T = _stored(kind).validate_json(set_values)
    return values


@cache
def _stored(kind: type[T]) -> TypeAdapter[T]:
    """Ignores names that were policies once."""
    return TypeAdapter(kind)


def _shape(kind: type[T]) -> type[BaseModel]:
    """The dataclass as a body: every name has its default, and no other name may be sent."""
    hints = get_type_hints(kind, include_extras=True)
    defaults: dict[str, Any] = {field.name: (_as_sent(hints[field.name]), getattr(kind(), field.name)) for field in fields(kind)}
    return create_model(f"{kind.__name__}In", __config__=ConfigDict(extra="forbid"), **defaults)


def _as_sent(hint: Any) -> Any:
    """As strict as an event: a number is a number, and an amount a decimal string."""
    return _SENT.get(hint, hint)


def _decimal_text(given: object) -> object:
    if not isinstance(given, str | Decimal):
        raise PydanticCustomError("decimal_text", "must be a decimal in a text")
    return given


_Amount = Annotated[Decimal, BeforeValidator(_decimal_text, json_schema_input_type=str)]

_SENT: dict[Any, Any] = {
    int: StrictInt,
    bool: StrictBool,
    Decimal: _Amount,
    dict[str, int]: dict[str, StrictInt],
    dict[str, Decimal]: dict[str, _Amount],
}


def _values(kind: type[T], given: BaseModel) -> T:
    try:
        return kind(**{name: getattr(given, name) for name in given.model_fields_set})
    except ValueError as error:
        raise ContradictoryPolicies(str(error), [FieldProblem("values", "contradiction", str(error))]) from error
