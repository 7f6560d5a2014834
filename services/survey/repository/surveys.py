"""Occasions, who was asked when, and surveys."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.links import Invited
from services.survey.models import SurveyRow
from shared.errors import NotFound

OccasionKey = tuple[str, str, str]

_OCCASION = ("store_id", "kind", "occasion_id", "version", "state", "reason", "due_at", "customer_id", "guest", "language", "channel",
             "order_id", "inquiry_id", "case_id", "agent_id")  # fmt: skip
_REMEMBER = text(f"""
    insert into occasions ({", ".join(_OCCASION)})
    values ({", ".join(f"cast(:{name} as jsonb)" if name == "guest" else f":{name}" for name in _OCCASION)})
    on conflict (store_id, kind, occasion_id) do update set version = excluded.version, state = excluded.state, due_at = excluded.due_at,
        customer_id = excluded.customer_id, guest = excluded.guest, language = excluded.language, channel = excluded.channel,
        order_id = excluded.order_id, agent_id = excluded.agent_id
    where occasions.state in ('waiting', 'open') and occasions.version < excluded.version
    returning occasion_id
""")  # noqa: S608
_REOPEN = text(f"""
    insert into occasions ({", ".join(_OCCASION)})
    values ({", ".join(f"cast(:{name} as jsonb)" if name == "guest" else f":{name}" for name in _OCCASION)})
    on conflict (store_id, kind, occasion_id) do update set version = excluded.version, state = 'open'
    where occasions.state in ('waiting', 'open') and occasions.version < excluded.version
    returning occasion_id
""")  # noqa: S608
_LOCKED = text("""
    select * from occasions
    where store_id = :store_id and kind = :kind and occasion_id = :occasion_id and state = 'waiting' for update
""")
_STATE = text("""
    select state from occasions where store_id = :store_id and kind = :kind and occasion_id = :occasion_id
""")
_BECAME = text("""
    update occasions set state = :state, reason = :reason
    where store_id = :store_id and kind = :kind and occasion_id = :occasion_id
""")
_KNOW = text("""
    insert into asked (store_id, person) select :store_id, person from unnest(cast(:people as text[])) as person on conflict do nothing
""")
_LOCK_PEOPLE = text("""
    select max(asked_at) from (
        select asked_at from asked where store_id = :store_id and person = any(cast(:people as text[])) order by person for update
    ) as locked
""")
_ASKED = text("update asked set asked_at = :now where store_id = :store_id and person = any(cast(:people as text[]))")
_INVITE = text("""
    insert into surveys (store_id, survey_id, version, status, occasion_kind, occasion_id, customer_id, guest, language, channel, order_id,
                         inquiry_id, case_id, agent_id, questionnaire, answers, invited_at, expires_at)
    values (:store_id, :survey_id, 1, 'invited', :kind, :occasion_id, :customer_id, cast(:guest as jsonb), :language, :channel, :order_id,
            :inquiry_id, :case_id, :agent_id, cast(:questionnaire as jsonb), '{}', :now, :expires_at)
""")
_CHANGE = """
    update surveys set version = version + 1, {} where store_id = :store_id and survey_id = :survey_id returning *
"""
_SAVE = text(_CHANGE.format("answers = cast(:answers as jsonb)"))
_REMINDED = text(_CHANGE.format("reminded_at = :now"))
_EXPIRED = text(_CHANGE.format("status = 'expired'"))
_ANSWERED = text(
    _CHANGE.format(
        "status = 'answered', answers = cast(:answers as jsonb), scores = cast(:scores as jsonb), satisfied = :satisfied, "
        "verdict = :verdict, callback_wanted = :callback_wanted, answered_at = :now"
    )
)


class UnknownSurvey(NotFound):
    """Nobody was invited by it."""


async def remember(session: AsyncSession, occasion: Mapping[str, object]) -> bool:
    """False where this or something newer is known of it, or it was asked about: an occasion comes once."""
    return (await session.execute(_REMEMBER, _row(occasion, "waiting"))).one_or_none() is not None


async def reopen(session: AsyncSession, occasion: Mapping[str, object]) -> bool:
    """Also of an occasion that was not heard of yet: what is older comes late. False where something newer is known of it."""
    return (await session.execute(_REOPEN, _row(occasion, "open"))).one_or_none() is not None


async def waiting_for_update(session: AsyncSession, key: OccasionKey) -> RowMapping | None:
    return (await session.execute(_LOCKED, _named(key))).mappings().one_or_none()


async def state_of(session: AsyncSession, key: OccasionKey) -> str:
    """Of an occasion that is there."""
    return str((await session.execute(_STATE, _named(key))).scalar_one())


async def became(session: AsyncSession, key: OccasionKey, state: str, reason: str | None = None) -> None:
    await session.execute(_BECAME, {**_named(key), "state": state, "reason": reason})


async def last_asked(session: AsyncSession, store_id: str, people: Sequence[str]) -> datetime | None:
    """Locks them, so that of two occasions at once the second sees the first."""
    asked = {"store_id": store_id, "people": sorted(people)}
    await session.execute(_KNOW, asked)
    last: datetime | None = await session.scalar(_LOCK_PEOPLE, asked)
    return last


async def ask(session: AsyncSession, store_id: str, people: Sequence[str], now: datetime) -> None:
    await session.execute(_ASKED, {"store_id": store_id, "people": sorted(people), "now": now})


async def invite(
    session: AsyncSession, occasion: RowMapping, survey_id: UUID, *, questionnaire: str, now: datetime, expires_at: datetime
) -> None:
    told = {**occasion, "guest": _json(occasion["guest"]), "survey_id": survey_id}
    await session.execute(_INVITE, {**told, "questionnaire": questionnaire, "now": now, "expires_at": expires_at})


async def survey(session: AsyncSession, invited: Invited, *, for_update: bool = False) -> SurveyRow:
    """UnknownSurvey (404)."""
    wanted = select(SurveyRow).where(SurveyRow.store_id == invited.store_id, SurveyRow.survey_id == invited.survey_id)
    wanted = wanted.execution_options(populate_existing=True)
    found = await session.scalar(wanted.with_for_update() if for_update else wanted)
    if found is None:
        raise UnknownSurvey("there is no such survey")
    return found


async def lock(session: AsyncSession, invited: Iterable[Invited]) -> None:
    for each in sorted(invited):
        await session.execute(
            select(SurveyRow.version).where(SurveyRow.store_id == each.store_id, SurveyRow.survey_id == each.survey_id).with_for_update()
        )


async def save(session: AsyncSession, invited: Invited, answers: Mapping[str, object]) -> None:
    await session.execute(_SAVE, {**invited._asdict(), "answers": _json(answers)})


async def answered(
    session: AsyncSession, invited: Invited, answers: Mapping[str, object], scores: Mapping[str, object], **outcome: object
) -> None:
    """`outcome`: satisfied, verdict, callback_wanted, now."""
    await session.execute(_ANSWERED, {**invited._asdict(), "answers": _json(answers), "scores": _json(scores), **outcome})


async def answered_since(session: AsyncSession, since: datetime, after: Invited | None, limit: int) -> Sequence[SurveyRow]:
    """Of all stores; what is answered changes no more, so nothing is locked."""
    found = select(SurveyRow).where(SurveyRow.answered_at >= since)
    if after is not None:
        found = found.where(tuple_(SurveyRow.store_id, SurveyRow.survey_id) > after)
    return (await session.scalars(found.order_by(SurveyRow.store_id, SurveyRow.survey_id).limit(limit))).all()


async def answered_of(session: AsyncSession, invited: Collection[Invited]) -> set[Invited]:
    """Those that are answered."""
    key = tuple_(SurveyRow.store_id, SurveyRow.survey_id)
    found = select(SurveyRow.store_id, SurveyRow.survey_id).where(key.in_(invited), SurveyRow.answered_at.is_not(None))
    return {Invited(*row) for row in await session.execute(found)}


async def reminded(session: AsyncSession, invited: Invited, now: datetime) -> None:
    await session.execute(_REMINDED, {**invited._asdict(), "now": now})


async def expired(session: AsyncSession, invited: Invited) -> None:
    await session.execute(_EXPIRED, invited._asdict())


async def surveys(
    session: AsyncSession, store_id: str, *, after: tuple[datetime, UUID] | None, limit: int, **wanted: Any
) -> Sequence[SurveyRow]:
    """Newest first; `wanted` are columns and what they must be, None for whatever."""
    found = select(SurveyRow).where(SurveyRow.store_id == store_id)
    found = found.where(*[getattr(SurveyRow, name) == value for name, value in wanted.items() if value is not None])
    if after is not None:
        moment, survey_id = after
        found = found.where((SurveyRow.invited_at < moment) | ((SurveyRow.invited_at == moment) & (SurveyRow.survey_id < survey_id)))
    rows = await session.scalars(found.order_by(SurveyRow.invited_at.desc(), SurveyRow.survey_id.desc()).limit(limit))
    return rows.all()


def _row(occasion: Mapping[str, object], state: str) -> dict[str, object]:
    return {**dict.fromkeys(_OCCASION), **occasion, "state": state, "guest": _json(occasion.get("guest"))}


def _named(key: OccasionKey) -> dict[str, str]:
    return dict(zip(("store_id", "kind", "occasion_id"), key, strict=True))


def _json(told: object) -> str | None:
    return None if told is None else orjson.dumps(told).decode()
