import json
import subprocess
import sys

import pytest

from shared.telemetry import continued, current_traceparent, span
from tests.collector import Collector, Recorded

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = PARENT[3:35]
MALFORMED = [
    "",
    "nonsense",
    PARENT + "-more",
    PARENT.upper(),
    "ff" + PARENT[2:],
    PARENT.replace(TRACE, "0" * 32),
    PARENT.replace("b7ad6b7169203331", "0" * 16),
]
PREAMBLE = """
import logging, sys, structlog
from shared import telemetry
from shared.settings import Settings
telemetry.configure("orders", "worker", Settings(**{settings}), sys.stdout.buffer)
log = structlog.get_logger()
"""


def lines_of(program: str, **settings: str) -> list[dict[str, object]]:
    """What a process of its own logs: the configuration is the whole process's."""
    source = PREAMBLE.format(settings=settings) + program
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, check=True, timeout=60, text=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_log_line_is_one_object_with_ids_as_fields() -> None:
    [line] = lines_of("log.info('held', order_id='10001', customer_email='li@example.com'); log.debug('unheard')")

    assert line.pop("timestamp")
    assert line == {
        "event": "held",
        "level": "info",
        "service": "orders",
        "process": "worker",
        "order_id": "10001",
        "customer_email": "withheld",
    }


def test_what_a_library_logs_is_a_line_like_ours() -> None:
    [line] = lines_of("logging.getLogger('uvicorn.error').warning('first\\nli@example.com'); logging.getLogger('aiokafka').info('chatter')")

    assert (line["logger"], line["event"], line["level"]) == ("uvicorn.error", "first", "warning")


def test_a_client_that_repeats_itself_is_heard_once_in_a_while() -> None:
    lines = lines_of("for turn in range(50): logging.getLogger('aiokafka').error('cannot connect %s', turn)")

    assert [line["event"] for line in lines] == ["cannot connect 0"]


def test_an_error_is_told_without_the_values_in_its_message() -> None:
    [line] = lines_of("""
try:
    int("li@example.com")
except ValueError:
    log.exception("failed")
""")

    assert line["error"] == "ValueError"
    assert "li@example.com" not in json.dumps(line)
    assert line["at"] == ["<string>:9 <module>"]


def test_an_error_of_ours_keeps_its_message() -> None:
    [line] = lines_of("from shared.errors import Conflict\nlog.error('failed', exc_info=Conflict('the order is not held'))")

    assert line["error"] == "shared.errors.Conflict: the order is not held"


def test_a_line_inside_a_span_carries_its_trace() -> None:
    [line] = lines_of(f"with telemetry.span('x', {PARENT!r}): log.info('inside')")

    assert line["trace_id"] == TRACE


def test_a_continued_trace_keeps_its_id_and_gets_a_new_span() -> None:
    following = continued(PARENT)

    assert following[3:35] == TRACE
    assert following[36:52] != PARENT[36:52]
    assert len(following) == len(PARENT)


@pytest.mark.parametrize("malformed", [None, *MALFORMED])
def test_a_malformed_traceparent_starts_a_new_trace(malformed: str | None) -> None:
    fresh = continued(malformed)

    assert continued(fresh)[3:35] == fresh[3:35] != TRACE


def test_a_newer_version_of_the_header_is_understood() -> None:
    assert continued(f"cc{PARENT[2:]}-what-comes")[:35] == PARENT[:35]


def test_outside_of_spans_there_is_a_valid_trace_too() -> None:
    assert continued(current_traceparent())[3:35] != continued(current_traceparent())[3:35]


def test_spans_nest_below_what_came_in() -> None:
    with span("outer", PARENT):
        outer = current_traceparent()
        with span("inner"):
            inner = current_traceparent()
        with span("elsewhere", "malformed"):
            elsewhere = current_traceparent()

    assert outer[3:35] == inner[3:35] == TRACE
    assert len({PARENT, outer, inner}) == 3
    assert elsewhere[3:35] != TRACE


def test_spans_are_sent_where_the_settings_say_and_tell_no_messages_of_errors(collector: Collector) -> None:
    lines_of(
        f"""
try:
    with telemetry.span("GET /v1/orders/{{order_id}}", {PARENT!r}, {{"http.route": "/v1/orders/{{order_id}}"}}):
        with telemetry.span("inner"):
            raise ValueError("li@example.com")
except ValueError:
    telemetry.flush()
""",
        otel_exporter_otlp_endpoint=collector.url,
    )

    sent = {each.name: each for each in collector.spans}
    assert sent.keys() == {"GET /v1/orders/{order_id}", "inner"}
    assert {each.trace_id for each in sent.values()} == {TRACE}
    assert sent["GET /v1/orders/{order_id}"].parent_id == PARENT[36:52]
    assert "li@example.com" not in collector.text
    assert sent["inner"].error == "ValueError"


SAY = """
from types import SimpleNamespace
from datetime import UTC, datetime
def event(name, traceparent): return SimpleNamespace(name=name, traceparent=traceparent)
def say(cause=None): return telemetry.saying("order-confirmed", "orders", cause)
"""
OTHER = "00-0af7651916cd43dd8448eb211c803190-b7ad6b7169203332-01"


def recorded(collector: Collector, program: str, **settings: str) -> list[Recorded]:
    lines_of(SAY + program + "\ntelemetry.flush()\n", otel_exporter_otlp_endpoint=collector.url, **settings)
    return collector.spans


def tree(spans: list[Recorded]) -> set[tuple[str, str]]:
    """Each with the name of what it is below; the trace where that is not of this process."""
    names = {each.span_id: each.name for each in spans}
    return {(each.name, names.get(each.parent_id, each.trace_id)) for each in spans}


def test_what_is_said_is_a_span_below_the_current_one_and_its_way_through_the_relay_one_below_that(collector: Collector) -> None:
    program = f"""
with telemetry.span("POST /v1/orders", {PARENT!r}):
    row = {{"type": "order-confirmed", "topic": "orders", "time": datetime(2026, 3, 2, tzinfo=UTC), "traceparent": say()}}
telemetry.relayed([row], datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC))
"""
    spans = recorded(collector, program)

    assert tree(spans) == {
        ("POST /v1/orders", TRACE),
        ("order-confirmed publish", "POST /v1/orders"),
        ("order-confirmed relay", "order-confirmed publish"),
    }
    assert {each.seconds for each in spans if each.name.endswith("relay")} == {1.0}


def test_events_that_are_handled_together_keep_traces_of_their_own(collector: Collector) -> None:
    program = f"""
paid, held = event("order-paid", {PARENT!r}), event("order-held", {OTHER!r})
with telemetry.span("orders process", ""), telemetry.handling([paid, held]):
    say(paid.traceparent), say(held.traceparent)
"""
    spans = recorded(collector, program)

    assert tree([each for each in spans if each.trace_id == TRACE]) == {
        ("order-paid handle", TRACE),
        ("order-confirmed publish", "order-paid handle"),
    }
    assert tree([each for each in spans if each.trace_id == OTHER[3:35]]) == {
        ("order-held handle", OTHER[3:35]),
        ("order-confirmed publish", "order-held handle"),
    }


def test_a_lone_event_is_handled_below_the_chunk_it_is(collector: Collector) -> None:
    program = f"""
paid = event("order-paid", {PARENT!r})
with telemetry.consuming([SimpleNamespace(topic="orders", event=paid)]), telemetry.handling([paid]):
    say(), say(paid.traceparent)
"""
    spans = recorded(collector, program)

    assert tree(spans) == {
        ("orders process", TRACE),
        ("order-paid handle", "orders process"),
        ("order-confirmed publish", "order-paid handle"),
    }


def test_a_handler_that_fails_marks_the_spans_of_all_it_was_given(collector: Collector) -> None:
    program = f"""
try:
    with telemetry.handling([event("order-paid", {PARENT!r}), event("order-held", {OTHER!r})]):
        raise ValueError("li@example.com")
except ValueError:
    pass
"""
    assert {each.error for each in recorded(collector, program)} == {"ValueError"}
    assert "li@example.com" not in collector.text


NOT_KEPT = [
    pytest.param({}, f"{PARENT[:-2]}00", id="whoever began it does not keep it"),
    pytest.param({"otel_traces_sampler_arg": "0"}, "", id="it begins here and none is to be kept"),
]


@pytest.mark.parametrize(("settings", "parent"), NOT_KEPT)
def test_a_trace_that_is_not_kept_travels_all_the_same_and_nobody_else_keeps_it(
    settings: dict[str, str], parent: str, collector: Collector
) -> None:
    program = f"""
with telemetry.span("POST /v1/orders", {parent!r}):
    log.info("said", traceparent=say())
telemetry.relayed([{{"type": "x", "topic": "y", "time": datetime.now(UTC), "traceparent": say({parent!r})}}], datetime.now(UTC))
telemetry.flush()
"""
    [line] = lines_of(SAY + program, otel_exporter_otlp_endpoint=collector.url, **settings)

    assert int(str(line["traceparent"])[-2:], 16) & 1 == 0
    assert continued(str(line["traceparent"]))[3:35] == str(line["traceparent"])[3:35]
    assert collector.spans == []


def test_a_statement_that_nobody_asked_for_begins_no_trace(collector: Collector) -> None:
    program = """
from opentelemetry.trace import SpanKind
with telemetry.span("select from timers", kind=SpanKind.CLIENT):
    pass
with telemetry.span("GET /", ""), telemetry.span("select from orders", kind=SpanKind.CLIENT):
    pass
"""
    assert {each.name for each in recorded(collector, program)} == {"GET /", "select from orders"}
