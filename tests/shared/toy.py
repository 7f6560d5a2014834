"""A service small enough to see through, for the tests of what all services share."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

import httpx
from fastapi import Depends, FastAPI
from pydantic import BaseModel, Field
from sqlalchemy import Column, Integer, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import Role
from shared.errors import Conflict, NotFound, Overtaken
from shared.events.fields import StoreId
from shared.http import Caller, IfMatch, Page, Paging, Router, Session, Version, allow, operator, path_ref, public
from shared.policies import policies_router
from shared.service import Service

tables = MetaData()
Table(
    "things",
    tables,
    Column("store_id", Text, primary_key=True),
    Column("thing_id", Text, primary_key=True),
    Column("version", Integer),
    Column("note", Text),
)


class TestClock:
    __test__ = False

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, duration: timedelta) -> None:
        self.now += duration


class Thing(NamedTuple):
    store_id: str
    thing_id: str


ThingRef = Annotated[Thing, Depends(path_ref(Thing))]


@dataclass(frozen=True)
class ToyPolicies:
    most_things: Annotated[int, Field(ge=1, le=10)] = 5
    least_things: int = 0

    def __post_init__(self) -> None:
        if self.least_things > self.most_things:
            raise ValueError("least_things must not exceed most_things")


class ThingIn(BaseModel):
    thing_id: str
    note: Annotated[str, Field(max_length=20)]


class NoteIn(BaseModel):
    note: Annotated[str, Field(max_length=20)]


class ThingOut(BaseModel):
    thing_id: str
    version: int
    note: str


class ThingTaken(Conflict):
    pass


class Gate:
    """Lets a test hold a request in the middle."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()


gates: dict[str, Gate] = {}
router = Router()
public_router = Router()


async def _thing(session: AsyncSession, ref: Thing, version: Version) -> ThingOut:
    row = (
        await session.execute(text("select * from things where (store_id, thing_id) = (:s, :t) for update"), {"s": ref[0], "t": ref[1]})
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such thing")
    version.check(row.version)
    return ThingOut(thing_id=row.thing_id, version=row.version, note=row.note)


@router.post("/things", status_code=201, dependencies=[allow(Role.AGENT, Role.STOREFRONT)])
async def add_thing(store_id: StoreId, body: ThingIn, session: Session) -> ThingOut:
    added = "insert into things values (:s, :t, 1, :n) on conflict do nothing returning 1"
    if (await session.execute(text(added), {"s": store_id, "t": body.thing_id, "n": body.note})).one_or_none() is None:
        raise ThingTaken("there is one already")
    if gate := gates.get(body.thing_id):
        gate.reached.set()
        await gate.opened.wait()
    return ThingOut(thing_id=body.thing_id, version=1, note=body.note)


@router.get("/things", dependencies=[allow(Role.AGENT)])
async def list_things(store_id: StoreId, paging: Paging, session: Session) -> Page[ThingOut]:
    after = paging.after(tuple[str])
    rows = await session.execute(
        text("select * from things where store_id = :s and thing_id > :a order by thing_id limit :n"),
        {"s": store_id, "a": after[0] if after else "", "n": paging.limit + 1},
    )
    return paging.page(
        rows.all(), key=lambda row: (row.thing_id,), item=lambda row: ThingOut(thing_id=row.thing_id, version=row.version, note=row.note)
    )


@router.get("/things/{thing_id}", dependencies=[allow(Role.AGENT)])
async def show_thing(ref: ThingRef, session: Session) -> ThingOut:
    return await _thing(session, ref, Version(frozenset("*")))


@router.post("/things/{thing_id}/note", dependencies=[allow(Role.AGENT)])
async def note_thing(ref: ThingRef, version: IfMatch, body: NoteIn, session: Session) -> ThingOut:
    thing = await _thing(session, ref, version)
    if thing.note == body.note:
        raise Conflict("it says that already")
    await session.execute(
        text("update things set version = version + 1, note = :n where (store_id, thing_id) = (:s, :t)"),
        {"n": body.note, "s": ref[0], "t": ref[1]},
    )
    return thing.model_copy(update={"version": thing.version + 1, "note": body.note})


@router.post("/imports", dependencies=[allow(Role.AGENT)], max_body_size=2_000_000)
async def take_import(store_id: StoreId, body: dict[str, str]) -> int:
    return sum(map(len, body.values()))


@router.post("/mistakes/{kind}", dependencies=[allow(Role.AGENT)])
async def make_mistake(store_id: StoreId, kind: str, session: Session) -> None:
    await session.execute(text("insert into things values (:s, :k, 1, '')"), {"s": store_id, "k": kind})
    if kind == "overtaken":
        raise Overtaken
    raise RuntimeError("secret of Li Lei")


@router.get("/me", dependencies=[allow(*Role)])
async def show_me(store_id: StoreId, caller: Caller) -> dict[str, str]:
    return {"sub": caller.sub, "name": caller.name, "roles": ",".join(sorted(caller.roles))}


@public_router.get("/s/{token}", dependencies=[public()])
async def show_survey(token: str) -> str:
    return token


@public_router.post("/v1/everything", dependencies=[operator()])
async def do_everything(caller: Caller) -> str:
    return caller.sub


service = Service(name="toy", tables=tables, routers=[router, policies_router(ToyPolicies)], public_routers=[public_router])


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy")
