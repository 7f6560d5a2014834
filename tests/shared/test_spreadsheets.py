import csv
from decimal import Decimal

import pytest

from shared.spreadsheets import csv_of


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@now", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"])
def test_a_text_is_never_taken_for_a_formula(formula: str) -> None:
    (row,) = csv.DictReader(csv_of(("text",), [{"text": formula}]).splitlines(keepends=True))

    assert row["text"].startswith("'")


def test_numbers_stay_numbers_and_what_is_left_out_is_empty() -> None:
    assert csv_of(("a", "b", "c"), [{"a": Decimal("-1.50"), "c": None}]).splitlines() == ["a,b,c", "-1.50,,"]
