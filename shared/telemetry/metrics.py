"""What is measured. Labels are few and closed: templates, names and kinds, never an id."""

from collections.abc import Iterable
from itertools import product

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATE = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300)

http_requests = Counter("kefu_http_requests_total", "Requests answered", ("method", "route", "status"))
http_duration = Histogram(
    "kefu_http_request_duration_seconds", "From the request's head to the answer's end", ("method", "route"), buckets=_QUICK
)

outbox_rows = Gauge("kefu_outbox_rows", "Committed events that Kafka has not acknowledged yet")
outbox_age = Gauge("kefu_outbox_oldest_age_seconds", "How long the oldest of them has waited")
relay_published = Counter("kefu_relay_published_total", "Events Kafka acknowledged; one that is said again counts again", ("topic", "type"))
relay_delay = Histogram("kefu_relay_delay_seconds", "From an event's insertion to Kafka's acknowledgement", buckets=_QUICK)
relay_restarts = Counter("kefu_relay_restarts_total", "Runs thrown away because a send or a connection failed")
relay_active = Gauge("kefu_relay_active", "1 where this relay is the one that publishes, 0 on standby")

consumed = Counter(
    "kefu_consumer_events_total",
    "Events from Kafka: taken, repeated, waiting, set-aside, skipped or passed-on",
    ("topic", "type", "result"),
)
consumer_lag = Gauge("kefu_consumer_lag", "Records of a partition of this worker that are not taken in yet", ("topic", "partition"))
consumer_position = Gauge(
    "kefu_consumer_position", "Offset of the first of them, which is how far this worker has got", ("topic", "partition")
)
consumer_missed = Counter(
    "kefu_consumer_missed_total", "Records that were deleted from the topic before this service had read them", ("topic",)
)
chunk_duration = Histogram("kefu_consumer_chunk_duration_seconds", "One chunk's transaction, decoding included", ("topic",), buckets=_QUICK)
chunk_reruns = Counter("kefu_consumer_chunk_reruns_total", "Chunks run again one by one because one event failed", ("topic",))
retries = Counter("kefu_retries_total", "Work done again because PostgreSQL or Kafka did not answer")
dead_letters = Gauge(
    "kefu_dead_letters",
    "Open dead letters: unreadable, undeclared, refused, failed, or waiting behind another; every worker counts all",
    ("kind",),
)
dead_letters_age = Gauge("kefu_dead_letters_oldest_age_seconds", "How long the oldest of them has lain there", ("kind",))
parked_keys = Gauge("kefu_parked_keys", "Keys whose events wait behind a dead letter; every worker counts all")

timers_fired = Counter("kefu_timers_fired_total", "Timers that fired, or failed and come again", ("kind", "result"))
timers_overdue = Gauge("kefu_timers_overdue_seconds", "How long the timer that should have fired first has been due; 0: none is")
timer_lateness = Histogram("kefu_timer_lateness_seconds", "From due to fired", ("kind",), buckets=_LATE)

tasks_escalated = Counter("kefu_tasks_escalated_total", "Questions a department did not answer in time", ("department",))

purged = Counter("kefu_purged_rows_total", "Rows deleted because their retention ended", ("table",))

LABELLED: dict[MetricWrapperBase, tuple[tuple[str, ...], ...]] = {}
"""The values of each label of those metrics that never have others."""


def labelled(metric: MetricWrapperBase, *values: Iterable[str]) -> None:
    """Its labels never have other values: all of them are shown from zero, and docs/metrics.md tells them."""
    LABELLED[metric] = tuple([tuple(map(str, each)) for each in values])
    from_zero(metric, *LABELLED[metric])


def from_zero(metric: MetricWrapperBase, *values: Iterable[str]) -> None:
    """Shows it for all of these from the start: of a series that appears with its first count Prometheus does not see that one."""
    for labels in product(*values):
        metric.labels(*labels)
