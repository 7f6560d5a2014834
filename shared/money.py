import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Self, TypedDict

from babel.numbers import list_currencies
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

AMOUNT_PATTERN = r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"

_AMOUNT = re.compile(AMOUNT_PATTERN, re.ASCII)
# More digits than any product of an amount and a quantity; what still does not fit raises instead of being rounded.
_NOTHING = Decimal(0)
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, DivisionByZero])
# ISO 4217's minor units where they are not two; CLDR, which Babel carries, has other places for everyday use (IQD none).
_PLACES = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


class MalformedMoney(ValueError):
    """Not an amount of money: not a decimal string, too many places or digits, or no ISO 4217 currency."""


class CurrencyMismatch(ValueError):
    """Amounts of different currencies neither add nor compare."""


class MoneyJson(TypedDict):
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount that always has just the places of its currency; zero has no sign."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not (self.amount.same_quantum(_unit(self.currency)) and (self.amount or not self.amount.is_signed())):
            object.__setattr__(self, "amount", _exact(self.amount, self.currency))

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(Decimal(0), currency)

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """From the written form; MalformedMoney says what is wrong with it."""
        return _parsed(amount, currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(_EXACT.multiply(self.amount, count), self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return self * -1

    def __abs__(self) -> "Money":
        return Money(abs(self.amount), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} are different currencies")
        return other.amount

    def to_json(self) -> MoneyJson:
        return {"amount": str(self.amount), "currency": self.currency}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type, handler: "GetCoreSchemaHandler") -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validated, serialization=core_schema.plain_serializer_function_ser_schema(cls.to_json)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: "GetJsonSchemaHandler") -> "JsonSchemaValue":
        return {
            "title": "Money",
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": AMOUNT_PATTERN, "description": "No more places than the currency has."},
                "currency": {"type": "string", "pattern": CURRENCY_PATTERN, "description": "ISO 4217."},
            },
            "required": ["amount", "currency"],
            "examples": [{"amount": "12.50", "currency": "USD"}],
        }


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts that are all of this currency; zero of it when there are none."""
    return total_of(((money, 1) for money in amounts), currency)


def total_of(counted: Iterable[tuple[Money, int]], currency: str) -> Money:
    """The sum of amounts that are all of this currency, each so many times."""
    exact, add = _NOTHING, _EXACT.fma
    for money, times in counted:
        if money.currency != currency:
            raise CurrencyMismatch(f"{currency} and {money.currency} are different currencies")
        exact = add(money.amount, times, exact)
    return Money(exact, currency)


def split(amount: Money, weights: Sequence[Decimal]) -> list[Money]:
    """In proportion to the weights, none of them negative, to the nearest unit; the parts add up to the amount.

    Where all weights are zero the first part is all of it.
    """
    whole = sum(weights, _NOTHING)
    counted, given, parts = _NOTHING, Money.zero(amount.currency), []
    for position, weight in enumerate(weights):
        counted += weight
        share = counted / whole if whole else Decimal(1)
        is_last = position == len(weights) - 1
        until = amount if is_last else Money(round(amount.amount * share, places(amount.currency)), amount.currency)
        parts.append(until - given)
        given = until
    return parts


def is_currency(code: str) -> bool:
    """Whether ISO 4217 knows the code."""
    return code in _currencies()


def places(currency: str) -> int:
    """How many decimal places ISO 4217 gives the currency: JPY none, KWD three, most two."""
    return _PLACES.get(currency, 2)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@lru_cache(maxsize=1024)
def _unit(currency: str) -> Decimal:
    if not is_currency(currency):
        raise MalformedMoney("currency is not an ISO 4217 code")
    return Decimal(1).scaleb(-places(currency))


def _exact(amount: Decimal, currency: str) -> Decimal:
    unit = _unit(currency)
    if not amount.is_finite():
        raise MalformedMoney("amount is not a number")
    try:
        return _EXACT.add(_EXACT.quantize(amount, unit), 0)  # adding zero takes the sign off a zero
    except Inexact as too_fine:
        raise MalformedMoney(f"amount has more decimal places than {currency}, which has {places(currency)}") from too_fine


@lru_cache(maxsize=16_384)
def _parsed(amount: str, currency: str) -> Money:
    if _AMOUNT.fullmatch(amount) is None:
        raise MalformedMoney("amount is not a decimal string of at most 15 digits before the point")
    _, _, fraction = amount.partition(".")
    _unit(currency)
    if len(fraction) > places(currency):
        raise MalformedMoney(f"amount has more decimal places than {currency}, which has {places(currency)}")
    return Money(Decimal(amount), currency)


def _validated(given: object) -> Money:
    """Pydantic's way in: the JSON form, or money that is money already."""
    if isinstance(given, Money):
        return given
    if not isinstance(given, dict):
        raise PydanticCustomError("money", "money is an object with an amount and a currency")
    amount, currency = given.get("amount"), given.get("currency")
    if not isinstance(amount, str) or not isinstance(currency, str):
        raise PydanticCustomError("money", "money has an amount and a currency, both strings")
    try:
        return _parsed(amount, currency)
    except MalformedMoney as malformed:
        raise PydanticCustomError("money", "{reason}", {"reason": str(malformed)}) from malformed
