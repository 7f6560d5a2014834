"""What is measured of refunds beside what every service measures."""

from prometheus_client import Counter, Gauge

from services.aftersales.domain.refunds import RefundStatus
from shared.telemetry.metrics import labelled

UNANSWERED = "unanswered"
STATES = (RefundStatus.AWAITING_APPROVAL.value, RefundStatus.REQUESTED.value, UNANSWERED)

requested = Counter("kefu_refunds_requested_total", "Refunds asked of finance")
closed = Counter(
    "kefu_refunds_closed_total", "Refunds that finance settled, rejected or failed to make, and those that were denied", ("outcome",)
)
in_flight = Gauge(
    "kefu_refunds_in_flight",
    "Refunds that wait for approval, for finance (requested), or for finance longer than the store allows (unanswered);"
    " every worker counts all",
    ("state",),
)
in_flight_age = Gauge("kefu_refunds_in_flight_oldest_age_seconds", "How long the first of them has waited", ("state",))

labelled(closed, (RefundStatus.SETTLED, RefundStatus.REJECTED, RefundStatus.FAILED, RefundStatus.DENIED))
labelled(in_flight, STATES)
labelled(in_flight_age, STATES)
