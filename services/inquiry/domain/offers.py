"""Which discount an agent may promise, and which only a supervisor (INQ-12)."""

from datetime import datetime, timedelta
from decimal import Decimal

from shared.errors import FieldProblem, Forbidden, Unprocessable
from shared.money import Money

RULE = "INQ-12"


class OfferAboveLimit(Forbidden):
    """More than an agent may promise: a supervisor can."""


class OfferCurrencyMismatch(Unprocessable):
    """The product costs another currency."""


def percent_of(price: Money | None, percent: Decimal | None, amount: Money | None) -> Decimal | None:
    """How much the offer takes off, in percent; None where nobody can say, since the price is not known."""
    if percent is not None or amount is None:
        return percent
    if price is None:
        return None
    if price.currency != amount.currency:
        message = f"must be in the product's currency, {price.currency}"
        raise OfferCurrencyMismatch(f"{RULE}: the offer is in another currency", [FieldProblem("amount.currency", RULE, message)])
    return Decimal(100) if price.amount <= 0 else amount.amount * 100 / price.amount


def check_limit(off: Decimal | None, agent_percent: int, *, supervises: bool) -> None:
    """OfferAboveLimit (403) where the discount, or not knowing how large it is, needs a supervisor."""
    if supervises or (off is not None and off <= agent_percent):
        return
    raise OfferAboveLimit(
        f"{RULE}: an agent may promise up to {agent_percent} percent of a price that is known; a supervisor may promise more"
    )


def expiry(now: datetime, days: int) -> datetime:
    return now + timedelta(days=days)
