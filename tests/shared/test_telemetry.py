import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from shared.telemetry import continued, current_traceparent, span

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


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[ExportTraceServiceRequest] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


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

    sent = {span.name: span for request in collector.requests for r in request.resource_spans for s in r.scope_spans for span in s.spans}
    assert sent.keys() == {"GET /v1/orders/{order_id}", "inner"}
    assert {span.trace_id.hex() for span in sent.values()} == {TRACE}
    assert sent["GET /v1/orders/{order_id}"].parent_span_id.hex() == PARENT[36:52]
    assert "li@example.com" not in str(collector.requests)
    assert sent["inner"].status.message == "ValueError"
