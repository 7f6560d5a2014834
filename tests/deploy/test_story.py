from io import StringIO

import pytest
from rich.console import Console

from deploy.local.launcher.story import Story
from deploy.local.launcher.view import PlainView, picture, summary

SERVICES = ("inquiry", "orders", "aftersales", "survey")
HELD = {"failed_checks": [{"check": "total"}, {"check": "address"}, {"check": "address"}]}


def test_the_first_confirmed_order_is_worth_a_note_and_the_others_are_not() -> None:
    story = Story()

    story.hear("orders", "order-confirmed", "10001", {})
    story.hear("orders", "order-confirmed", "10002", {})

    assert len(story.unread) == 1
    assert story.unread[0].endswith("10001")
    assert story.voices["orders"].said["order-confirmed"] == 2


def test_a_held_order_counts_once_for_each_check_it_failed() -> None:
    story = Story()

    story.hear("orders", "order-held", "10002", HELD)

    assert story.voices["orders"].held_for == {"total": 1, "address": 1}
    assert story.notes[-1] == "order-held 10002 address, total"
    assert "held for address 1, total 1" in next(summary(story))


def test_the_picture_shows_what_was_said_why_orders_are_held_and_the_lag() -> None:
    story = Story()
    story.hear("orders", "order-held", "10002", HELD)
    story.voices["orders"].figures = {"waiting in the outbox": 7}
    console = Console(file=StringIO(), width=120, record=True)

    console.print(picture(story))

    shown = console.export_text()
    assert all(part in shown for part in ("order-held", "address", "7 waiting in the outbox", "10002"))


@pytest.mark.parametrize(("width", "in_a_row"), [(80, 2), (160, 4), (40, 1)])
def test_the_services_stand_side_by_side_as_far_as_the_terminal_is_wide(width: int, in_a_row: int) -> None:
    story = Story(SERVICES)
    console = Console(file=StringIO(), width=width, record=True)

    console.print(picture(story))

    lines = console.export_text().splitlines()
    assert max(line.count("events/s") for line in lines) == in_a_row
    assert sum(line.count("events/s") for line in lines) == len(SERVICES)


def test_what_an_outsider_says_is_shown_and_counted_for_nobody() -> None:
    story = Story(SERVICES)

    story.hear("", "refund-settled", "01980a5e-0c00-7000-8000-000000000099", {"reference": "PP-2203"})

    assert story.notes[-1] == "refund-settled …000099"
    assert not any(voice.said for voice in story.voices.values())


def test_a_message_to_a_customer_is_told_from_others_by_its_template() -> None:
    story = Story(SERVICES)

    story.hear("survey", "customer-message", "01980a5e-0c00-7000-8000-000000000060", {"template": "survey-invitation"})

    assert story.notes[-1] == "customer-message …000060 survey-invitation"
    assert story.voices["survey"].said == {"customer-message": 1}


def test_without_a_terminal_there_are_plain_lines() -> None:
    output = StringIO()
    view = PlainView(output)

    with view.step("services"):
        pass
    view.ready({"orders": "http://127.0.0.1:8002/docs"}, {"agent": "a-token"})

    assert output.getvalue() == (
        "kefu: services: 0.0 s\nkefu: agent: a-token\nkefu: orders: http://127.0.0.1:8002/docs\nkefu: ready; Ctrl-C stops everything\n"
    )
