"""The people behind the counter: an agent who answers and settles, a supervisor who approves more, and the departments."""

import argparse
import asyncio
import random
from collections.abc import Awaitable, Callable
from decimal import Decimal

from deploy.local.listening import Json
from deploy.local.simulator import words
from deploy.local.simulator.kefu import Kefu, items, kefu
from deploy.local.simulator.late import ASKED_BY_THE_WATCH, answer_to
from deploy.local.simulator.running import unless_refused, until_told_to_stop

LOOKS_EVERY = 2.0
AT_ONCE = "5"
CENT = Decimal("0.01")
AGENT_ID = "agent-1"
BECAUSE = "the sample shop's day"
_TAKES_TIME = 0.7  # how likely it is that somebody has not come to it yet
_LOST = ("service", "The forwarder lost the parcel")
_FAULTY = ("product", "A fault of the batch, seen before")

Step = Callable[[Json], Awaitable[object]]


class Team:
    """Looks at what waits, and does the next thing to each of it; what is next is read from the thing itself."""

    def __init__(self, services: Kefu, chance: random.Random) -> None:
        self._kefu = services
        self._chance = chance
        self._agent = services.token("agent")
        self._supervisor = services.token("supervisor")

    async def arrives(self) -> None:
        person: Json = {"name": "Agent", "languages": ["zh-CN", "en", "en-GB", "de", "ja"]}
        await self._kefu.do("inquiry", f"/agents/{AGENT_ID}", person, by=self._supervisor, method="PUT")

    async def looks_at_inquiries(self) -> None:
        await self._each("inquiry", "/inquiries", self._answer, status="waiting")
        await self._each("inquiry", "/inquiries", self._end_conversation, status="open")

    async def looks_at_cases(self) -> None:
        steps = {"opened": self._diagnose, "diagnosed": self._propose, "proposed": self._agree, "agreed": self._refund}
        for status, step in steps.items():
            await self._each("aftersales", "/cases", step, status=status)
        await self._each("aftersales", "/cases", self._settle, status="in-progress")
        await self._each("aftersales", "/refunds", self._approve, status="awaiting-approval")

    async def looks_at_tasks(self) -> None:
        """Those of the watch; what an advice asks is left to whoever asked for it."""
        for kind in ASKED_BY_THE_WATCH:
            await self._each("orders", "/tasks", self._find_out, kind=kind, state="open")

    async def _each(self, service: str, path: str, step: Step, **which: str) -> None:
        page = await self._kefu.ask(service, path, by=self._agent, limit=AT_ONCE, **which)
        for each in items(page):
            await unless_refused(step(each))

    async def _answer(self, inquiry: Json) -> None:
        path = f"/inquiries/{inquiry['inquiry_id']}"
        await self._kefu.do("inquiry", f"{path}/take", {"reason": BECAUSE}, by=self._agent)
        text = words.ANSWERS[words.spoken(str(inquiry["language"]))]
        await self._kefu.do("inquiry", f"{path}/messages", {"text": text}, by=self._agent)

    async def _end_conversation(self, inquiry: Json) -> None:
        if inquiry["agent_id"] != AGENT_ID or self._chance.random() < _TAKES_TIME:
            return
        body: Json = {"reason": "answered", "outcome": "resolved"}
        await self._kefu.do("inquiry", f"/inquiries/{inquiry['inquiry_id']}/close", body, by=self._agent)

    async def _find_out(self, task: Json) -> None:
        if self._chance.random() < _TAKES_TIME:
            return
        body: Json = {"answer": answer_to(task), "reason": BECAUSE}
        await self._kefu.do("orders", f"/tasks/{task['task_id']}/answer", body, by=self._kefu.token(str(task["department"])))

    async def _diagnose(self, case: Json) -> None:
        await self._kefu.do("aftersales", f"{_path(case)}/take", {"reason": BECAUSE}, by=self._agent)
        cause, finding = _LOST if case["type"] == "lost" else _FAULTY
        body: Json = {"cause": cause, "finding": finding, "reason": BECAUSE}
        await self._kefu.do("aftersales", f"{_path(case)}/diagnosis", body, by=self._agent)

    async def _propose(self, case: Json) -> None:
        body: Json = {"action": "partial-refund", "text": words.PROPOSALS[words.spoken(str(case["language"]))]}
        await self._kefu.do("aftersales", f"{_path(case)}/proposals", body, by=self._agent)

    async def _agree(self, case: Json) -> None:
        await self._kefu.do("aftersales", f"{_path(case)}/agree", {"reason": "the customer wrote that it is fine"}, by=self._agent)

    async def _refund(self, case: Json) -> None:
        """Part of what was paid, sometimes so much that the supervisor has to say yes; once per case."""
        if case["order_id"] is None or await self._refunds_of(case):
            await self._settle(case)
            return
        order = await self._kefu.ask("orders", f"/orders/{case['order_id']}", by=self._agent)
        paid = order["paid"]
        assert isinstance(paid, dict)
        part = (Decimal(str(paid["amount"])) * Decimal(self._chance.choice(("0.2", "0.5", "1")))).quantize(CENT)
        amount: Json = {"amount": str(part), "currency": paid["currency"]}
        body: Json = {"amount": amount, "kind": "partial", "reason": "never came" if case["type"] == "lost" else "it came faulty"}
        await self._kefu.do("aftersales", f"{_path(case)}/refunds", body, by=self._agent)

    async def _settle(self, case: Json) -> None:
        """Close what finance has answered."""
        refunds = await self._refunds_of(case)
        if all(refund["status"] not in ("requested", "awaiting-approval") for refund in refunds):
            body: Json = {"reason": "settled with the customer", "outcome": "refunded" if refunds else "answered"}
            await self._kefu.do("aftersales", f"{_path(case)}/close", body, by=self._agent)

    async def _refunds_of(self, case: Json) -> list[Json]:
        page = await self._kefu.ask("aftersales", "/refunds", by=self._agent, limit="200")
        return [refund for refund in items(page) if refund["case_id"] == case["case_id"]]

    async def _approve(self, refund: Json) -> None:
        """Whoever's word is still missing: large sums need finance's beside the supervisor's."""
        for role in _missing(refund):
            path = f"/refunds/{refund['refund_id']}/approve"
            await self._kefu.do("aftersales", path, {"reason": "fair"}, by=self._kefu.token(role))


def _missing(refund: Json) -> list[str]:
    needed, given = refund["approvals_needed"], refund.get("approvals")
    assert isinstance(needed, list)
    roles = {each["role"] for each in given if isinstance(each, dict)} if isinstance(given, list) else set()
    return [str(role) for role in needed if role not in roles]


def _path(case: Json) -> str:
    return f"/cases/{case['case_id']}"


async def run(store_id: str, seed: int | None) -> None:
    """Until it is cancelled."""
    async with kefu(store_id) as services:
        team = Team(services, random.Random(seed))  # noqa: S311
        if services.has("inquiry"):
            await unless_refused(team.arrives())
        while True:
            if services.has("inquiry"):
                await unless_refused(team.looks_at_inquiries())
            if services.has("aftersales"):
                await unless_refused(team.looks_at_cases())
            if services.has("orders"):
                await unless_refused(team.looks_at_tasks())
            await asyncio.sleep(LOOKS_EVERY)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.simulator.agents", description=__doc__)
    parser.add_argument("--store", default="demo")
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    asyncio.run(until_told_to_stop(run(given.store, given.seed)))


if __name__ == "__main__":
    main()
