"""Who is asked, and how she is recognised again (SVY-2)."""

from collections.abc import Mapping

from shared.contact import normalised_email, normalised_phone


def people(customer_id: str | None, guest: Mapping[str, str | None] | None) -> list[str]:
    """What a customer, or a guest with her e-mail and phone, is known by; empty for a guest nobody can reach."""
    if customer_id is not None:
        return [f"customer:{customer_id}"]
    told = guest or {}
    email, phone = told.get("email"), told.get("phone")
    known = {
        "email": email and (normalised_email(email) or email.strip().casefold()),
        "phone": phone and (normalised_phone(phone) or phone),
    }
    return [f"{kind}:{identity}" for kind, identity in known.items() if identity]
