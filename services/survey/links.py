"""The link a customer is invited by: it names her survey and nobody else can make one (SVY-2)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

INFO = "links"
_PURPOSE = b"survey-link\0"
_MAC_BYTES = 16
_ID_BYTES = 16
_LONGEST = 200


class Invited(NamedTuple):
    store_id: str
    survey_id: UUID


@dataclass(frozen=True, slots=True)
class Links:
    """`keys` newest first: the first one signs, each of them is believed."""

    public_url: str
    keys: Sequence[bytes]

    def to(self, invited: Invited) -> str:
        return f"{self.public_url}/s/{self.token(invited)}"

    def token(self, invited: Invited) -> str:
        named = invited.survey_id.bytes + invited.store_id.encode()
        return urlsafe_b64encode(_mac(self.keys[0], named) + named).rstrip(b"=").decode()

    def read(self, token: str) -> Invited | None:
        """None for anything that was not signed here."""
        if len(token) > _LONGEST or not token.isascii():
            return None
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (NotBase64, ValueError):
            return None
        mac, named = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if len(named) <= _ID_BYTES or urlsafe_b64encode(raw).rstrip(b"=") != token.encode():  # another spelling of the same bytes
            return None
        if not any(hmac.compare_digest(mac, _mac(key, named)) for key in self.keys):
            return None
        return Invited(named[_ID_BYTES:].decode(), UUID(bytes=named[:_ID_BYTES]))


def links_of(session: AsyncSession) -> Links:
    """Those of this process."""
    links: Links = session.info[INFO]
    return links


def _mac(key: bytes, named: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + named, "sha256")[:_MAC_BYTES]
