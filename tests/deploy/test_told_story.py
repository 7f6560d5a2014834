import json
import os
import random
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local.children import ROOT, LocalStackError
from deploy.local.listening import Heard, Json
from deploy.local.simulator import words
from deploy.local.story.__main__ import NEEDED, Stack, Teller
from deploy.local.story.ear import DidNotHappen, Ear
from deploy.local.story.play import MUG, SHIPPING, Customer
from shared.contact import address_problems, phone_problem
from shared.events.storefront import OrderPlaced


def _event(name: str, content: Json, source: str = "/kefu/orders") -> Heard:
    return Heard("orders", "1", name, source, "", {"store_id": "story", **content})


def _ear(heard: list[str]) -> Ear:
    return Ear("story", ("c-1", "o-1"), lambda event: heard.append(event.name))


def test_only_what_concerns_the_customer_is_told() -> None:
    heard: list[str] = []
    ear = _ear(heard)

    ear.hear(_event("order-confirmed", {"order_id": "o-1"}))
    ear.hear(_event("order-confirmed", {"order_id": "o-2"}))
    ear.hear(_event("order-held", {"order_id": "o-1", "store_id": "demo"}))

    ear.hear(_event("message-posted", {"customer": {"customer_id": "c-1"}}))

    assert heard == ["order-confirmed", "message-posted"]


def test_finances_answer_is_known_by_the_refund_that_was_asked_for() -> None:
    heard: list[str] = []
    ear = _ear(heard)

    ear.hear(_event("refund-requested", {"customer_id": "c-1", "refund_id": "r-1"}))
    ear.hear(Heard("finance-refunds", "2", "refund-settled", "/finance", "r-1", {"refund_id": "r-1"}))
    ear.hear(Heard("finance-refunds", "3", "refund-settled", "/finance", "r-2", {"refund_id": "r-2"}))

    assert heard == ["refund-requested", "refund-settled"]


async def test_an_event_is_waited_for_once() -> None:
    ear = _ear([])
    for kind in ("quality", "service"):
        ear.hear(_event("case-opened", {"customer_id": "c-1", "type": kind}))

    assert (await ear.hears("case-opened", within=0.1)).text("type") == "quality"
    assert (await ear.hears("case-opened", within=0.1)).text("type") == "service"
    with pytest.raises(DidNotHappen, match="case-opened did not come within 0 s"):
        await ear.hears("case-opened", within=0.1)


def test_her_order_passes_every_check_that_needs_no_shop() -> None:
    order = Customer("1").order()
    placed = OrderPlaced.read(json.dumps({"store_id": "story"} | order.placed).encode())

    assert placed.total.amount == MUG.price * 2 + SHIPPING == order.pays
    assert not address_problems(placed.shipping_address)
    assert not phone_problem(placed.customer.phone or "")


def test_an_event_is_told_with_its_second_its_sender_and_what_tells_it_apart() -> None:
    console = Console(file=StringIO(), width=100, record=True)
    teller = Teller(console)

    teller.tell(_event("case-opened", {"type": "quality"}, "/kefu/aftersales"))
    teller.tell(_event("order-paid", {}, "/stores/story"))

    first, second = console.export_text().splitlines()
    assert first.split() == ["0.0", "s", "case-opened", "aftersales", "quality"]
    assert second.split() == ["0.0", "s", "order-paid", "storefront"]


def test_without_a_stack_the_story_says_how_to_start_one(tmp_path: Path) -> None:
    environment = os.environ | {"KEFU_STATE": str(tmp_path)}

    ended = subprocess.run(
        [sys.executable, "-m", "deploy.local.story"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr == "kefu: no stack is running here; start it with `make up` in another terminal\n"


def test_a_stack_that_lacks_a_service_is_named(tmp_path: Path) -> None:
    services = {name: "http://127.0.0.1:1" for name in NEEDED if name != "survey"}
    (tmp_path / "stack.json").write_text(json.dumps({"kafka": "127.0.0.1:1", "services": services, "tokens": {}}))

    with pytest.raises(LocalStackError, match="the stack has no survey"):
        Stack.running(tmp_path)


@pytest.mark.parametrize("language", words.QUESTIONS)
def test_customers_ask_in_their_language(language: str) -> None:
    asked = words.question(language, "red mug", random.Random(1))

    assert "red mug" in asked
    assert asked.isascii() == (language == "en")
