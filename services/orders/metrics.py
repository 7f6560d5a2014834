"""What is measured of orders beside what every service measures."""

from prometheus_client import Counter, Gauge

from shared.telemetry.metrics import labelled

AUTO, AUDITOR = "auto", "auditor"
_CHECKS = ("payment", "product", "price", "total", "stock", "address", "contact", "duplicate", "value", "currency", "note")
_THRESHOLDS = ("unshipped", "not-online", "silent", "no-number", "declared-lost", "unsigned", "signed")

confirmed = Counter("kefu_orders_confirmed_total", "Orders confirmed, by themselves or by an auditor", ("by",))
closed = Counter("kefu_orders_closed_total", "Orders that nothing more is expected to happen to", ("outcome",))
held_for = Counter("kefu_order_holds_total", "Checks that orders came to be held for; a hold for two checks counts for both", ("check",))
held = Gauge("kefu_orders_held", "Orders that wait for an auditor; every worker counts all")
held_age = Gauge("kefu_orders_held_oldest_age_seconds", "How long the first of them has waited")
never_placed = Counter("kefu_order_skeletons_total", "Orders that something happened to, but that nobody placed within the hour")
crossed = Counter("kefu_order_thresholds_crossed_total", "Orders and parcels that were late, lost, unsigned or signed", ("threshold",))

labelled(confirmed, (AUTO, AUDITOR))
labelled(closed, ("cancelled", "signed", "delivered"))
labelled(held_for, _CHECKS)
labelled(crossed, _THRESHOLDS)
