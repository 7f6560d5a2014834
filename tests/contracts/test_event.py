from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from shared.events.base import stamp
from shared.events.storefront import OrderPaid
from shared.money import Money
from tests.contracts.examples import example

MORNING = datetime(2026, 3, 2, 8, 16, 30, tzinfo=UTC)


def paid(*, paid_at: datetime = MORNING, payment_id: str = "pay-1") -> OrderPaid:
    return OrderPaid(
        store_id="demo",
        order_id="10001",
        paid_at=paid_at,
        amount=Money.parse("29.00", "USD"),
        payment_id=payment_id,
        payment_method="paypal",
    )


def test_an_event_never_changes() -> None:
    with pytest.raises(ValidationError):
        paid().payment_id = "pay-2"  # type: ignore[misc]


def test_what_we_write_is_checked_as_strictly_as_what_we_read() -> None:
    with pytest.raises(ValidationError):
        paid(payment_id="")
    with pytest.raises(ValidationError):
        paid(paid_at=MORNING.replace(tzinfo=None))


def test_an_event_that_was_read_carries_what_its_envelope_said() -> None:
    event = example(OrderPaid)

    stamp(event, event_id="e-1", source="/stores/demo", traceparent=None)

    assert (event.event_id, event.source, event.traceparent) == ("e-1", "/stores/demo", None)


def test_an_event_yet_to_be_said_has_no_envelope_and_the_envelope_is_no_part_of_what_it_says() -> None:
    event = example(OrderPaid)
    written = event.json_bytes()

    stamp(event, event_id="e-1", source="/stores/demo", traceparent="00-1-2-01")

    assert paid().event_id is None
    assert event.json_bytes() == written
    assert event == example(OrderPaid)
