from dataclasses import dataclass, replace

import phonenumbers
import pytest

from shared.contact import address_lines, address_problems, email_problem, is_country, normalised_email, normalised_phone, phone_problem


@dataclass(frozen=True)
class Address:
    recipient: str | None = "Li Lei"
    line1: str | None = "1 Long Street"
    city: str | None = "Hangzhou"
    region: str | None = "Zhejiang"
    postal_code: str | None = "310000"
    country: str | None = "CN"


CHINA = Address()
GERMANY = Address(city="Berlin", region=None, postal_code="10115", country="DE")
BRITAIN = Address(city="London", region=None, postal_code="SW1A 1AA", country="GB")
HONG_KONG = Address(city=None, region="Kowloon", postal_code=None, country="HK")
SINGAPORE = Address(city=None, region=None, postal_code="546080", country="SG")
IRELAND = Address(city="Dublin", region=None, postal_code=None, country="IE")


@pytest.mark.parametrize(
    "address",
    [
        CHINA,
        GERMANY,
        BRITAIN,
        HONG_KONG,
        SINGAPORE,
        IRELAND,
        replace(BRITAIN, postal_code="sw1a1aa"),
        replace(GERMANY, postal_code=" 10115 "),
        replace(HONG_KONG, postal_code="999077"),
        replace(IRELAND, postal_code="A65 F4E2"),
        replace(CHINA, region="浙江省", city="杭州市"),
    ],
)
def test_an_address_is_complete_by_the_rules_of_its_own_country(address: Address) -> None:
    assert address_problems(address) == []


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        (replace(CHINA, recipient=""), ["recipient"]),
        (replace(CHINA, line1="  "), ["line1"]),
        (replace(CHINA, line1=None, city=""), ["line1", "city"]),
        (replace(CHINA, region=None), ["region"]),
        (replace(CHINA, postal_code=None), ["postal_code"]),
        (replace(CHINA, postal_code="31000"), ["postal_code"]),
        (replace(CHINA, postal_code="3100000"), ["postal_code"]),
        (replace(CHINA, postal_code="\u0663\u0661\u0660\u0660\u0660\u0660"), ["postal_code"]),
        (replace(GERMANY, city=""), ["city"]),
        (replace(GERMANY, recipient=None, postal_code="1011"), ["recipient", "postal_code"]),
        (replace(IRELAND, postal_code="12345"), ["postal_code"]),
        (replace(HONG_KONG, region=""), ["region"]),
        (replace(CHINA, country=""), ["country"]),
        (replace(CHINA, country=None), ["country"]),
        (replace(CHINA, country="cn"), ["country"]),
        (replace(CHINA, country="XX"), ["country"]),
        (replace(CHINA, country="ZZ"), ["country"]),
        (replace(CHINA, country="../"), ["country"]),
        (replace(CHINA, country="CHN"), ["country"]),
    ],
)
def test_every_part_that_the_country_needs_is_named(address: Address, fields: list[str]) -> None:
    assert [problem.field for problem in address_problems(address)] == fields


def test_a_problem_says_what_was_expected_and_found() -> None:
    (problem,) = address_problems(replace(GERMANY, postal_code="ABC"))

    assert problem == ("postal_code", "a postal code of DE like 26133", "ABC")


@pytest.mark.parametrize("phone", ["+8613800138000", "+12025550123", "+442079460958", "+85221234567"])
def test_a_valid_number_in_e164_is_a_phone(phone: str) -> None:
    assert phone_problem(phone) is None
    assert normalised_phone(phone) == phone


@pytest.mark.parametrize(
    "phone", ["", "+", "123", "+8612345", "call me", "+0123456789", "+86138001380001", "+\u0668\u06661380013800", "1" * 300]
)
def test_what_is_no_number_of_any_country_is_no_phone(phone: str) -> None:
    assert phone_problem(phone) == "a valid phone number in E.164"
    assert normalised_phone(phone) is None


def test_a_number_as_people_write_it_is_found_but_expected_in_e164() -> None:
    assert normalised_phone("138 0013 8000", "CN") == "+8613800138000"
    assert phone_problem("138 0013 8000", "CN") == "a phone number in E.164, perhaps +8613800138000"
    assert normalised_phone("+86 138-0013-8000") == "+8613800138000"
    assert normalised_phone("138 0013 8000") is None
    assert normalised_phone("138 0013 8000", "nowhere") is None


@pytest.mark.parametrize(
    ("email", "normalised"),
    [
        ("li@example.com", "li@example.com"),
        ("Li.Lei+shop@Example.COM", "li.lei+shop@example.com"),
        ("li@shop.test", "li@shop.test"),
        ("李@例子.公司", "李@例子.公司"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_an_email_address_is_compared_in_lower_case(email: str, normalised: str) -> None:
    assert email_problem(email) is None
    assert normalised_email(email) == normalised


@pytest.mark.parametrize(
    "email",
    [
        "",
        "li",
        "@example.com",
        "li@",
        "li@example",
        "li@@example.com",
        "li lei@example.com",
        ".li@example.com",
        "li.@example.com",
        "li..lei@example.com",
        "li@exa mple.com",
        "li@-example.com",
        "li@example..com",
        "li@[127.0.0.1]",
        "li@example.com\n",
        "a" * 65 + "@example.com",
        "li@" + "a" * 250 + ".com",
    ],
)
def test_what_has_not_the_form_of_an_email_address_is_none(email: str) -> None:
    assert email_problem(email) == "an e-mail address"
    assert normalised_email(email) is None


def test_a_country_is_known_by_its_code_of_two_capitals() -> None:
    assert is_country("CN")
    assert not is_country("XX")


def known_numbers() -> list[str]:
    """An example of every kind in every country, and what comes out when a digit is put before it, taken away or changed."""
    kinds = [kind for kind in vars(phonenumbers.PhoneNumberType).values() if isinstance(kind, int)]
    examples = [phonenumbers.example_number_for_type(region, kind) for region in sorted(phonenumbers.SUPPORTED_REGIONS) for kind in kinds]
    plain = {phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) for number in examples if number is not None}
    codes = [(number, len(str(phonenumbers.parse(number).country_code)) + 1) for number in sorted(plain)]
    before = {f"{number[:end]}{digit}{number[end:]}" for number, end in codes for digit in "0189"}
    return sorted(plain | before | {number[:-1] for number in plain} | {f"{number}1" for number in plain})


def test_a_number_that_is_e164_already_is_judged_as_the_library_judges_it() -> None:
    def by_library(text: str) -> str | None:
        try:
            number = phonenumbers.parse(text)
        except phonenumbers.NumberParseException:
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None

    numbers = known_numbers()

    assert len(numbers) > 5_000
    assert [number for number in numbers if normalised_phone(number) != by_library(number)] == []


@pytest.mark.parametrize(
    ("address", "street", "lines"),
    [
        (CHINA, ["1 Long Street", "Room 2"], ["Li Lei", "1 Long Street", "Room 2", "Hangzhou", "Zhejiang, 310000"]),
        (
            Address(recipient="李雷", city="杭州市", region="浙江省"),
            ["长街1号"],
            ["310000", "浙江省杭州市", "长街1号", "李雷"],
        ),
        (GERMANY, ["Lange Str. 1"], ["Li Lei", "Lange Str. 1", "10115 Berlin"]),
        (
            Address(city="Boston", region="MA", postal_code="02110", country="US"),
            ["1 Main St"],
            ["Li Lei", "1 Main St", "Boston, MA 02110"],
        ),
        (HONG_KONG, ["1 Nathan Road"], ["Li Lei", "1 Nathan Road", "Kowloon"]),
        (Address(country="??"), ["1 Long Street"], ["Li Lei", "1 Long Street", "Hangzhou"]),
    ],
)
def test_an_address_is_written_as_its_country_writes_it(address: Address, street: list[str], lines: list[str]) -> None:
    assert address_lines(address, street) == lines
