"""By what a customer or a guest is known again (INQ-1)."""

import json
from dataclasses import dataclass
from hashlib import blake2b

from shared.contact import normalised_email, normalised_phone

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Person:
    """A customer by the store's id, else a guest by e-mail and phone; a guest who left neither is never known again."""

    customer_id: str | None
    name: str | None = None
    email: str | None = None
    phone: str | None = None

    @property
    def email_key(self) -> str | None:
        return email_key(self.email) if self.customer_id is None else None

    @property
    def phone_key(self) -> str | None:
        return phone_key(self.phone) if self.customer_id is None else None

    @property
    def contacts(self) -> tuple[tuple[str, str], ...]:
        """Each way to know her again, with its kind."""
        if self.customer_id is not None:
            return (("customer", self.customer_id),)
        told = (("email", self.email_key), ("phone", self.phone_key))
        return tuple((kind, key) for kind, key in told if key is not None)

    def keys(self, channel: str) -> tuple[str, ...]:
        """One for each of them on this channel; short, and nothing can be read from it."""
        return tuple(_digest(channel, kind, key) for kind, key in self.contacts)


def customer_keys(store_id: str, customer_id: str | None, email_key: str | None, phone_key: str | None) -> list[str]:
    """All that may tell that an order and a question are of the same person; nothing can be read from them."""
    told = (("customer", customer_id), ("email", email_key), ("phone", phone_key))
    return [_digest(store_id, kind, value) for kind, value in told if value is not None]


def email_key(text: str | None) -> str | None:
    """However it is written."""
    return (normalised_email(text) or text.strip().casefold() or None) if text else None


def phone_key(text: str | None) -> str | None:
    return (normalised_phone(text) or "".join(text.split()) or None) if text else None


def _digest(*parts: str) -> str:
    return blake2b(json.dumps(parts).encode(), digest_size=_DIGEST_BYTES).hexdigest()
