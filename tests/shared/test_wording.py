from datetime import date

import pytest

from shared.money import Money
from shared.wording import in_every_language, worded


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (Money.parse("1234.50", "USD"), "US$1,234.50", "$1,234.50"),
        (Money.parse("0.50", "CNY"), "¥0.50", "CN¥0.50"),
        (Money.parse("1500", "JPY"), "JP¥1,500", "¥1,500"),
        (Money.parse("1.250", "KWD"), "KWD1.250", "KWD1.250"),
        (Money.parse("2.000", "IQD"), "IQD2.000", "IQD2.000"),
        (Money.parse("-3.10", "EUR"), "-€3.10", "-€3.10"),
        (date(2026, 3, 5), "2026年3月5日", "March 5, 2026"),
        ({"zh-CN": "礼物", "en": "a gift"}, "礼物", "a gift"),
        (3, "3", "3"),
    ],
)
def test_a_value_is_written_as_the_language_has_it(value: object, chinese: str, english: str) -> None:
    assert (worded(value, "zh-CN"), worded(value, "en")) == (chinese, english)


def test_half_a_sentence_is_told_to_nobody() -> None:
    template = {"zh-CN": "$amount", "en": "$amount until $day"}

    with pytest.raises(KeyError):
        in_every_language(template, amount=3)
