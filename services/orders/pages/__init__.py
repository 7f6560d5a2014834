"""Papers as pages: readable on a phone, printable on A4, without a script."""

from pathlib import Path

from services.orders.pages.forms import Forms
from services.orders.pages.words import FLAGS, METHODS, PACKING, RECEIPT, STATUSES, reason
from services.orders.schemas.packing import PackingListOut
from services.orders.schemas.receipts import ReceiptOut
from shared.pages import templates

_TEMPLATES = templates(Path(__file__).parent)


def receipt(told: ReceiptOut) -> str:
    """In the receipt's language; times are the store's."""
    return _TEMPLATES.get_template("receipt.html").render(
        language=told.language,
        receipt=told,
        words=RECEIPT[told.language],
        methods=METHODS[told.language],
        reasons={due.reason: reason(due.reason, told.language) for due in told.refunds},
        statuses=STATUSES[told.language],
        forms=Forms(told.language, told.time_zone),
    )


def packing_list(told: PackingListOut) -> str:
    return _TEMPLATES.get_template("packing_list.html").render(
        language=told.language,
        packing=told,
        words=PACKING[told.language],
        flags=FLAGS[told.language],
        statuses=STATUSES[told.language],
        forms=Forms(told.language, told.time_zone),
        names={line.line_id: line.name for line in told.lines},
    )
