"""Values as a text in one of our languages has them."""

from collections.abc import Mapping
from copy import copy
from datetime import date
from functools import lru_cache
from string import Template
from typing import Final

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern

from shared.money import Money, places

LOCALES: Final = {"zh-CN": "zh_Hans_CN", "en": "en"}
LANGUAGES: Final = tuple(LOCALES)
_LOCALES: Final = {language: Locale.parse(name) for language, name in LOCALES.items()}


def worded(value: object, language: str) -> str:
    """An amount with its currency's sign and all its places, a day written out, a text in several languages in this one."""
    if isinstance(value, Money):
        told: str = _pattern(language, places(value.currency)).apply(
            value.amount, _LOCALES[language], currency=value.currency, currency_digits=False
        )
        return told
    if isinstance(value, date):
        return _day(value, language)
    if isinstance(value, Mapping):
        return str(value[language])
    return str(value)


def in_language(template: Mapping[str, str], language: str, **values: object) -> str:
    """`$name` stands for a value. One that is missing raises KeyError: half a sentence is sent to nobody."""
    return Template(template[language]).substitute({name: worded(value, language) for name, value in values.items()})


def in_every_language(template: Mapping[str, str], **values: object) -> dict[str, str]:
    return {language: in_language(template, language, **values) for language in LANGUAGES}


@lru_cache(maxsize=1024)
def _day(day: date, language: str) -> str:
    return format_date(day, format="long", locale=_LOCALES[language])


@lru_cache(maxsize=64)
def _pattern(language: str, decimals: int) -> NumberPattern:
    """With ISO 4217's places: CLDR has those of everyday use (IQD none)."""
    pattern: NumberPattern = copy(_LOCALES[language].currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern
