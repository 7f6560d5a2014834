"""Refunds as a table for a spreadsheet."""

from collections.abc import Sequence

from services.aftersales.schemas.refunds import RefundOut, TotalOut
from shared import spreadsheets

_COLUMNS = (
    "row", "day", "refund_id", "case_id", "order_id", "status", "kind", "payment_method", "currency", "amount", "count", "settled_count",
    "settled_amount", "asked_at", "requested_at", "settle_by", "settled_at", "reference", "reason",
)  # fmt: skip


def csv_of(refunds: Sequence[RefundOut], totals: Sequence[TotalOut]) -> str:
    """First the refunds, then the daily totals; `row` says which."""
    rows = [{"row": "refund", **_row(refund)} for refund in refunds]
    rows += [{"row": "total", **total.model_dump(mode="json")} for total in totals]
    return spreadsheets.csv_of(_COLUMNS, rows)


def _row(refund: RefundOut) -> dict[str, object]:
    told = refund.model_dump(mode="json", include=set(_COLUMNS) - {"amount"})
    return told | refund.amount.to_json()
