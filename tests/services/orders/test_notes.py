"""ORD-10: what people tell the warehouse about an order."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from deploy.local.issuer import Issuer
from tests.identity import as_role
from tests.services.orders.builders import DAY, MINUTE, cancelled, dispatched, paid, placed
from tests.services.orders.shop import Shop

NOTES = "/orders/10001/notes"
REASON = {"reason": "the customer called again"}


@pytest.fixture
def agent(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "agent", sub="li")


@pytest.fixture
def warehouse(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "warehouse", sub="chen")


def fields(answer: httpx.Response) -> set[str]:
    return {problem["field"] for problem in answer.json()["errors"]}


async def test_a_note_tells_who_wrote_it_and_when_and_the_warehouse_reads_it(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], warehouse: dict[str, str]
) -> None:
    await shop.tells(placed(), paid())
    body = {"text": " Ring twice ", "flags": ["gift-wrap", "fragile"], "gift": {"sku": "MUG-BLUE"}, "carrier": "SF Express"}

    written = await client.post(NOTES, json=body, headers=agent)
    read = (await client.get(NOTES, headers=warehouse)).json()

    assert (written.status_code, written.headers["etag"]) == (201, '"1"')
    assert read["items"] == [written.json()]
    assert written.json() | {"note_id": "", "written_at": ""} == {
        "note_id": "",
        "order_id": "10001",
        "text": "Ring twice",
        "flags": ["fragile", "gift-wrap"],
        "gift": {"sku": "MUG-BLUE", "quantity": 1},
        "carrier": "SF Express",
        "written_by": "li",
        "written_at": "",
        "withdrawn_by": None,
        "withdrawn_at": None,
        "withdrawn_reason": None,
        "version": 1,
    }


async def test_no_note_is_ever_said_to_anybody(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(placed(), paid())
    said = await shop.said()

    await client.post(NOTES, json={"text": "a difficult customer"}, headers=agent)
    await shop.tells(dispatched())

    assert len(await shop.said()) == len(said) + 1
    assert "difficult" not in str(await shop.said())
    assert "difficult" not in (await client.get("/orders/10001", headers=agent)).text


async def test_a_note_is_withdrawn_once_and_stays_in_the_list_with_the_reason(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], warehouse: dict[str, str]
) -> None:
    await shop.tells(placed(), paid())
    note = (await client.post(NOTES, json={"flags": ["hold-for-pickup"]}, headers=agent)).json()
    withdraw = f"{NOTES}/{note['note_id']}/withdraw"
    shop.clock.passes(MINUTE)

    async def answers(version: str | None, body: dict[str, Any] = REASON, path: str = withdraw) -> int:
        headers = warehouse if version is None else warehouse | {"If-Match": version}
        return (await client.post(path, json=body, headers=headers)).status_code

    refused = [await answers('"1"', {}), await answers('"1"', path=f"{NOTES}/{'0' * 8}-0000-7000-8000-{'0' * 12}/withdraw")]
    refused += [await answers(None), await answers('"7"')]
    done = [await answers('"1"'), await answers("*")]

    assert (refused, done) == ([422, 404, 428, 412], [200, 409])
    (kept,) = (await client.get(NOTES, headers=agent)).json()["items"]
    assert (kept["withdrawn_by"], kept["withdrawn_reason"], kept["version"]) == ("chen", REASON["reason"], 2)
    assert (await client.get("/orders/10001/packing-list", headers=warehouse)).json()["flags"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "  "}, "text"),
        ({"flags": ["on-fire"]}, "flags.0"),
        ({"gift": {"sku": "NEVER-LISTED"}}, "gift.sku"),
        ({"gift": {"sku": "MUG-BLUE", "quantity": 0}}, "gift.quantity"),
        ({"gift": {"sku": "MUG-BLUE", "quantity": 101}}, "gift.quantity"),
        ({"text": "x" * 2001}, "text"),
    ],
)
async def test_a_note_that_says_nothing_of_use_is_refused_by_field(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], body: dict[str, Any], field: str
) -> None:
    await shop.tells(placed())

    answer = await client.post(NOTES, json=body, headers=agent)

    assert (answer.status_code, fields(answer)) == (422, {field})


async def test_what_is_to_be_packed_is_refused_once_there_is_nothing_left_to_pack(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    await shop.tells(placed("1"), paid("1"), dispatched("1"), placed("2"), cancelled("2"))

    for order_id in ("1", "2"):
        late = await client.post(f"/orders/{order_id}/notes", json={"flags": ["fragile"]}, headers=agent)
        only_text = await client.post(f"/orders/{order_id}/notes", json={"text": "she will send it back"}, headers=agent)
        assert (late.status_code, late.json()["type"], only_text.status_code) == (409, "nothing-left-to-pack", 201)


async def test_a_note_on_an_order_that_is_not_there_is_refused(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(paid())

    assert (await client.post(NOTES, json={"text": "x"}, headers=agent)).status_code == 404
    assert (await client.get(NOTES, headers=agent)).status_code == 404


async def test_notes_come_page_by_page_oldest_first(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(placed())
    for number in range(3):
        await client.post(NOTES, json={"text": str(number)}, headers=agent)
        shop.clock.passes(DAY)

    first = (await client.get(NOTES, params={"limit": 2}, headers=agent)).json()
    second = (await client.get(NOTES, params={"limit": 2, "cursor": first["next"]}, headers=agent)).json()

    assert [note["text"] for note in first["items"] + second["items"]] == ["0", "1", "2"]
    assert second["next"] is None


async def test_a_note_goes_with_its_store_and_no_other(shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await shop.tells(placed(), placed(store_id="other"))
    await client.post(NOTES, json={"text": "ours"}, headers=agent)

    async with shop.database.transaction() as session:
        assert list(await session.scalars(text("select store_id from order_notes"))) == ["demo"]
