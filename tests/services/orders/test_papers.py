"""ORD-3, ORD-10: receipt and packing list, as JSON and as pages to print."""

from html.parser import HTMLParser
from typing import Any

import httpx
import orjson
import pytest

from deploy.local.issuer import Issuer
from services.orders.pages.forms import Forms
from services.orders.service import service
from shared.events.storefront import StoreUpdated
from shared.money import Money
from tests.identity import as_role
from tests.services.orders.builders import DAY, MINUTE, cancelled, dispatched, line, money, paid, placed
from tests.services.orders.shop import Shop

RECEIPT, PACKING = "/orders/10001/receipt", "/orders/10001/packing-list"
AS_PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
NASTY = "<script>alert(1)</script> & \u202eevil"


class Page(HTMLParser):
    """What a browser finds."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += [data.strip()] if data.strip() else []

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def warehouse(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "warehouse")


@pytest.fixture
def agent(issuer: Issuer) -> dict[str, str]:
    return as_role(issuer, "agent", sub="li")


async def opens(shop: Shop, **changed: Any) -> None:
    """The store tells what it is called and where it is."""
    told = StoreUpdated.example | changed
    async with shop.database.transaction() as session:
        await service.events.handle([StoreUpdated.read(orjson.dumps(told))], session, shop.clock())


async def test_a_receipt_tells_store_customer_date_lines_and_what_was_paid(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    await opens(shop, name="Mugs & more", address="1 West Lake Road, Hangzhou", time_zone="Asia/Shanghai")
    mugs = line() | {"discount": money("1.00")}
    await shop.tells(placed(lines=[mugs], placed_at="2026-03-02T18:15:04Z"), paid())

    receipt = (await client.get(RECEIPT, headers=agent)).json()

    assert (receipt["store"]["name"], receipt["store"]["address"]) == ("Mugs & more", "1 West Lake Road, Hangzhou")
    assert (receipt["customer"]["name"], receipt["placed_at"], receipt["date"], receipt["time_zone"]) == (
        "Li Lei",
        "2026-03-02T18:15:04Z",
        "2026-03-03",
        "Asia/Shanghai",
    )
    assert receipt["lines"] == [
        {
            "line_id": "1",
            "sku": "MUG-RED",
            "name": "Mug-Red",
            "quantity": 2,
            "unit_price": money("12.50"),
            "discount": money("1.00"),
            "amount": money("24.00"),
        }
    ]
    sums = ("goods", "discount", "shipping_fee", "tax", "adjustment", "total", "paid", "to_pay")
    assert [receipt[name]["amount"] for name in sums] == ["24.00", "0.00", "5.00", "0.00", "0.00", "29.00", "29.00", "0.00"]
    assert [(each["method"], each["amount"]) for each in receipt["payments"]] == [("paypal", money("29.00"))]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/html", "text/html"),
        (AS_PAGE["Accept"], "text/html"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/*", "text/html"),
        ("application/pdf", None),
        ("text/html;q=0", None),
    ],
)
async def test_the_form_is_what_the_caller_accepts_and_406_where_it_is_none(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], accept: str | None, kind: str | None
) -> None:
    await shop.tells(placed())
    headers = agent | ({"Accept": accept} if accept else {})

    answers = [await client.get(path, headers=headers) for path in (RECEIPT, PACKING)]

    for answer in answers:
        assert answer.status_code == (200 if kind else 406)
        assert answer.headers["content-type"].partition(";")[0] == (kind or "application/problem+json")


@pytest.mark.parametrize(
    ("path", "headline"), [(RECEIPT, {"zh-CN": "订单收据", "en": "Receipt"}), (PACKING, {"zh-CN": "配货单", "en": "Packing list"})]
)
async def test_a_page_speaks_the_language_asked_for_and_needs_no_script(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], path: str, headline: dict[str, str]
) -> None:
    await shop.tells(placed(), paid())

    for language, words in headline.items():
        answer = await client.get(path, params={"language": language}, headers=agent | AS_PAGE)
        page = Page(answer)

        assert page.all("html") == [{"lang": language}]
        assert words in page.words
        assert page.all("script") == []
        assert "script" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "@page" in answer.text
    assert (await client.get(path, params={"language": "fr"}, headers=agent)).status_code == 422


async def test_a_receipt_speaks_the_customers_language_and_a_packing_list_the_stores(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    await opens(shop, languages=["zh-CN", "en"])
    await shop.tells(placed(customer={"language": "fr"}))

    assert (await client.get(RECEIPT, headers=agent)).json()["language"] == "en"
    assert (await client.get(PACKING, headers=agent)).json()["language"] == "zh-CN"


async def test_what_strangers_wrote_stays_text_and_turns_nothing_around(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    mugs = line() | {"name": NASTY}
    await opens(shop, name=NASTY, address=NASTY)
    await shop.tells(placed(lines=[mugs], customer={"name": NASTY}, address={"recipient": NASTY}, customer_note=NASTY))
    await client.post("/orders/10001/notes", json={"text": NASTY, "carrier": NASTY}, headers=agent)

    for path in (RECEIPT, PACKING):
        answer = await client.get(path, headers=agent | AS_PAGE)
        page = Page(answer)
        assert page.all("script") == []
        assert NASTY in page.words
        assert f"<bdi>{NASTY}" not in answer.text
        assert "<bdi>&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        ("1234.50", "USD", "en", "$1,234.50"),
        ("1234.50", "USD", "zh-CN", "US$1,234.50"),
        ("-1234.50", "CNY", "zh-CN", "-¥1,234.50"),
        ("1234", "JPY", "en", "¥1,234"),
        ("1234", "JPY", "zh-CN", "JP¥1,234"),
        ("1234.5", "KWD", "en", "KWD\N{NO-BREAK SPACE}1,234.500"),
        ("-0.005", "KWD", "zh-CN", "-KWD\N{NO-BREAK SPACE}0.005"),
        ("1.25", "IQD", "en", "IQD\N{NO-BREAK SPACE}1.250"),
    ],
)
def test_amounts_are_written_as_the_language_does_with_the_places_of_the_currency(
    amount: str, currency: str, language: str, written: str
) -> None:
    assert Forms(language, "UTC").money(Money.parse(amount, currency)) == written


async def test_the_figures_of_a_dinar_receipt_stand_on_its_page_to_the_thousandth(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    mugs = line(unit_price="12.505", currency="KWD")
    await shop.tells(placed(lines=[mugs], shipping_fee=money("0.100", "KWD"), total=money("25.110", "KWD"), discount=None, tax=None))

    page = Page(await client.get(RECEIPT, params={"language": "en"}, headers=agent | AS_PAGE))

    assert {"KWD\N{NO-BREAK SPACE}12.505", "KWD\N{NO-BREAK SPACE}25.010", "KWD\N{NO-BREAK SPACE}25.110"} <= set(page.words)


async def test_a_cancelled_order_s_receipt_tells_what_is_due_back_in_the_pages_language(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    await shop.tells(placed(), paid(), cancelled())

    page = Page(await client.get(RECEIPT, params={"language": "zh-CN"}, headers=agent | AS_PAGE))

    assert {"应退款项", "订单已取消", "已取消", "US$29.00"} <= set(page.words)


async def test_a_packing_list_tells_whom_to_and_what_to_pack_without_prices(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str], warehouse: dict[str, str]
) -> None:
    lines = [line(), line("MUG-BLUE", 3, "8.00", "2")]
    part = ({"line_id": "1", "quantity": 2}, {"line_id": "2", "quantity": 1})
    await shop.tells(placed(lines=lines, total=money("54.00")), paid(amount="54.00"), dispatched(lines=part, after=DAY))
    for body in ({"flags": ["fragile"], "text": "Two boxes"}, {"gift": {"sku": "MUG-BLUE", "quantity": 2}, "carrier": "EMS"}):
        await client.post("/orders/10001/notes", json=body, headers=agent)

    answer = await client.get(PACKING, headers=warehouse)
    told = answer.json()
    page = Page(await client.get(PACKING, params={"language": "en"}, headers=warehouse | AS_PAGE))

    packed = [(each["sku"], each["quantity"], each["sent"], each["to_pack"]) for each in told["lines"]]
    assert packed == [
        ("MUG-RED", 2, 2, 0),
        ("MUG-BLUE", 3, 1, 2),
    ]
    assert (told["flags"], told["gifts"], told["carrier"], told["may_be_packed"]) == (
        ["fragile"],
        [{"sku": "MUG-BLUE", "quantity": 2}],
        "EMS",
        True,
    )
    assert [note["text"] for note in told["notes"]] == ["Two boxes", None]
    assert [parcel["lines"] for parcel in told["parcels"]] == [[{"line_id": "1", "quantity": 2}, {"line_id": "2", "quantity": 1}]]
    assert told["recipient"]["lines"] == ["Li Lei", "1 Long Street", "Hangzhou", "Zhejiang, 310000"]
    assert "12.50" not in answer.text
    assert {"Fragile", "EMS", "Two boxes", "China"} <= set(page.words)
    assert not any("12.50" in word for word in page.words)


@pytest.mark.parametrize(
    ("told", "stops"),
    [
        ([placed(), paid()], False),
        ([placed()], True),
        ([placed(customer_note="Wait"), paid()], True),
        ([placed(), paid(), cancelled()], True),
        ([placed(), paid(), dispatched(after=MINUTE)], True),
    ],
)
async def test_a_page_stops_the_warehouse_where_nothing_may_be_packed(
    shop: Shop, client: httpx.AsyncClient, warehouse: dict[str, str], told: list[Any], *, stops: bool
) -> None:
    await shop.tells(*told)

    page = Page(await client.get(PACKING, params={"language": "en"}, headers=warehouse | AS_PAGE))

    assert any(word.startswith("Do not ship") for word in page.words) == stops


async def test_papers_of_an_order_that_is_not_there_are_not_there_either(
    shop: Shop, client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    await shop.tells(paid())

    assert [(await client.get(path, headers=agent | AS_PAGE)).status_code for path in (RECEIPT, PACKING)] == [404, 404]
