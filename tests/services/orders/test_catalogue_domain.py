from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from services.orders.domain.catalogue import OfferFact, is_available
from shared.money import Money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OFFER = OfferFact(
    offer_id=UUID(int=1),
    code="LILEI-5",
    customer_id="c-81",
    sku="MUG-RED",
    category=None,
    percent=Decimal(5),
    amount=None,
    quantity_from=2,
    expires_at=NOON,
)
MORNING = NOON.replace(hour=11)


@pytest.mark.parametrize(
    ("offer", "sku", "quantity", "customer_id", "at", "covered"),
    [
        (OFFER, "MUG-RED", 2, "c-81", MORNING, True),
        (OFFER, "MUG-RED", 1, "c-81", MORNING, False),
        (OFFER, "MUG-BLUE", 2, "c-81", MORNING, False),
        (OFFER, "MUG-RED", 2, "c-82", MORNING, False),
        (OFFER, "MUG-RED", 2, None, MORNING, False),
        (OFFER, "MUG-RED", 2, "c-81", NOON, False),
        (replace(OFFER, customer_id=None), "MUG-RED", 2, None, MORNING, True),
        (replace(OFFER, sku=None, category="mugs"), "MUG-BLUE", 2, "c-81", MORNING, True),
        (replace(OFFER, sku=None, category="plates"), "MUG-BLUE", 2, "c-81", MORNING, False),
    ],
)
def test_an_offer_covers_what_it_was_made_for(
    offer: OfferFact, sku: str, quantity: int, customer_id: str | None, at: datetime, *, covered: bool
) -> None:
    assert offer.covers(sku=sku, category="mugs", quantity=quantity, customer_id=customer_id, at=at) is covered


@pytest.mark.parametrize(
    ("percent", "amount", "full", "reduced"),
    [
        ("5", None, ("12.50", "USD"), ("11.88", "USD")),
        ("100", None, ("12.50", "USD"), ("0.00", "USD")),
        ("2.5", None, ("1999", "JPY"), ("1949", "JPY")),
        (None, ("2.00", "USD"), ("12.50", "USD"), ("10.50", "USD")),
        (None, ("20.00", "USD"), ("12.50", "USD"), ("0.00", "USD")),
        (None, ("2.00", "EUR"), ("12.50", "USD"), ("12.50", "USD")),
    ],
)
def test_an_offer_takes_a_percentage_or_an_amount_off_the_price_of_one(
    percent: str | None, amount: tuple[str, str] | None, full: tuple[str, str], reduced: tuple[str, str]
) -> None:
    offer = replace(OFFER, percent=Decimal(percent) if percent else None, amount=Money.parse(*amount) if amount else None)

    assert offer.price(Money.parse(*full)) == Money.parse(*reduced)


@pytest.mark.parametrize(("stock", "available"), [(4, True), (3, False), (0, False), (-1, False)])
def test_a_product_at_its_safety_stock_counts_as_not_available(stock: int, *, available: bool) -> None:
    assert is_available(stock, safety_stock=3) is available
