"""A kind word on birthdays and holidays (CUS-5): with consent only, by day, once for an occasion of a year."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.customers.care import BIRTHDAY, birthdays_on, is_festive, is_night, next_at
from services.orders.domain.policy import OrderPolicy
from services.orders.repository.customers import care
from services.orders.repository.customers.care import Greeted, Occasion
from services.orders.usecases.customers.clocks import CARE, GREET
from services.orders.usecases.customers.templates import BIRTHDAY_WISH, FRIEND, HOLIDAY_WISH
from shared import policies, stores
from shared.calendar import Festival, festivals_on
from shared.events.parts import About
from shared.stores import Store
from shared.telling import Addressee, MessageTemplate, spoken, tell
from shared.timers import set_timers_of

MOST_GREETED = 200


async def care_for(session: AsyncSession, store_id: str, now: datetime) -> None:
    """What today is kept for, unless it is night; and tomorrow's after it. A day nobody was there for is over."""
    store, policy = await stores.store(session, store_id), (await policies.load(session, OrderPolicy, [store_id]))[store_id]
    zone = store.calendar.zone
    today = now.astimezone(zone).date()
    names = [] if is_night(now, zone, policy) else _occasions(store, policy, today)
    greetings = {f"{store_id}/{today}/{name}/": now for name in names}
    await set_timers_of(session, {CARE: {store_id: next_at(policy.care_hour, now, zone)}, GREET: greetings})


async def greet(session: AsyncSession, key: str, now: datetime) -> None:
    """The next of those the day is for. `key` is store/day/occasion/customer: it goes on after her, as long as it is that day."""
    store_id, day, name, after = key.split("/")
    store, policy = await stores.store(session, store_id), (await policies.load(session, OrderPolicy, [store_id]))[store_id]
    today = now.astimezone(store.calendar.zone).date()
    if today != date.fromisoformat(day) or is_night(now, store.calendar.zone, policy) or name not in _occasions(store, policy, today):
        return
    birthdays = birthdays_on(today) if name == BIRTHDAY else None
    found = await care.remember(session, Occasion(store_id, name, today.year, birthdays), after=after, limit=MOST_GREETED, now=now)
    festival = _festivals(store, today).get(name)
    for each in found:
        if each.is_fresh:
            _wish(session, store, each, festival, today, now)
    if len(found) == MOST_GREETED:
        await set_timers_of(session, {GREET: {f"{store_id}/{day}/{name}/{found[-1].customer_id}": now}})


def _occasions(store: Store, policy: OrderPolicy, today: date) -> list[str]:
    festive = list(_festivals(store, today)) if policy.holiday_care else []
    return [*([BIRTHDAY] if policy.birthday_care else []), *festive]


def _festivals(store: Store, today: date) -> dict[str, Festival]:
    """By a name that is the same every day of a holiday and every year, and holds no slash."""
    found = festivals_on(store.calendar.holiday_country, today)
    return {each.english.replace("/", "-"): each for each in found if is_festive(each.english, each.chinese)}


def _wish(session: AsyncSession, store: Store, customer: Greeted, festival: Festival | None, today: date, now: datetime) -> None:
    language = customer.language or next(iter(store.languages), "en")
    template: MessageTemplate = BIRTHDAY_WISH if festival is None else HOLIDAY_WISH
    name, holiday = customer.name or FRIEND[spoken(language)], festival.called(spoken(language)) if festival else ""
    to = Addressee(store.store_id, customer.customer_id, None, language)
    tell(session, to, template, about=About(kind="occasion", id=f"{today}"), now=now, name=name, store=store.name, holiday=holiday)
