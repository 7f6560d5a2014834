from datetime import UTC, datetime

import httpx
import pytest

from deploy.local.issuer import Issuer
from shared.errors import Unprocessable
from shared.events.fields import Moment
from shared.http.pages import PageWanted
from tests.identity import as_role

THINGS = "/v1/stores/demo/things"


async def test_pages_show_every_row_once_and_end_with_null(client: httpx.AsyncClient, issuer: Issuer) -> None:
    agent = as_role(issuer, "agent")
    for number in range(5):
        await client.post(THINGS, json={"thing_id": f"{number}", "note": ""}, headers=agent)

    seen: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get(THINGS, params={"limit": 2, **({"cursor": cursor} if cursor else {})}, headers=agent)).json()
        seen.append([item["thing_id"] for item in page["items"]])
        cursor = page["next"]

    assert seen == [["0", "1"], ["2", "3"], ["4"]]


def test_a_full_last_page_has_no_next() -> None:
    page = PageWanted(2, None).page(["a", "b"], key=lambda row: (row,), item=str)

    assert page.next is None


def test_a_cursor_carries_the_sort_key_of_the_last_row_shown() -> None:
    first = PageWanted(1, None).page([("2026-03-02T08:00:00Z", "a"), ("2026-03-02T09:00:00Z", "b")], key=lambda row: row, item=str)

    assert PageWanted(1, first.next).after(tuple[Moment, str]) == (datetime(2026, 3, 2, 8, tzinfo=UTC), "a")


@pytest.mark.parametrize("cursor", ["", "!", "é", "bnVsbA", "WyJhIl0", "WyJcdTAwMDAiLCAiYSJd", "W10"])
def test_a_cursor_of_elsewhere_is_refused(cursor: str) -> None:
    with pytest.raises(Unprocessable):
        PageWanted(1, cursor).after(tuple[Moment, str])
