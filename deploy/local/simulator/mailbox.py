"""Delivers nothing really: reads what customers are told, and answers the surveys in it for some of them."""

import asyncio
import os
import random

import httpx

from deploy.local.listening import Heard, listening
from deploy.local.simulator import page
from deploy.local.simulator.page import Mood
from deploy.local.simulator.running import topic_prefix, unless_refused

IGNORED, CROSS = 0.3, 0.2
INVITATION = "survey-invitation"


async def read_mail(store_id: str, seed: int | None) -> None:
    """Until it is cancelled."""
    chance = random.Random(seed)  # noqa: S311
    async with (
        httpx.AsyncClient(timeout=10, trust_env=False) as http,
        listening(os.environ["KAFKA_BOOTSTRAP_SERVERS"], topic_prefix(), ["customer-messages"]) as messages,
        asyncio.TaskGroup() as answering,
    ):
        async for message in messages:
            link = invitation(message, store_id)
            if link is not None and chance.random() >= IGNORED:
                mood = Mood.CROSS if chance.random() < CROSS else Mood.PLEASED
                answering.create_task(_answer(http, link, mood, chance.uniform(3, 15)))


def invitation(message: Heard, store_id: str) -> str | None:
    """The address it invites to; a reminder is for those who never answer."""
    ours = message.text("store_id") == store_id and message.text("template") == INVITATION
    return page.link_in(message.text("text")) if ours else None


async def _answer(http: httpx.AsyncClient, link: str, mood: Mood, after: float) -> None:
    await asyncio.sleep(after)
    await unless_refused(page.answer(http, link, mood))
