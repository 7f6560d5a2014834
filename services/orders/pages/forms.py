"""How numbers, amounts, times and countries are written in a language."""

import re
from copy import copy
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_gmt
from babel.numbers import format_decimal

from shared.money import Money, places

# CLDR sets a currency's code apart from the number; Babel does not
_CODE_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


class Forms:
    """`money` shows just the places that ISO 4217 gives the currency, in whatever way the language writes amounts."""

    def __init__(self, language: str, time_zone: str) -> None:
        self._locale = Locale.parse(language, sep="-")
        self._zone = ZoneInfo(time_zone)

    def money(self, money: Money) -> str:
        pattern = copy(self._locale.currency_formats["standard"])
        pattern.frac_prec = (places(money.currency), places(money.currency))
        written: str = pattern.apply(money.amount, self._locale, currency=money.currency, currency_digits=False)
        return _CODE_BESIDE_DIGIT.sub("\N{NO-BREAK SPACE}", written)

    def number(self, number: int) -> str:
        return format_decimal(number, locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """In the store's zone, which is told with it."""
        local = moment.astimezone(self._zone)
        day, time = format_date(local, "long", locale=self._locale), format_time(local, "short", locale=self._locale)
        return f"{day} {time} {get_timezone_gmt(local, locale=self._locale)}"

    def country(self, code: str) -> str:
        """As the page's language calls it; the code itself where there is no such country."""
        name: str = self._locale.territories.get(code, code)
        return name
