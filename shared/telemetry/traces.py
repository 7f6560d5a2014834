"""Traces: ids always exist and always travel; the settings only decide whether spans are kept and sent."""

import random
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
)
from opentelemetry.util.types import Attributes as AnyAttributes

if TYPE_CHECKING:
    from opentelemetry.instrumentation.httpx import RequestInfo

_TRACEPARENT = re.compile(r"(?!ff)(?!00.{53}.)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_SEND_WITHIN = 2.0

Attributes = Mapping[str, str | int | float | bool]


class _Export:
    """Where this process's spans go; nowhere until `configure` was given an endpoint."""

    provider: TracerProvider | None = None


class _Beginnings(Sampler):
    """Of the traces that begin here this share is kept. A statement that no request, event or timer asked for begins none."""

    def __init__(self, share: float) -> None:
        self._kept = TraceIdRatioBased(share)

    def should_sample(
        self,
        parent_context: context.Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: AnyAttributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if kind is SpanKind.CLIENT:
            return SamplingResult(Decision.DROP)
        return self._kept.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"Beginnings of {self._kept.get_description()}"


def configure(service: str, process: str, endpoint: str, share: float) -> None:
    resource = Resource.create({"service.name": f"kefu-{service}", "service.namespace": "kefu", "kefu.process": process})
    sampler = ParentBased(_Beginnings(share)) if endpoint else ALWAYS_OFF
    provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
    trace.set_tracer_provider(provider)
    if endpoint:
        _export_to(endpoint, provider)
        _Export.provider = provider


def _export_to(endpoint: str, provider: TracerProvider) -> None:
    # imported here: a process that sends nothing should not pay for the sender
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=_SEND_WITHIN)))
    AsyncPGInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]
    HTTPXClientInstrumentor().instrument(tracer_provider=provider, async_request_hook=_without_query)


async def _without_query(asked: Span, request: "RequestInfo") -> None:
    if isinstance(request.url, httpx.URL):
        asked.set_attribute("http.url", str(request.url.copy_with(query=None, userinfo=b"", fragment=None)))


def flush() -> None:
    if _Export.provider is not None:
        # the sender's own time-out is one of each batch, and a process that ends has no time for that
        sender = threading.Thread(target=_Export.provider.force_flush, daemon=True)
        sender.start()
        sender.join(_SEND_WITHIN)


def current_traceparent() -> str:
    """Of the current span; of a new trace where there is none."""
    return written(trace.get_current_span().get_span_context())


def continued(traceparent: str | None) -> str:
    """The same trace with a new span; a new trace where there is none to continue or it is malformed."""
    known = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if known is None:
        return f"00-{_random(128):032x}-{_random(64):016x}-01"
    return f"00-{known[1]}-{_random(64):016x}-{known[3]}"


@contextmanager
def span(
    name: str, traceparent: str | None = None, attributes: Attributes | None = None, *, kind: SpanKind = SpanKind.INTERNAL
) -> Iterator[Span]:
    """What happens inside belongs to one span below `traceparent` (a new trace if that is malformed), or below the current span.

    Names and attributes are templates: no ids, queries, tokens or anything personal. Costs next to nothing where spans are not exported.
    """
    parent = None if traceparent is None else span_of(traceparent)
    tracer = recorder()
    if tracer is None:
        with trace.use_span(NonRecordingSpan(_child(parent))) as unrecorded:
            yield unrecorded
        return
    below = None if parent is None else under(parent)
    # an exception's message may hold anything, so only its class is told
    with tracer.start_as_current_span(name, below, kind, attributes, record_exception=False, set_status_on_exception=False) as recorded:
        try:
            yield recorded
        except BaseException as error:
            recorded.set_status(Status(StatusCode.ERROR, type(error).__qualname__))
            raise


def _child(parent: SpanContext | None) -> SpanContext:
    above = parent or trace.get_current_span().get_span_context()
    trace_id, flags = (above.trace_id, above.trace_flags) if above.is_valid else (_random(128), _SAMPLED)
    return SpanContext(trace_id, _random(64), is_remote=False, trace_flags=flags)


def recorder() -> Tracer | None:
    """None where spans are not exported, and so nobody is to spend time on them."""
    return None if _Export.provider is None else _Export.provider.get_tracer("kefu")


def under(parent: SpanContext) -> context.Context:
    return trace.set_span_in_context(NonRecordingSpan(parent), context.Context())


def span_of(traceparent: str) -> SpanContext:
    """Somebody's, as it came; an invalid one where it is malformed."""
    known = _TRACEPARENT.fullmatch(traceparent)
    if known is None:
        return INVALID_SPAN_CONTEXT
    return SpanContext(int(known[1], 16), int(known[2], 16), is_remote=True, trace_flags=TraceFlags(int(known[3], 16)))


def written(span_context: SpanContext) -> str:
    if not span_context.is_valid:
        return continued(None)
    return f"00-{span_context.trace_id:032x}-{span_context.span_id:016x}-{span_context.trace_flags:02x}"


def _random(bits: int) -> int:
    return random.getrandbits(bits) or 1
