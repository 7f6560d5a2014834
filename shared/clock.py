"""Where time and new ids come from; everything else takes them as arguments."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils import compat

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUIDv7: sorts by the time it was made."""
    return compat.uuid7()
