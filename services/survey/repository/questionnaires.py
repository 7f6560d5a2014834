"""Questionnaires as JSON, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.questionnaire import Occasion, Questionnaire
from services.survey.domain.starters import starter
from shared.errors import StaleVersion

_ADAPTER = TypeAdapter(Questionnaire)
_NEWEST = text("""
    select content from questionnaires where store_id = :store_id and occasion = :occasion order by version desc limit 1
""")
_ADD = text("""
    insert into questionnaires (store_id, occasion, version, content, at, by, reason)
    values (:store_id, :occasion, :version, cast(:content as jsonb), :at, :by, :reason) on conflict do nothing returning version
""")


def as_json(questionnaire: Questionnaire) -> str:
    return _ADAPTER.dump_json(questionnaire).decode()


def of_json(content: Mapping[str, Any]) -> Questionnaire:
    return _ADAPTER.validate_python(content)


async def newest(session: AsyncSession, store_id: str, occasion: Occasion) -> Questionnaire:
    """The store's own, or the one that comes with the product."""
    content = await session.scalar(_NEWEST, {"store_id": store_id, "occasion": occasion.value})
    return starter(occasion) if content is None else of_json(content)


async def add(session: AsyncSession, store_id: str, questionnaire: Questionnaire, *, by: str, reason: str, now: datetime) -> None:
    """StaleVersion (412) when somebody else has put this version."""
    key = {"store_id": store_id, "occasion": questionnaire.occasion.value, "version": questionnaire.version}
    row = {**key, "content": as_json(questionnaire), "at": now, "by": by, "reason": reason}
    if (await session.execute(_ADD, row)).one_or_none() is None:
        raise StaleVersion("somebody else changed it in the meantime")
