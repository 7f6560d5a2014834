"""Spans of an event's way: said in one transaction, sent by the relay, heard in another. Its `traceparent` holds them together."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanContext, SpanKind, Status, StatusCode, Tracer

from shared.telemetry.traces import Attributes, continued, current_traceparent, recorder, span, span_of, under, written

_MOST_LINKS = 100
_NANOSECONDS = 1_000_000_000
_KAFKA = {"messaging.system": "kafka"}

# of the events that are handled together, by how each came
_handled: ContextVar[Mapping[str, SpanContext]] = ContextVar("handled", default=MappingProxyType({}))


class Heard(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def traceparent(self) -> str | None: ...


class Delivered(Protocol):
    @property
    def topic(self) -> str: ...
    @property
    def event(self) -> Heard | None: ...


class Row(Protocol):
    """Of the outbox."""

    def __getitem__(self, column: str) -> object: ...


def saying(name: str, topic: str, cause: str | None) -> str:
    """The `traceparent` an event goes with: of its own span, below that of what it is caused by, else below the current one."""
    tracer = recorder()
    if tracer is None:
        return continued(cause) if cause else current_traceparent()
    attributes = _KAFKA | {"messaging.destination.name": topic, "messaging.operation.type": "create"}
    said = tracer.start_span(f"{name} publish", _below(cause), SpanKind.PRODUCER, attributes)
    said.end()
    return written(said.get_span_context())


def relayed(rows: Sequence[Row], at: datetime) -> None:
    """Kafka has them: from when they were put into the outbox until now."""
    tracer = recorder()
    if tracer is None:
        return
    for row in rows:
        put, parent = row["time"], span_of(str(row["traceparent"]))
        if parent.trace_flags.sampled and isinstance(put, datetime):
            attributes = _KAFKA | {"messaging.destination.name": str(row["topic"]), "messaging.operation.type": "send"}
            sending = tracer.start_span(f"{row['type']} relay", under(parent), SpanKind.PRODUCER, attributes, start_time=_nanoseconds(put))
            sending.end(_nanoseconds(at))


@contextmanager
def consuming(deliveries: Sequence[Delivered]) -> Iterator[Span]:
    """One span of a chunk: it continues a lone event's trace, and links those of many."""
    traces = [delivery.event.traceparent for delivery in deliveries if delivery.event is not None]
    attributes: Attributes = _KAFKA | {"messaging.batch.message_count": len(deliveries), "messaging.operation.type": "process"}
    parent = (traces[0] or "") if len(traces) == 1 else ""
    with span(f"{deliveries[0].topic} process", parent, attributes, kind=SpanKind.CONSUMER) as chunk:
        if recorder() is not None and len(traces) > 1:
            for one in islice(filter(None, traces), _MOST_LINKS):
                chunk.add_link(span_of(one))
        yield chunk


@contextmanager
def handling(events: Sequence[Heard]) -> Iterator[None]:
    """A span for each, in the trace it came with, else below the current one; what is said because of an event is below its span."""
    tracer = recorder()
    if len(events) == 1:
        cause = events[0].traceparent
        with span(f"{events[0].name} handle", cause if cause and not _is_current(cause) else None):
            yield
    elif tracer is None:
        yield
    else:
        with _handling_many(tracer, events):
            yield


@contextmanager
def _handling_many(tracer: Tracer, events: Sequence[Heard]) -> Iterator[None]:
    spans = {cause: tracer.start_span(f"{event.name} handle", under(span_of(cause))) for event in events if (cause := event.traceparent)}
    before = _handled.set({cause: each.get_span_context() for cause, each in spans.items()})
    try:
        yield
    except BaseException as error:
        for each in spans.values():
            each.set_status(Status(StatusCode.ERROR, type(error).__qualname__))
        raise
    finally:
        _handled.reset(before)
        for each in spans.values():
            each.end()


def _below(cause: str | None) -> Context | None:
    """None: the current span."""
    if not cause or _is_current(cause):
        return None
    return under(_handled.get().get(cause) or span_of(cause))


def _is_current(cause: str) -> bool:
    """What happens now belongs to the trace of the cause, and so to its handling."""
    return span_of(cause).trace_id == trace.get_current_span().get_span_context().trace_id


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * _NANOSECONDS)
