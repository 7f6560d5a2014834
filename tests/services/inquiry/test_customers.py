"""Who customers are, as their storefronts tell (INQ-1)."""

from datetime import timedelta
from itertools import permutations

import httpx
import pytest

from shared.events.base import Event
from shared.events.storefront import CustomerUpdated
from tests.services.inquiry.shop import MONDAY, SECOND, Shop, made


def updated(after: timedelta = timedelta(0), **changed: object) -> Event:
    return made(CustomerUpdated, updated_at=(MONDAY + after).isoformat(), **changed)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_newest_word_counts_whole_whatever_came_first(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], order: tuple[int, ...]
) -> None:
    told = [updated(name="Old"), updated(SECOND, name="New", email=None, language="de"), updated(name="Old")]
    for position in order:
        await shop.hears(told[position])
    asked = (await shop.asks()).inquiry.inquiry_id

    customer = (await client.get(f"/inquiries/{asked}", headers=agent)).json()["customer"]

    assert customer == {"name": "New", "email": None, "phone": "+8613800138000", "language": "de"}


async def test_she_is_answered_in_her_language_where_her_message_does_not_say(shop: Shop) -> None:
    await shop.hears(updated(language="en"))

    await shop.asks(language=None)
    await shop.asks(language="fr", channel="email")
    await shop.asks(language=None, customer_id="c-unknown", channel="social")

    assert {row.channel: row.language for row in await shop.all()} == {"chat": "en", "email": "fr", "social": "zh-CN"}
