"""SVY-2: who is asked about what, when, and how often."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from services.survey.links import Invited, Links
from shared.events.examples import CUSTOMER
from tests.services.survey.desk import DAY, MINUTE, NOON, Desk, case_closed, delivered, inquiry_closed, reopened


@pytest.mark.parametrize(
    ("closed", "after"),
    [(inquiry_closed(), timedelta()), (delivered(), 3 * DAY), (case_closed(), DAY)],
    ids=["inquiry", "delivery", "case"],
)
async def test_a_customer_is_asked_when_the_time_of_the_occasion_has_come(desk: Desk, closed: object, after: timedelta) -> None:
    await desk.hears(closed)  # type: ignore[arg-type]
    if after:
        await desk.passes(after - MINUTE)
        assert await desk.links() == []
        await desk.passes(MINUTE)
    else:
        await desk.passes()

    (message,) = await desk.said("survey-invitation")
    assert message["customer_id"] == "c-81"
    assert message["about"]["kind"] == "survey"
    assert " http" in message["text"]


async def test_the_same_occasion_again_or_told_later_asks_nobody_twice(desk: Desk) -> None:
    await desk.hears(case_closed(), case_closed(version=12))
    await desk.passes(DAY)
    await desk.hears(case_closed(version=13))
    await desk.passes(60 * DAY)

    assert len(await desk.links()) == 1


@pytest.mark.parametrize(("days", "asked"), [(13, 1), (14, 2)])
async def test_the_fortnight_ends_after_fourteen_days(desk: Desk, days: int, asked: int) -> None:
    await desk.hears(inquiry_closed())
    await desk.passes()
    await desk.hears(inquiry_closed(inquiry_id=str(uuid4()), closed_at=(NOON + days * DAY).isoformat()))
    await desk.passes(days * DAY)

    assert len(await desk.links()) == asked


async def test_of_many_occasions_at_once_one_asks(desk: Desk) -> None:
    await desk.hears(*[case_closed(case_id=str(uuid4())) for _ in range(8)])
    desk.clock.now += DAY

    await asyncio.gather(*[desk.passes() for _ in range(4)])

    assert len(await desk.links()) == 1
    assert sorted(state for _, state, _ in await desk.fates()) == ["asked"] + ["not-asked"] * 7


async def test_a_guest_known_by_phone_or_by_e_mail_is_asked_once_when_all_is_due_at_once(desk: Desk) -> None:
    phone, email = "+8613800138000", "li@example.com"
    guests = [{"email": email, "phone": phone}, {"email": "LI@example.com"}, {"phone": "+86 138 0013 8000"}]
    await desk.hears(*[case_closed(case_id=str(uuid4()), customer_id=None, guest={"name": "Li"} | guest) for guest in guests * 3])
    desk.clock.now += DAY

    await asyncio.gather(*[desk.passes() for _ in range(4)])
    states = sorted(state for _, state, _ in await desk.fates())

    assert states.count("not-asked") + states.count("asked") == len(guests) * 3
    assert 1 <= states.count("asked") <= 2  # who left both is both; who left one is that one
    assert len(await desk.links()) == states.count("asked")


async def test_an_inquiry_that_goes_on_is_not_asked_about_until_it_is_over_again(desk: Desk) -> None:
    later = (NOON + 2 * DAY).isoformat()
    await desk.hears(inquiry_closed(version=5), reopened(6))
    await desk.passes(DAY)
    assert await desk.links() == []
    await desk.hears(inquiry_closed(version=5))
    await desk.passes()
    assert await desk.links() == []

    await desk.hears(inquiry_closed(version=7, closed_at=later))
    await desk.passes(DAY)

    assert len(await desk.links()) == 1


@pytest.mark.parametrize("arrival", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize(("versions", "asked"), [((5, 6, 7), 1), ((5, 8, 7), 0)])
async def test_the_newest_word_on_an_inquiry_counts_in_whatever_order_it_comes(
    desk: Desk, versions: tuple[int, int, int], arrival: tuple[int, int, int], asked: int
) -> None:
    first, again, last = versions
    told = [inquiry_closed(version=first), reopened(again), inquiry_closed(version=last)]

    await desk.hears(*[told[place] for place in arrival])
    await desk.passes(MINUTE)

    assert len(await desk.links()) == asked


async def test_a_delivery_of_last_year_is_not_asked_about(desk: Desk) -> None:
    await desk.hears(delivered(at=NOON - 365 * DAY))
    await desk.passes(MINUTE)

    assert await desk.fates() == [("delivery", "not-asked", "long-ago")]


async def test_a_guest_with_a_phone_only_is_told_by_phone(desk: Desk) -> None:
    customer = CUSTOMER | {"customer_id": None, "email": None}
    await desk.hears(delivered(customer=customer))
    await desk.passes(3 * DAY)

    assert [message["channel"] for message in await desk.said("survey-invitation")] == ["phone"]


async def test_a_guest_without_contact_is_not_asked_and_one_with_it_is(desk: Desk) -> None:
    nobody, somebody = {"name": "Li"}, {"name": "Li", "email": "li@example.com"}
    await desk.hears(
        inquiry_closed(customer_id=None, guest=nobody), inquiry_closed(inquiry_id=str(uuid4()), customer_id=None, guest=somebody)
    )
    await desk.passes()

    assert sorted(await desk.fates()) == [("inquiry", "asked", None), ("inquiry", "not-asked", "no-contact")]
    assert [message["guest"]["email"] for message in await desk.said("survey-invitation")] == ["li@example.com"]


async def test_a_parcel_that_is_under_way_is_no_occasion(desk: Desk) -> None:
    await desk.hears(delivered(status="shipped"))

    assert await desk.fates() == []


async def test_who_does_not_answer_is_reminded_once_and_then_the_link_expires(desk: Desk) -> None:
    await desk.link()
    await desk.passes(3 * DAY - MINUTE)
    assert await desk.said("survey-reminder") == []

    await desk.passes(MINUTE)
    await desk.passes(26 * DAY)
    assert len(await desk.said("survey-reminder")) == 1
    await desk.passes(2 * DAY)

    assert len(await desk.said("survey-reminder")) == 1


async def test_nobody_is_reminded_of_a_link_that_is_over(desk: Desk) -> None:
    await desk.link()

    await desk.passes(31 * DAY)

    assert await desk.said("survey-reminder") == []


def test_a_link_names_its_survey_and_nobody_else_can_make_one() -> None:
    old, new = Links("http://s", [b"o" * 32]), Links("http://s", [b"n" * 32, b"o" * 32])
    invited = Invited("demo", uuid4())
    token = old.token(invited)

    assert new.read(token) == invited
    assert Links("http://s", [b"n" * 32]).read(token) is None
    assert all(
        new.read(token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]) is None for place in range(len(token) - 1)
    )
    assert [new.read(forged) for forged in ("", "x", "%00", "é", "A" * 500, token[:30], token + "A" * 8)] == [None] * 7
