"""Agents, keywords and offers."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.topics import STARTER_KEYWORDS, Keywords
from services.inquiry.models import AgentRow, KeywordsRow, OfferRow
from services.inquiry.repository.inquiries import Ref
from shared.errors import NotFound, StaleVersion

_NEWEST_KEYWORDS = text("""
    select distinct on (store_id) store_id, keywords from keywords
    where store_id = any(cast(:store_ids as text[])) order by store_id, version desc
""")


class UnknownAgent(NotFound):
    """Nobody has entered this agent."""


async def agents(session: AsyncSession, store_id: str, *, after: str, limit: int) -> Sequence[AgentRow]:
    found = select(AgentRow).where(AgentRow.store_id == store_id, AgentRow.agent_id > after)
    return (await session.scalars(found.order_by(AgentRow.agent_id).limit(limit))).all()


async def agent(session: AsyncSession, store_id: str, agent_id: str) -> AgentRow:
    """UnknownAgent (404)."""
    found = await session.get(AgentRow, (store_id, agent_id))
    if found is None:
        raise UnknownAgent("there is no such agent")
    return found


async def agent_for_share(session: AsyncSession, store_id: str, agent_id: str) -> AgentRow | None:
    """Who is given an inquiry stays as they are until it is given."""
    return await session.get(AgentRow, (store_id, agent_id), with_for_update={"read": True}, populate_existing=True)


async def agent_for_update(session: AsyncSession, store_id: str, agent_id: str) -> AgentRow | None:
    return await session.get(AgentRow, (store_id, agent_id), with_for_update=True, populate_existing=True)


async def add_agent(session: AsyncSession, row: AgentRow) -> None:
    """StaleVersion (412) where somebody else entered the agent meanwhile."""
    columns = {column.name: getattr(row, column.name) for column in AgentRow.__table__.columns}
    added = await session.execute(insert(AgentRow).values(columns).on_conflict_do_nothing().returning(AgentRow.agent_id))
    if added.one_or_none() is None:
        raise StaleVersion("somebody else entered the agent in the meantime")


async def newest_keywords(session: AsyncSession, store_id: str) -> KeywordsRow | None:
    found = select(KeywordsRow).where(KeywordsRow.store_id == store_id).order_by(KeywordsRow.version.desc()).limit(1)
    return (await session.scalars(found)).one_or_none()


async def keywords_of(session: AsyncSession, store_ids: Sequence[str]) -> Mapping[str, Keywords]:
    """The starter set where a store has none of its own."""
    rows = await session.execute(_NEWEST_KEYWORDS, {"store_ids": store_ids})
    own = {row.store_id: row.keywords for row in rows}
    return {store_id: own.get(store_id, STARTER_KEYWORDS) for store_id in store_ids}


async def add_keywords(session: AsyncSession, row: KeywordsRow) -> None:
    """StaleVersion (412) where somebody else set them meanwhile."""
    columns = {column.name: getattr(row, column.name) for column in KeywordsRow.__table__.columns}
    added = await session.execute(insert(KeywordsRow).values(columns).on_conflict_do_nothing().returning(KeywordsRow.version))
    if added.one_or_none() is None:
        raise StaleVersion("somebody else set them in the meantime")


async def add_offer(session: AsyncSession, row: OfferRow) -> bool:
    """False where the store has an offer of this code already."""
    columns = {column.name: getattr(row, column.name) for column in OfferRow.__table__.columns}
    added = await session.execute(insert(OfferRow).values(columns).on_conflict_do_nothing().returning(OfferRow.offer_id))
    return added.one_or_none() is not None


async def offers(session: AsyncSession, ref: Ref) -> Sequence[OfferRow]:
    found = select(OfferRow).where(OfferRow.store_id == ref.store_id, OfferRow.inquiry_id == ref.inquiry_id)
    return (await session.scalars(found.order_by(OfferRow.made_at, OfferRow.offer_id))).all()


async def offers_known(session: AsyncSession, refs: Collection[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    found = await session.execute(
        select(OfferRow.store_id, OfferRow.offer_id).where(tuple_(OfferRow.store_id, OfferRow.offer_id).in_(refs))
    )
    return {(row.store_id, row.offer_id) for row in found}
