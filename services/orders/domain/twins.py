"""Orders that look like one order placed twice: same customer or contact, same skus and quantities (ORD-2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from services.orders.domain.parts import StandingOrder
from shared.contact import normalised_email, normalised_phone


@dataclass(frozen=True, slots=True)
class Twin:
    """Another order of the same content and customer."""

    order_id: str
    placed_at: datetime
    is_confirmed: bool
    is_cancelled: bool

    def stands_before(self, placed_at: datetime, order_id: str, within: timedelta) -> bool:
        """Of twins the first one placed is meant, unless a later one was confirmed already."""
        if self.is_cancelled or abs(placed_at - self.placed_at) > within:
            return False
        return self.is_confirmed or (self.placed_at, self.order_id) < (placed_at, order_id)


def twin_keys(order: StandingOrder) -> tuple[str, ...]:
    """One for the customer, the e-mail and the phone each: orders that share any are twins."""
    quantities: dict[str, int] = {}
    for line in order.lines:
        quantities[line.sku] = quantities.get(line.sku, 0) + line.quantity
    content = repr(sorted(quantities.items()))
    return tuple([blake2b(f"{who}\n{content}".encode(), digest_size=16).hexdigest() for who in _identities(order)])


def _identities(order: StandingOrder) -> list[str]:
    customer, country = order.customer, order.shipping_address.country
    email = customer.email and normalised_email(customer.email)
    # without the hint first: the checks have asked for that already, and reading a phone number is what costs most here
    phone = customer.phone and (normalised_phone(customer.phone) or normalised_phone(customer.phone, country))
    told = {"customer": customer.customer_id, "email": email, "phone": phone}
    return [f"{kind}:{identity}" for kind, identity in told.items() if identity]
