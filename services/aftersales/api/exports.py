"""Refunds as a table for a spreadsheet."""

import csv
import io
from collections.abc import Sequence

from services.aftersales.schemas.refunds import RefundOut, TotalOut

_COLUMNS = (
    "row", "day", "refund_id", "case_id", "order_id", "status", "kind", "payment_method", "currency", "amount", "count", "settled_count",
    "settled_amount", "asked_at", "requested_at", "settle_by", "settled_at", "reference", "reason",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_of(refunds: Sequence[RefundOut], totals: Sequence[TotalOut]) -> str:
    """First the refunds, then the daily totals; `row` says which."""
    written = io.StringIO()
    rows = csv.DictWriter(written, _COLUMNS, restval="")
    rows.writeheader()
    rows.writerows(_safe({"row": "refund", **_row(refund)}) for refund in refunds)
    rows.writerows(_safe({"row": "total", **total.model_dump(mode="json")}) for total in totals)
    return written.getvalue()


def _row(refund: RefundOut) -> dict[str, object]:
    told = refund.model_dump(mode="json", include=set(_COLUMNS) - {"amount"})
    return told | refund.amount.to_json()


def _safe(row: dict[str, object]) -> dict[str, object]:
    """A text that a spreadsheet would take for a formula is led by an apostrophe."""
    return {name: f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text for name, text in row.items()}
