"""What a running process tells: logs, metrics and traces, all without personal data."""

from typing import BinaryIO

from shared.settings import Settings
from shared.telemetry import logs, traces
from shared.telemetry.hops import consuming, handling, relayed, saying
from shared.telemetry.traces import continued, current_traceparent, span

__all__ = ["configure", "consuming", "continued", "current_traceparent", "flush", "handling", "relayed", "saying", "span"]


def configure(service: str, process: str, settings: Settings, stream: BinaryIO) -> None:
    """Once, before anything else runs; logs go to `stream`."""
    logs.configure(service, process, settings.log_level, stream)
    traces.configure(service, process, settings.otel_exporter_otlp_endpoint, settings.otel_traces_sampler_arg)


def flush() -> None:
    """Sends what is not sent yet, for two seconds at most; the last thing a process does."""
    traces.flush()
