"""Sales figures as a table for a spreadsheet."""

from collections.abc import Mapping

from services.orders.schemas.figures import ConversionOut, FigureOut, SalesOut
from shared import spreadsheets

_FIGURE = (
    "currency", "placed", "cancelled", "orders", "units", "revenue", "average_order_value", "orders_growth", "revenue_growth",
    "cancel_rate", "refunded_orders", "refunded", "refund_rate",
)  # fmt: skip
_CONVERSION = ("asked", "ordered", "conversion_rate")
_COLUMNS = ("row", "from", "to", "key", *_FIGURE, *_CONVERSION)


def csv_of(sold: SalesOut) -> str:
    """`row` says what a row is: a figure of `key`, a total, how many who asked ordered."""
    days = {"from": sold.from_.isoformat(), "to": sold.to.isoformat()}
    rows = [{"row": sold.by, **days, **_figure(item)} for item in sold.items]
    rows += [{"row": "total", **days, **_figure(total)} for total in sold.totals]
    rows += [{"row": "conversion", **days, **_conversion(told)} for told in sold.conversions]
    rows.append({"row": "conversion-total", **days, **_conversion(sold.conversion)})
    return spreadsheets.csv_of(_COLUMNS, rows)


def _figure(item: FigureOut) -> Mapping[str, object]:
    amounts = {"revenue": item.revenue.amount, "refunded": item.refunded.amount}
    average = item.average_order_value
    told = {name: getattr(item, name) for name in ("key", *_FIGURE)}
    return told | amounts | {"average_order_value": average and average.amount}


def _conversion(told: ConversionOut) -> Mapping[str, object]:
    return {"key": told.key, "asked": told.asked, "ordered": told.ordered, "conversion_rate": told.rate}
