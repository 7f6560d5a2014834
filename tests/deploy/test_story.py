from io import StringIO

from rich.console import Console

from deploy.local.launcher.story import Story
from deploy.local.launcher.view import PlainView, picture, summary

HELD = {"order_id": "10002", "failed_checks": [{"check": "total"}, {"check": "address"}, {"check": "address"}]}


def test_the_first_confirmed_order_is_worth_a_note_and_the_others_are_not() -> None:
    story = Story()

    story.hear("order-confirmed", {"order_id": "10001"})
    story.hear("order-confirmed", {"order_id": "10002"})

    assert len(story.unread) == 1
    assert story.unread[0].endswith("10001")
    assert story.said["order-confirmed"] == 2


def test_a_held_order_counts_once_for_each_check_it_failed() -> None:
    story = Story()

    story.hear("order-held", HELD)

    assert story.held_for == {"total": 1, "address": 1}
    assert story.notes[-1] == "order-held 10002 address, total"
    assert "held for address 1, total 1" in summary(story)


def test_the_picture_shows_what_was_said_why_orders_are_held_and_the_lag() -> None:
    story = Story()
    story.hear("order-held", HELD)
    story.figures = {"waiting in the outbox": 7}
    console = Console(file=StringIO(), width=120, record=True)

    console.print(picture(story))

    shown = console.export_text()
    assert all(part in shown for part in ("order-held", "address", "7 waiting in the outbox", "10002"))


def test_without_a_terminal_there_are_plain_lines() -> None:
    output = StringIO()
    view = PlainView(output)

    with view.step("services"):
        pass
    view.ready({"orders": "http://127.0.0.1:8002/docs"}, {"agent": "a-token"})

    assert output.getvalue() == (
        "kefu: services: 0.0 s\nkefu: agent: a-token\nkefu: orders: http://127.0.0.1:8002/docs\nkefu: ready; Ctrl-C stops everything\n"
    )
