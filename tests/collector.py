"""Where processes send their spans in a test."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Recorded:
    """A span; `process` is `kefu-orders worker`, `error` empty where there was none."""

    name: str
    process: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    seconds: float
    error: str


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[ExportTraceServiceRequest] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def text(self) -> str:
        """All that was told of spans; what their processes are is apart from that."""
        return "".join(str(scope) for request in self.requests for told in request.resource_spans for scope in told.scope_spans)

    @property
    def spans(self) -> list[Recorded]:
        return list(_spans(list(self.requests)))


def _spans(requests: list[ExportTraceServiceRequest]) -> Iterator[Recorded]:
    for told in (told for request in requests for told in request.resource_spans):
        known = {each.key: each.value.string_value for each in told.resource.attributes}
        process = f"{known['service.name']} {known['kefu.process']}"
        for span in (span for scope in told.scope_spans for span in scope.spans):
            seconds = (span.end_time_unix_nano - span.start_time_unix_nano) / _NANOSECONDS
            ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
            yield Recorded(span.name, process, *ids, span.kind, seconds, span.status.message)


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


@contextmanager
def collecting() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
