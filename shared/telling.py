"""What a customer should be told, in her language: said as `customer-message`, delivered by the storefront."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import new_id
from shared.events.base import Event
from shared.events.messages import CustomerMessage
from shared.events.parts import About, Guest
from shared.messaging.outbox import publish
from shared.wording import in_language

CHINESE, ENGLISH = "zh-CN", "en"
_LONGEST_SUBJECT = 500


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """`$name` stands for a value; both languages must name the same values."""

    name: str
    subject: Mapping[str, str]
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Addressee:
    """A customer by the store's id, or a guest by what she told us; `language` is what she speaks."""

    store_id: str
    customer_id: str | None
    guest: Guest | None
    language: str
    channel: str = "email"


def spoken(language: str) -> str:
    """Which of our languages to answer in: Chinese of any kind in Chinese, everything else in English."""
    return CHINESE if language.lower().partition("-")[0] == "zh" else ENGLISH


def tell(
    session: AsyncSession,
    to: Addressee,
    template: MessageTemplate,
    *,
    about: About | None,
    now: datetime,
    caused_by: Event | None = None,
    **values: object,
) -> None:
    """Told when this transaction commits; days and amounts are written as her language has them. A missing value raises KeyError.

    A subject that a long name makes too long for the event ends early.
    """
    language = spoken(to.language)
    subject, sentences = (in_language(words, language, **values) for words in (template.subject, template.text))
    if len(subject) > _LONGEST_SUBJECT:
        subject = f"{subject[: _LONGEST_SUBJECT - 1]}…"
    _say(session, replace(to, language=language), subject, sentences, template=template.name, about=about, now=now, caused_by=caused_by)


def write_by_hand(session: AsyncSession, to: Addressee, *, subject: str, text: str, about: About | None, now: datetime) -> None:
    """What a person wrote to her, as it is."""
    _say(session, to, subject, text, template=None, about=about, now=now)


def _say(
    session: AsyncSession,
    to: Addressee,
    subject: str,
    text: str,
    *,
    template: str | None,
    about: About | None,
    now: datetime,
    caused_by: Event | None = None,
) -> None:
    message = CustomerMessage(
        message_id=new_id(),
        store_id=to.store_id,
        customer_id=to.customer_id,
        guest=to.guest,
        channel=to.channel,
        language=to.language,
        subject=subject,
        text=text,
        template=template,
        about=about,
        created_at=now,
    )
    publish(session, message, caused_by=caused_by)
