"""From an occasion to an invitation, a reminder, and the end of it (SVY-2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import metrics, texts
from services.survey.domain.people import people
from services.survey.domain.policy import SurveyPolicy
from services.survey.domain.questionnaire import Occasion
from services.survey.links import Invited, links_of
from services.survey.models import SurveyRow
from services.survey.repository import questionnaires, surveys
from services.survey.repository.surveys import OccasionKey
from shared import policies, stores
from shared.clock import new_id
from shared.counting import on_commit
from shared.errors import Conflict
from shared.events.parts import About, Guest
from shared.history import AUTO, add_step
from shared.telling import Addressee, tell
from shared.timers import cancel_timers, set_timers

ASK = "ask"
REMIND = "remind"
EXPIRE = "expire"
NO_CONTACT = "no-contact"
ASKED_LATELY = "asked-lately"
LONG_AGO = "long-ago"  # told late, or told again after months: nobody remembers


_FATES = {
    "asked": "the customer was asked about this before",
    "not-asked": "it was decided before not to ask about this",
    "waiting": "the customer will be asked about this when its time has come",
    "open": "it is not over yet: the customer is asked when it is",
}


class NotAsked(Conflict):
    """The customer was asked too lately or cannot be reached, or this occasion was asked about, or is going to be (SVY-2)."""


async def remember(session: AsyncSession, occasion: Mapping[str, Any], happened_at: datetime) -> None:
    """She is asked when the store's time for such an occasion has passed; the same occasion again changes nothing."""
    key: OccasionKey = (occasion["store_id"], occasion["kind"], occasion["occasion_id"])
    policy = (await policies.load(session, SurveyPolicy, [key[0]]))[key[0]]
    due_at = happened_at + policy.delay(key[1])
    if await surveys.remember(session, {**occasion, "due_at": due_at}):
        await set_timers(session, ASK, {"/".join(key): due_at})


async def forget(session: AsyncSession, occasion: Mapping[str, Any], now: datetime) -> None:
    """It goes on after all: nobody is asked until it is over once more."""
    if await surveys.reopen(session, {**occasion, "due_at": now}):
        await cancel_timers(session, ASK, ["/".join((occasion["store_id"], occasion["kind"], occasion["occasion_id"]))])


async def ask(session: AsyncSession, keys: Sequence[OccasionKey], now: datetime) -> None:
    for key in sorted(keys):
        await ask_about(session, key, now)


async def ask_now(session: AsyncSession, occasion: Mapping[str, Any], *, by: str, now: datetime) -> SurveyRow:
    """An agent's own occasion; NotAsked (409) says why nobody was asked."""
    key: OccasionKey = (occasion["store_id"], occasion["kind"], occasion["occasion_id"])
    if not await surveys.remember(session, {**occasion, "due_at": now}):
        raise NotAsked(_FATES[await surveys.state_of(session, key)])
    asked = await ask_about(session, key, now, by=by)
    if isinstance(asked, Invited):
        return await surveys.survey(session, asked)
    raise NotAsked("there is no way to reach the guest" if asked == NO_CONTACT else "the customer was asked too lately")


async def ask_about(session: AsyncSession, key: OccasionKey, now: datetime, *, by: str = AUTO) -> Invited | str | None:
    """The invitation, or why there is none; None where the occasion does not wait any more."""
    occasion = await surveys.waiting_for_update(session, key)
    if occasion is None:
        return None
    store_id = key[0]
    policy = (await policies.load(session, SurveyPolicy, [store_id]))[store_id]
    refusal = await _refusal(session, occasion, policy, now)
    if refusal is not None:
        await surveys.became(session, key, "not-asked", refusal)
        return refusal
    return await _invite(session, key, occasion, policy, now, by=by)


async def remind(session: AsyncSession, invitations: Sequence[Invited], now: datetime) -> None:
    """Once, while the link works and is not answered."""
    for invited in sorted(invitations):
        survey = await surveys.survey(session, invited, for_update=True)
        if survey.status == "invited" and survey.reminded_at is None and now < survey.expires_at:
            store = await stores.store(session, invited.store_id)
            link, until = links_of(session).to(invited), survey.expires_at.astimezone(store.calendar.zone).date()
            tell(session, _addressee(survey), texts.REMINDER, about=_about(invited), now=now, store=store.name, link=link, until=until)
            await surveys.reminded(session, invited, now)
            await add_step(session, invited.store_id, f"survey/{invited.survey_id}", "reminded", by=AUTO, now=now)


async def expire(session: AsyncSession, invitations: Sequence[Invited], now: datetime) -> None:
    for invited in sorted(invitations):
        survey = await surveys.survey(session, invited, for_update=True)
        if survey.status == "invited":
            await surveys.expired(session, invited)
            await add_step(session, invited.store_id, f"survey/{invited.survey_id}", "expired", by=AUTO, now=now)


async def _refusal(session: AsyncSession, occasion: RowMapping, policy: SurveyPolicy, now: datetime) -> str | None:
    if occasion["due_at"] <= now - policy.valid:
        return LONG_AGO
    known = people(occasion["customer_id"], occasion["guest"])
    if not known:
        return NO_CONTACT
    last = await surveys.last_asked(session, occasion["store_id"], known)
    if last is not None and last > now - policy.quiet:
        return ASKED_LATELY
    await surveys.ask(session, occasion["store_id"], known, now)
    return None


async def _invite(
    session: AsyncSession, key: OccasionKey, occasion: RowMapping, policy: SurveyPolicy, now: datetime, *, by: str
) -> Invited:
    store_id = key[0]
    invited = Invited(store_id, new_id())
    questionnaire = await questionnaires.newest(session, store_id, Occasion(key[1]))
    expires_at = now + policy.valid
    await surveys.invite(
        session, occasion, invited.survey_id, questionnaire=questionnaires.as_json(questionnaire), now=now, expires_at=expires_at
    )
    await surveys.became(session, key, "asked")
    on_commit(session, metrics.invited.inc)
    await set_timers(session, EXPIRE, {timer_key(invited): expires_at})
    await set_timers(session, REMIND, {timer_key(invited): now + policy.reminded_after})
    await add_step(session, store_id, f"survey/{invited.survey_id}", "invited", by=by, now=now)
    store = await stores.store(session, store_id)
    link = links_of(session).to(invited)
    tell(session, _addressee(occasion), texts.INVITATION, about=_about(invited), now=now, store=store.name, link=link)
    return invited


def timer_key(invited: Invited) -> str:
    return f"{invited.store_id}/{invited.survey_id}"


def addressee(survey: SurveyRow) -> Addressee:
    return _addressee(survey)


def _addressee(whom: RowMapping | SurveyRow) -> Addressee:
    told = whom if not isinstance(whom, SurveyRow) else vars(whom)
    guest = Guest.model_validate(told["guest"]) if told["guest"] and told["customer_id"] is None else None
    return Addressee(told["store_id"], told["customer_id"], guest, told["language"], told["channel"])


def _about(invited: Invited) -> About:
    return About(kind="survey", id=str(invited.survey_id))


def invited_of(key: str) -> Invited:
    store_id, _, survey_id = key.partition("/")
    return Invited(store_id, UUID(survey_id))
