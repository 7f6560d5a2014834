"""One JSON object a line, our own records and the libraries' alike; ids as fields, never what belongs to a person."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, BinaryIO

import asyncpg
import orjson
import structlog
from aiokafka.errors import KafkaError
from opentelemetry.trace import format_trace_id, get_current_span
from sqlalchemy.exc import DBAPIError

Entry = MutableMapping[str, Any]

# a field is judged by the last word of its name: recipient_email is as personal as email
_PERSONAL = frozenset(
    (
        *(
            "address",
            "birth",
            "birthday",
            "city",
            "customer",
            "email",
            "guest",
            "income",
            "line1",
            "line2",
            "name",
            "phone",
            "postal",
            "recipient",
        ),
        *("body", "comment", "note", "params", "payee", "payload", "query", "text", "url", "value"),
        *("authorization", "cookie", "headers", "password", "secret", "signature", "token"),
    )
)
_QUIET = ("aiokafka", "alembic", "asyncio", "httpx", "kafka", "opentelemetry", "sqlalchemy", "uvicorn")
_REPEATS_ITSELF = ("aiokafka", "opentelemetry")
_SAYS_IT_AGAIN_AFTER = 10.0
# Postgres's own words for these classes name tables and columns, never what is in them
_TELLING_STATES = ("08", "3D", "3F", "42", "53", "55", "57", "58")
_DEEPEST = 30


def configure(service: str, process: str, level: str, stream: BinaryIO) -> None:
    lowest = logging.getLevelNamesMapping()[level.upper()]

    def sign(_logger: object, _method: str, entry: Entry) -> Entry:
        entry["service"] = service
        entry["process"] = process
        return entry

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            sign,
            add_trace,
            explain_error,
            withhold_personal,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.BytesLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    _adopt_libraries(lowest)


def _adopt_libraries(lowest: int) -> None:
    logging.captureWarnings(capture=True)
    logging.root.handlers = [Forwarder()]
    logging.root.setLevel(lowest)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(lowest, logging.WARNING))


class Forwarder(logging.Handler):
    """A library's record becomes one of ours: its first line; one who repeats itself while a server is away is heard every ten seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, object], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        place = (record.name, record.lineno)
        if record.name.startswith(_REPEATS_ITSELF) and record.created - self._said.get(place, 0.0) < _SAYS_IT_AGAIN_AFTER:
            return
        self._said[place] = record.created
        told = record.getMessage().strip().partition("\n")[0]
        structlog.get_logger().log(record.levelno, told, logger=record.name, exc_info=record.exc_info)


def add_trace(_logger: object, _method: str, entry: Entry) -> Entry:
    current = get_current_span().get_span_context()
    if current.is_valid:
        entry["trace_id"] = format_trace_id(current.trace_id)
    return entry


def explain_error(_logger: object, _method: str, entry: Entry) -> Entry:
    """`exc_info` becomes the error's kind, what may be told of it, and the places it passed."""
    given = entry.pop("exc_info", None)
    if not given:
        return entry
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if error is not None:
        entry["error"] = described(error)
        entry["at"] = _places(error)
    return entry


def _places(error: BaseException) -> list[str]:
    """The lines of ours it passed, and the one it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-1] if "site-packages" not in frame.filename][-_DEEPEST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in (*ours, *frames[-1:])]


def described(error: BaseException) -> str:
    """The error's class, and its message where that cannot hold anybody's data: values stand in most libraries' messages."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause.__cause__, asyncpg.PostgresError):
        cause = cause.__cause__
    kind = f"{type(cause).__module__}.{type(cause).__qualname__}".removeprefix("builtins.")
    if isinstance(cause, asyncpg.PostgresError):
        state = cause.sqlstate or ""
        return (
            f"{kind} {state}: {cause.args[0]}"
            if state.startswith(_TELLING_STATES)
            else f"{kind} {state} {cause.constraint_name or ''}".rstrip()
        )
    if isinstance(cause, OSError | KafkaError) or type(cause).__module__.startswith(("shared.", "services.", "deploy.")):
        return f"{kind}: {cause}"
    return kind


def withhold_personal(_logger: object, _method: str, entry: Entry) -> Entry:
    """The last guard, not the first: a field named like something personal is written as withheld."""
    for field in [field for field in entry if field.rpartition("_")[2] in _PERSONAL]:
        entry[field] = "withheld"
    return entry


def _json(entry: Entry, **_: object) -> bytes:
    return orjson.dumps(entry, default=str)
