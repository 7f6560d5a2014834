"""What a single field of a contract may hold. Reading is strict: a number is no text, `"2"` and `2.0` are no quantity."""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from shared.money import is_currency

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
# every store's clock must be able to show a moment, whatever its zone
_FIRST_YEAR, _LAST_YEAR = 2, 9998
_NEVER = datetime.min.replace(tzinfo=UTC)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Control, format, private-use and space characters other than U+0020. Spelled out, because not every reader of a JSON Schema knows \p{C}.
_UNSEEN = r"\u0000-\u001F\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uE000-\uF8FF\uFEFF\uFFF0-\uFFFB"
GIVEN_ID_PATTERN = rf"^(?:\.*[^/.{_UNSEEN}][^/{_UNSEEN}]*|\.{{3,}})$"
STORE_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"


def _moment(given: object) -> datetime:
    if isinstance(given, str) and _MOMENT.fullmatch(given):
        try:
            told = datetime.fromisoformat(given.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            told = _NEVER
        if _FIRST_YEAR <= told.year <= _LAST_YEAR:
            return told
        given = None
    if isinstance(given, datetime) and given.tzinfo is not None:
        return given.astimezone(UTC)
    raise PydanticCustomError("time", "must be an RFC 3339 time with an offset")


def _day(given: object) -> date:
    if isinstance(given, str) and _DAY.fullmatch(given):
        try:
            return date.fromisoformat(given)
        except ValueError:
            given = None
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    raise PydanticCustomError("date", "must be a date as YYYY-MM-DD")


@lru_cache(maxsize=1024)
def _time_zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (LookupError, ValueError, OSError) as unknown:
        raise PydanticCustomError("time_zone", "must be a time zone of the IANA database") from unknown
    return given


def _currency(given: str) -> str:
    if not is_currency(given):
        raise PydanticCustomError("currency", "must be an ISO 4217 code")
    return given


def _finite(given: dict[str, JsonValue]) -> dict[str, JsonValue]:
    try:
        json.dumps(given, allow_nan=False)
    except ValueError as endless:
        raise PydanticCustomError("number", "must hold finite numbers only") from endless
    return given


StoreId = Annotated[str, StringConstraints(pattern=STORE_ID_PATTERN), Field(title="StoreId", description="The storefront, one shop.")]
GivenId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=GIVEN_ID_PATTERN),
    Field(title="GivenId", description="Given by the storefront, unique within its store: printable, without `/`, not `.` or `..`."),
]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    Strict(False),
    Field(title="Moment", description="RFC 3339 with an offset; we write UTC with `Z`."),
]
Day = Annotated[date, BeforeValidator(_day), Strict(False)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Line = Annotated[str, StringConstraints(max_length=500)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Url = Annotated[str, StringConstraints(max_length=2_000)]
Language = Annotated[
    str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"), Field(title="Language", description="BCP 47.")
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(description="ISO 3166-1 alpha-2.")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency), Field(description="ISO 4217.")]
TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_time_zone), Field(description="IANA name.")]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Quantity = Annotated[int, Field(ge=1, le=2**31 - 1)]
Stock = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Version = Annotated[int, Field(ge=1, le=2**63 - 1, description="Of the aggregate; a listener ignores what is older than it has seen.")]
Percent = Annotated[
    Decimal,
    Field(gt=0, le=100, decimal_places=2),
    PlainSerializer(float, when_used="json"),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 100}),
]
Attributes = Annotated[dict[Line, JsonValue], Field(max_length=500), AfterValidator(_finite)]
