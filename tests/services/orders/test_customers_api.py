"""CUS-1 to CUS-6 over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.local.issuer import Issuer
from shared.events.storefront import CustomerUpdated, StoreUpdated
from shared.events.surveys import SurveyCompleted
from tests.identity import as_role
from tests.services.orders.builders import DAY, at, money
from tests.services.orders.shop import Shop
from tests.services.orders.test_classifying import bought, classified
from tests.services.orders.test_customers import event


@pytest.fixture
def supervisor(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "supervisor")


async def test_a_customer_is_shown_with_profile_record_tier_and_worth(
    shop: Shop, client: httpx.AsyncClient, supervisor: dict[str, str], issuer: Issuer
) -> None:
    await shop.hears(event(StoreUpdated), event(CustomerUpdated))
    await bought(shop, "c-81", (400 * DAY, "40.00"), (100 * DAY, "60.00"), (5 * DAY, "20.00"))
    await bought(shop, "c-81", (5 * DAY, "7.00"), currency="EUR")
    assert (await client.post("/customers/classify", headers=supervisor)).status_code == 202
    await shop.passes(timedelta(0))

    answer = await client.get("/customers/c-81", headers=as_role(issuer, "agent"))

    shown = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{shown["version"]}"')
    assert shown["profile"]["birth_date"] == "1990-05-17"
    assert (shown["abc"], shown["tier"], shown["lost"], shown["other_currencies"]) == ("A", "key", None, ["EUR"])
    assert shown["record"]["orders"] == 4
    assert shown["record"]["money"] == [money("7.00", "EUR"), money("120.00")]
    assert (shown["record"]["recency_days"], shown["record"]["interval_days"]) == (5, "131.67")
    assert shown["lifetime"]["contribution"] == money("80.00")
    assert (shown["lifetime"]["retention"], shown["lifetime"]["retention_of"]) == ("0.5000", "policy")
    # 24 × (0.4545… + … to the fifth) = 24 × 0.81716
    assert shown["lifetime"]["retained_value"] == money("19.61")
    # 40 an order, 3 orders in 400 days, 2 years
    assert shown["lifetime"]["simple_value"] == shown["lifetime"]["dynamic_value"] == money("219.00")


async def test_unknown_customers_and_wrong_filters_are_refused_by_name(client: httpx.AsyncClient, supervisor: dict[str, str]) -> None:
    assert (await client.get("/customers/nobody", headers=supervisor)).status_code == 404
    for asked, field in ({"age_band": "1-2"}, "age_band"), ({"preference": "red"}, "preference"), ({"tier": "vip"}, "query.tier"):
        answer = await client.get("/customers", params=asked, headers=supervisor)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"].endswith(field.rpartition(".")[2])
    answer = await client.get(
        "/figures/customers", params={"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, headers=supervisor
    )
    assert answer.status_code == 422


async def test_customers_are_listed_by_what_they_have_in_common_without_contacts(
    shop: Shop, client: httpx.AsyncClient, supervisor: dict[str, str]
) -> None:
    await bought(shop, "c-1", (20 * DAY, "50.00"), (10 * DAY, "50.00"))
    await bought(shop, "c-2", (40 * DAY, "5.00"), (20 * DAY, "5.00"))
    await bought(shop, "c-3", (61 * DAY, "5.00"), (31 * DAY, "5.00"), (1 * DAY, "5.00"))
    await bought(shop, "c-4", (50 * DAY, "5.00"), (40 * DAY, "5.00"))
    await bought(shop, "c-5", (179 * DAY, "5.00"))
    await bought(shop, "c-6", (180 * DAY, "5.00"))
    await shop.hears(
        event(CustomerUpdated, customer_id="c-2"), event(CustomerUpdated, customer_id="c-3", region="Jiangsu", birth_date=None)
    )
    await classified(shop)

    async def listed(**asked: str) -> list[str]:
        answer = await client.get("/customers", params=asked, headers=supervisor)
        assert answer.status_code == 200, answer.text
        assert not {"email", "phone", "birth_date"} & set().union(*(item.keys() for item in answer.json()["items"]))
        return [item["customer_id"] for item in answer.json()["items"]]

    assert await listed() == [f"c-{number}" for number in range(1, 7)]
    assert await listed(tier="key") == ["c-1"]
    assert await listed(abc="A") == ["c-1"]
    assert await listed(lost="temporary") == ["c-6"]
    assert await listed(lost="permanent") == ["c-4"]
    assert await listed(region="Zhejiang") == await listed(age_band="35-44") == ["c-2"]
    assert await listed(preference="colour=red") == ["c-2", "c-3"]
    assert await listed(income_band="middle", region="Jiangsu") == ["c-3"]
    first = (await client.get("/customers", params={"limit": 4}, headers=supervisor)).json()
    second = (await client.get("/customers", params={"limit": 4, "cursor": first["next"]}, headers=supervisor)).json()
    assert [item["customer_id"] for item in second["items"]] == ["c-5", "c-6"]
    assert {item["customer_id"]: item["lost"] for item in [*first["items"], *second["items"]]} == {
        "c-1": None, "c-2": None, "c-3": None, "c-4": "permanent", "c-5": None, "c-6": "temporary",
    }  # fmt: skip


async def test_figures_tell_segments_and_the_word_of_mouth_of_a_period(
    shop: Shop, client: httpx.AsyncClient, supervisor: dict[str, str]
) -> None:
    before = (await client.get("/figures/customers", headers=supervisor)).json()
    await shop.hears(event(StoreUpdated), event(CustomerUpdated, customer_id="c-1"))
    await bought(shop, "c-1", (500 * DAY, "10.00"), (20 * DAY, "50.00"), (10 * DAY, "50.00"))
    await bought(shop, "c-2", (500 * DAY, "10.00"))
    await bought(shop, "c-3", (20 * DAY, "20.00"))
    await bought(shop, "c-3", (20 * DAY, "20.00"), currency="EUR")
    for number, (customer_id, satisfied, days) in enumerate([("c-1", False, 9), ("c-1", True, 8), ("c-2", False, 7), ("c-3", False, 30)]):
        told = {"survey_id": f"01980a5e-0c00-7000-8000-00000000000{number}", "completed_at": at(-days * DAY)}
        await shop.hears(event(SurveyCompleted, customer_id=customer_id, satisfied=satisfied, **told))
    await classified(shop)

    async def shown(by: str) -> dict[str, Any]:
        answer = await client.get("/figures/customers", params={"by": by, "from": at(-10 * DAY), "to": at(DAY)}, headers=supervisor)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    assert (before["as_of"], before["segments"], before["word_of_mouth"]) == (None, [], None)
    figures = await shown("region")
    whole = figures["whole"]
    assert (whole["customers"], whole["buyers"], whole["orders"], whole["other_currencies"]) == (3, 2, 3, 1)
    assert (whole["worth"], whole["order_value"]) == (money("120.00"), money("40.00"))
    assert [(each["segment"], each["customers"], each["worth"]["amount"]) for each in figures["segments"]] == [
        ("", 2, "20.00"),
        ("Zhejiang", 1, "100.00"),
    ]
    # 40 an order × 1.5 orders a year × 2 years; c-1 was satisfied in the end, c-2 was not
    assert whole["simple_value"] == money("120.00")
    told = figures["word_of_mouth"]
    assert (told["satisfied"], told["dissatisfied"], told["brought"], told["lost"]) == (1, 1, money("120.00"), money("360.00"))
    assert told["dynamic_value"] == money("-120.00")
    assert {each["segment"] for each in (await shown("tier"))["segments"]} == {"key", "potential", "occasional"}
    assert {each["segment"] for each in (await shown("abc"))["segments"]} == {"A", "C", "D"}
    assert {each["segment"] for each in (await shown("age_band"))["segments"]} == {"", "35-44"}
    assert [each["segment"] for each in (await shown("preference"))["segments"]] == ["colour=red"]
