"""`make story`: one customer's way through all four services of the running stack, and what else befalls orders, told as it happens."""

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import jwt
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.text import Text

from deploy.local.children import ROOT, LocalStackError
from deploy.local.issuer import Issuer
from deploy.local.listening import Heard, listening
from deploy.local.saying import Speaker
from deploy.local.simulator.finance import is_there
from deploy.local.simulator.kefu import Kefu, Refused, bearer
from deploy.local.simulator.running import speaking, topic_prefix
from deploy.local.simulator.storefront import Storefront
from deploy.local.story.ear import TOPICS, DidNotHappen, Ear
from deploy.local.story.play import AGENT_ID, Cast, Customer, Play, perform
from deploy.local.story.sale import Sale

STORE_ID = "story"
KEY = "story"
NEEDED = ("inquiry", "orders", "aftersales", "survey")
PARTS = ("template", "status", "outcome", "type", "topic")
_NOT_RUNNING = "no stack is running here; start it with `make up` in another terminal"


@dataclass(frozen=True)
class Stack:
    """What stack.json says of the one that is running."""

    directory: Path
    kafka: str
    services: dict[str, str]
    tokens: dict[str, str]

    @classmethod
    def running(cls, directory: Path) -> "Stack":
        """LocalStackError where there is none, or not all of it."""
        file = directory / "stack.json"
        if not file.exists():
            raise LocalStackError(_NOT_RUNNING)
        said = json.loads(file.read_text())
        missing = [name for name in NEEDED if name not in said["services"]]
        if missing:
            raise LocalStackError(f"the stack has no {', '.join(missing)}, and the story needs all four services")
        return cls(directory, said["kafka"], said["services"], said["tokens"])

    def agent_token(self, store_id: str) -> str:
        """Of an agent of one of the story's stores, by the stack's own issuer: those of stack.json are for the sample shop."""
        url = jwt.decode(self.tokens["admin"], options={"verify_signature": False})["iss"]
        return Issuer(url, self.directory / "issuer").mint(AGENT_ID, "Wang Fang", ["agent"], [store_id], timedelta(hours=1))

    async def check(self, http: httpx.AsyncClient) -> None:
        """A launcher that was killed leaves its stack.json."""
        try:
            for address in self.services.values():
                await http.get(f"{address}/healthz/live")
        except httpx.TransportError:
            raise LocalStackError(_NOT_RUNNING) from None


class Teller:
    """A heading for each scene, and below it the events with the second they were heard in."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def announce(self, title: str) -> None:
        self._console.print(Text(f"\n{title}", "bold"))

    def tell(self, event: Heard) -> None:
        sender = event.service or event.source.strip("/").partition("/")[0].replace("stores", "storefront")
        known = " ".join(event.text(part) for part in PARTS if event.text(part))
        line = Text.assemble((f"{self.seconds:6.1f} s  ", "dim"), (f"{event.name:<22}", "green"), (f"{sender:<11}", "cyan"), known)
        self._console.print(line, soft_wrap=True)


async def tell_story(stack: Stack, teller: Teller) -> None:
    """LocalStackError where it cannot begin; DidNotHappen, Refused or HTTPError where it goes otherwise."""
    os.environ["KAFKA_BOOTSTRAP_SERVERS"] = stack.kafka
    number = str(time.time_ns() // 1_000_000)
    async with AsyncExitStack() as up:
        http = await up.enter_async_context(httpx.AsyncClient(timeout=10, trust_env=False))
        await stack.check(http)
        finance = None if await is_there(stack.kafka) else await up.enter_async_context(speaking("/finance"))
        customer = Customer(number)
        first, its_ear = await _staged(up, stack, http, finance, STORE_ID, (customer.customer_id, customer.order().order_id), teller)
        await perform(Play(first, customer, its_ear), teller.announce)
        # a shop of its own each time: what others bought there does not matter to who is a key customer
        second, its_ear = await _staged(up, stack, http, finance, f"{STORE_ID}-{number}", (), teller)
        await perform(Sale(second, number, its_ear), teller.announce)


async def _staged(
    up: AsyncExitStack,
    stack: Stack,
    http: httpx.AsyncClient,
    finance: Speaker | None,
    store_id: str,
    ids: Collection[str],
    teller: Teller,
) -> tuple[Cast, Ear]:
    """Who takes part in one store, and what is heard of these."""
    services = Kefu(http, stack.services, stack.tokens, store_id)
    shop = Storefront(await up.enter_async_context(speaking(f"/stores/{store_id}")), store_id)
    cast = Cast(services, shop, finance, bearer(stack.agent_token(store_id)), await services.new_key("aftersales", KEY), http)
    ear = Ear(store_id, ids, teller.tell)
    events = await up.enter_async_context(listening(stack.kafka, topic_prefix(), TOPICS))
    hearing = asyncio.create_task(ear.listen(events))
    up.callback(hearing.cancel)
    return cast, ear


def main() -> int:
    argparse.ArgumentParser(prog="python -m deploy.local.story", description=__doc__).parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    teller = Teller(Console())
    try:
        asyncio.run(tell_story(Stack.running(Path(os.environ.get("KEFU_STATE", ROOT / ".local"))), teller))
    except (LocalStackError, DidNotHappen, Refused, httpx.HTTPError) as problem:
        print(f"kefu: {problem}", file=sys.stderr)
        return 1
    except (KafkaError, asyncio.CancelledError):
        # aiokafka cancels the one who closes a consumer whose broker is gone
        print("kefu: the stack went down in the middle of the story", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\nThe story took {teller.seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
