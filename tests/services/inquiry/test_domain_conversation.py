"""Topics, contacts, states, offers and policies as pure rules (INQ-1, INQ-2, INQ-12, INQ-13)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.inquiry.domain.catalogue import is_available
from services.inquiry.domain.contacts import Person
from services.inquiry.domain.conversation import Arrival, InquiryNotOpen, Outcome, arrival, is_linked_by, must_be_open, outcome_of, speaks
from services.inquiry.domain.offers import OfferAboveLimit, OfferCurrencyMismatch, check_limit, percent_of
from services.inquiry.domain.policy import InquiryPolicy
from services.inquiry.domain.topics import STARTER_KEYWORDS, Topic, classify
from shared.bounds import PolicyOutOfRange
from shared.money import Money

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY, WEEK, TICK = timedelta(days=1), timedelta(days=7), timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("这个多少钱，可以便宜点吗？", "price"),
        ("How much is it?", "price"),
        ("红色的有货吗", "stock"),
        ("Is it in stock?", "stock"),
        ("包邮吗？几天到？", "shipping"),
        ("Do you ship to Spain?", "shipping"),
        ("支持一件代发吗", "dropship"),
        ("Do you do dropshipping", "dropship"),
        ("Is it DISHWASHER-safe?", "product"),
        ("我想修改地址", "order-change"),
        ("please cancel my order", "order-change"),
        ("我的快递到哪了", "logistics"),
        ("Where is my parcel?", "logistics"),
        ("我要投诉！", "complaint"),
        ("It arrived broken, I want a refund", "complaint"),
        ("你好", "other"),
        ("", "other"),
        ("A costume for a friendship party", "other"),
    ],
)
def test_the_starter_keywords_know_chinese_and_english(text: str, topic: str) -> None:
    assert classify(text, STARTER_KEYWORDS) == topic


def test_the_topic_with_most_words_wins_and_the_worse_one_where_there_are_as_many() -> None:
    words = {"price": ["cheap", "cost"], "complaint": ["awful"]}

    assert classify("awful, but cheap", words) is Topic.COMPLAINT
    assert classify("awful, but cheap: what does it cost", words) is Topic.PRICE


@pytest.mark.parametrize(
    ("closed_for", "expected"),
    [(None, Arrival.JOINS), (timedelta(0), Arrival.REOPENS), (DAY - TICK, Arrival.REOPENS), (DAY, Arrival.OPENS)],
)
def test_a_message_joins_reopens_or_opens(closed_for: timedelta | None, expected: Arrival) -> None:
    closed_at = None if closed_for is None else NOW - closed_for

    assert arrival(closed_at, NOW, DAY, known=True) is expected
    assert arrival(None, NOW, DAY, known=False) is Arrival.OPENS


@pytest.mark.parametrize(("placed", "linked"), [(-TICK, False), (timedelta(0), True), (DAY + WEEK, True), (DAY + WEEK + TICK, False)])
def test_an_order_links_from_the_question_until_a_week_after_the_last_message(placed: timedelta, *, linked: bool) -> None:
    assert is_linked_by(NOW + placed, NOW, NOW + DAY, WEEK) is linked


def test_who_bought_was_won_even_if_she_never_wrote_again() -> None:
    assert outcome_of(Outcome.ABANDONED, linked=True) is Outcome.WON
    assert outcome_of(Outcome.ABANDONED, linked=False) is Outcome.ABANDONED
    assert outcome_of(Outcome.RESOLVED, linked=True) is Outcome.RESOLVED


@pytest.mark.parametrize("status", ["waiting", "open"])
def test_only_a_closed_inquiry_is_not_open(status: str) -> None:
    must_be_open(status)
    with pytest.raises(InquiryNotOpen):
        must_be_open("closed")


@pytest.mark.parametrize(
    ("languages", "language", "does"),
    [(["zh-CN"], "zh-TW", True), (["en"], "en-GB", True), (["en"], "zh-CN", False), ([], "en", False), (["EN"], "en", True)],
)
def test_an_agent_speaks_a_language_wherever_it_is_spoken(languages: list[str], language: str, *, does: bool) -> None:
    assert speaks(languages, language) is does


@pytest.mark.parametrize(
    ("person", "contacts"),
    [
        (Person("c-1", email="a@b.example"), (("customer", "c-1"),)),
        (Person(None, email="Li@Example.com"), (("email", "li@example.com"),)),
        (Person(None, phone="+86 138 0013 8000"), (("phone", "+8613800138000"),)),
        (Person(None, email="not a mail", phone="12 34"), (("email", "not a mail"), ("phone", "1234"))),
        (Person(None, name="Li"), ()),
        (Person(None, email=" ", phone=""), ()),
    ],
)
def test_a_person_is_known_again_by_id_or_by_contact(person: Person, contacts: tuple[tuple[str, str], ...]) -> None:
    assert person.contacts == contacts


def test_no_two_contacts_share_a_key() -> None:
    people = [Person("c-1"), Person(None, email="c-1"), Person(None, phone="c-1"), Person(None, email="customer/c-1")]

    keys = [key for channel in ("chat", "chat/email", "email") for person in people for key in person.keys(channel)]

    assert len(set(keys)) == len(keys) == 12
    assert Person(None, email="LI@example.com").keys("chat") == Person(None, email="li@example.com").keys("chat")


@pytest.mark.parametrize(("off", "allowed"), [("9.99", True), ("10", True), ("10.01", False), (None, False)])
def test_an_agent_promises_up_to_the_limit_and_a_supervisor_more(off: str | None, *, allowed: bool) -> None:
    percent = None if off is None else Decimal(off)
    check_limit(percent, 10, supervises=True)
    if allowed:
        check_limit(percent, 10, supervises=False)
    else:
        with pytest.raises(OfferAboveLimit, match="INQ-12"):
            check_limit(percent, 10, supervises=False)


def test_an_amount_is_weighed_by_the_products_price() -> None:
    assert percent_of(Money.parse("12.50", "USD"), None, Money.parse("1.25", "USD")) == 10
    assert percent_of(None, None, Money.parse("1.25", "USD")) is None
    assert percent_of(None, Decimal(5), None) == 5
    with pytest.raises(OfferCurrencyMismatch):
        percent_of(Money.parse("12.50", "USD"), None, Money.parse("1.25", "EUR"))


@pytest.mark.parametrize(("stock", "available"), [(3, False), (4, True), (-1, False)])
def test_at_the_safety_stock_a_product_is_not_available(stock: int, *, available: bool) -> None:
    assert is_available(stock, 3) is available


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reopen_seconds": -1}, "values.reopen_seconds"),
        ({"agent_percent": 101}, "values.agent_percent"),
        ({"chat_warn_seconds": 31}, "values.chat_warn_seconds"),
        ({"offer_days": 3651}, "values.offer_days"),
    ],
)
def test_a_policy_no_store_can_mean_names_the_number(values: dict[str, int], field: str) -> None:
    with pytest.raises(PolicyOutOfRange) as refused:
        InquiryPolicy(**values)

    assert [problem.field for problem in refused.value.fields] == [field]
