"""Keys by which storefronts call: shown once, kept as hashes, two active at a time so that one can replace the other without a pause."""

import re
import secrets
import time
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, SmallInteger, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import note
from shared.auth.actor import Actor, NoValidToken, Role
from shared.auth.verified import Monotonic, Verified
from shared.clock import new_id
from shared.db import Database
from shared.errors import Conflict, NotFound
from shared.events.fields import StoreId
from shared.http import Caller, Now, Page, Router, Session, allow

TRUSTED_FOR = 1.0
_FORM = re.compile(r"kefu_(?P<store_id>[a-z0-9][a-z0-9-]{0,62})_(?P<key_id>[0-9a-f]{32})_(?P<secret>[A-Za-z0-9_-]{43})")

_FREE_SLOT = text("""
    insert into api_keys (store_id, key_id, slot, name, hash, created_at, created_by)
    select :store_id, :key_id, slot, :name, :hash, :now, :by from generate_series(1, 2) as slot
    where not exists (select from api_keys where store_id = :store_id and api_keys.slot = slot.slot and revoked_at is null)
    order by slot limit 1
    on conflict do nothing
    returning key_id
""")
_ACTIVE = text("select * from api_keys where store_id = :store_id and revoked_at is null order by key_id")
_REVOKE = text("""
    update api_keys set revoked_at = :now where store_id = :store_id and key_id = :key_id and revoked_at is null returning key_id
""")
_HASH = text("select name, hash from api_keys where store_id = :store_id and key_id = :key_id and revoked_at is null")


class TooManyApiKeys(Conflict):
    """Both places are taken; revoke a key first."""


class ApiKeyUnknown(NotFound):
    """The store has no such active key."""


class NewApiKey(BaseModel):
    name: Annotated[str, StringConstraints(min_length=1, max_length=64), Field(examples=["main shop"])] = "storefront"
    reason: Annotated[str, StringConstraints(max_length=1000)] = ""


class ApiKeyOut(BaseModel):
    key_id: UUID
    name: str
    created_at: datetime
    created_by: str


class ApiKeyShown(ApiKeyOut):
    secret: Annotated[str, Field(description="Send it as `X-API-Key`. It is shown this once.")]


def table(metadata: MetaData) -> Table:
    return Table(
        "api_keys",
        metadata,
        Column("store_id", Text, primary_key=True),
        Column("key_id", Uuid, primary_key=True),
        Column("slot", SmallInteger, nullable=False),
        Column("name", Text, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Text, nullable=False),
        Column("revoked_at", DateTime(timezone=True)),
        Index("uq_api_keys_active", "store_id", "slot", unique=True, postgresql_where=text("revoked_at is null")),
    )


class ApiKeyVerifier:
    """Turns a key into its storefront. What was verified is trusted for a second, so a revoked key is refused at once."""

    def __init__(self, database: Database, *, monotonic: Monotonic = time.monotonic) -> None:
        self._database = database
        self._verified = Verified(monotonic=monotonic)

    async def actor(self, api_key: str) -> Actor:
        """NoValidToken unless it is an active key of some store."""
        known = self._verified.find(api_key)
        if known is not None:
            return known
        form = _FORM.fullmatch(api_key)
        if form is None:
            raise NoValidToken
        async with self._database.transaction() as session:
            kept = (await session.execute(_HASH, {"store_id": form["store_id"], "key_id": UUID(form["key_id"])})).one_or_none()
        if kept is None or not compare_digest(kept.hash, _hash(api_key)):
            raise NoValidToken
        actor = Actor(f"storefront:{form['store_id']}", kept.name, frozenset({Role.STOREFRONT}), frozenset({form["store_id"]}))
        self._verified.remember(api_key, actor, seconds=TRUSTED_FOR)
        return actor


async def issue(session: AsyncSession, store_id: str, *, name: str, reason: str, by: Actor, now: datetime) -> ApiKeyShown:
    """A new key of the store's storefront; TooManyApiKeys when two are active."""
    key_id = new_id()
    secret = f"kefu_{store_id}_{key_id.hex}_{secrets.token_urlsafe(32)}"
    row = {"store_id": store_id, "key_id": key_id, "name": name, "hash": _hash(secret), "now": now, "by": by.sub}
    if (await session.execute(_FREE_SLOT, row)).one_or_none() is None:
        raise TooManyApiKeys("two keys are active; revoke one first")
    await _audit(session, store_id, key_id, "issue-api-key", reason=reason, by=by, now=now)
    return ApiKeyShown(key_id=key_id, name=name, created_at=now, created_by=by.sub, secret=secret)


async def revoke(session: AsyncSession, store_id: str, key_id: UUID, *, by: Actor, now: datetime) -> None:
    if (await session.execute(_REVOKE, {"store_id": store_id, "key_id": key_id, "now": now})).one_or_none() is None:
        raise ApiKeyUnknown("there is no such active key")
    await _audit(session, store_id, key_id, "revoke-api-key", reason="", by=by, now=now)


async def _audit(session: AsyncSession, store_id: str, key_id: UUID, action: str, *, reason: str, by: Actor, now: datetime) -> None:
    await note(session, action, str(key_id), by=by.sub, reason=reason, now=now, store_id=store_id)


def _hash(api_key: str) -> bytes:
    """Plain SHA-256 is enough: the secret is 256 random bits, nothing anybody could guess."""
    return sha256(api_key.encode()).digest()


router = Router(tags=["API keys"])


@router.post("/api-keys", status_code=201, dependencies=[allow(Role.ADMIN)])
async def issue_api_key(
    store_id: StoreId, caller: Caller, session: Session, now: Now, answer: Response, body: NewApiKey | None = None
) -> ApiKeyShown:
    """A new key for the store's storefront; its secret is shown this once. 409 when two are active."""
    answer.headers["cache-control"] = "no-store"
    wanted = body or NewApiKey()
    return await issue(session, store_id, name=wanted.name, reason=wanted.reason, by=caller, now=now)


@router.get("/api-keys", dependencies=[allow(Role.ADMIN)])
async def list_api_keys(store_id: StoreId, session: Session) -> Page[ApiKeyOut]:
    """The active keys, two at most, without their secrets."""
    rows = (await session.execute(_ACTIVE, {"store_id": store_id})).mappings()
    return Page(items=[ApiKeyOut(**row) for row in rows], next=None)


@router.delete("/api-keys/{key_id}", status_code=204, dependencies=[allow(Role.ADMIN)])
async def revoke_api_key(store_id: StoreId, key_id: UUID, caller: Caller, session: Session, now: Now) -> None:
    """The key stops working, within a second everywhere."""
    await revoke(session, store_id, key_id, by=caller, now=now)
