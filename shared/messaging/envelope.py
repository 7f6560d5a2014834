"""From a Kafka record to a contract: CloudEvents 1.0, binary mode or structured."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from shared.errors import FieldProblem
from shared.events.base import Event, stamp
from shared.events.malformed import Malformed
from shared.events.registry import contract, is_from_outside

MOST_BYTES = 1_048_576
_STRUCTURED = b"application/cloudevents+json"
_REQUIRED = ("ce_id", "ce_source", "ce_type")

Headers = Sequence[tuple[str, bytes]]


class KafkaRecord(Protocol):
    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class Unreadable(Exception):
    """The bytes are no event we can understand; `fields` names what and by which rule."""

    def __init__(self, reason: str, fields: Sequence[FieldProblem] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = tuple(fields)


class Undeclared(Exception):
    """No contract has this type on this topic."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.reason = f"no event of this type is declared on this topic: {name[:100]}"
        self.fields = ()


@dataclass(slots=True)
class Delivery:
    """One record as it came, and what it says: an event, or why it cannot be read, or neither when it is none of ours to hear."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    source: str | None = None
    event_id: str | None = None
    type: str | None = None
    event: Event | None = None
    problem: Unreadable | Undeclared | None = field(default=None)

    @classmethod
    def of(cls, record: KafkaRecord, prefix: str) -> "Delivery":
        delivery = cls(record.topic.removeprefix(prefix), record.partition, record.offset, record.key, record.value, record.headers)
        delivery.read()
        return delivery

    def read(self) -> None:
        """Fills in the event or the problem; never raises for what was sent."""
        try:
            self._read()
        except Malformed as error:
            self.problem = Unreadable(f"malformed: {error}"[:2000], error.problems)
        except Unreadable as error:
            self.problem = error
        except Undeclared as error:
            self.problem = error if is_from_outside(self.topic) else None

    def _read(self) -> None:
        if not self.value:
            self._name_sender(dict(self.headers))
            raise Unreadable("the value is empty")
        headers = dict(self.headers)
        structured = headers.get("content-type", b"").startswith(_STRUCTURED)
        if len(self.value) > MOST_BYTES:
            self._name_sender(headers)
            raise Unreadable(f"the value has {len(self.value)} bytes, more than {MOST_BYTES}")
        if structured:
            attributes, body = _unfold(self.value)
        else:
            attributes, body = _attributes(headers), self.value
        self._understand(attributes, body)

    def _name_sender(self, headers: Mapping[str, bytes]) -> None:
        """Who sent it, so far as it can be told, so that a storefront finds its own rejected events."""
        self.source, self.event_id, self.type = (_text_or_none(headers.get(name)) for name in ("ce_source", "ce_id", "ce_type"))

    def _understand(self, attributes: Mapping[str, str], body: bytes) -> None:
        self.source, self.event_id, self.type = attributes.get("ce_source"), attributes.get("ce_id"), attributes.get("ce_type")
        missing = [FieldProblem(name, "required", "is required") for name in _REQUIRED if not attributes.get(name)]
        if missing:
            raise Unreadable("malformed: " + "; ".join(f"{each.field}: is required" for each in missing), missing)
        if attributes.get("ce_specversion", "1.0") != "1.0":
            understood = "only 1.0 is understood"
            raise Unreadable(f"ce_specversion: {understood}", [FieldProblem("ce_specversion", "literal", understood)])
        kind = contract(self.topic, attributes["ce_type"])
        if kind is None:
            raise Undeclared(attributes["ce_type"])
        event = kind.read(body)
        stamp(event, event_id=attributes["ce_id"], source=attributes["ce_source"], traceparent=attributes.get("traceparent"))
        self.event = event


def _attributes(headers: Mapping[str, bytes]) -> Mapping[str, str]:
    try:
        attributes = {name: value.decode() for name, value in headers.items()}
    except UnicodeDecodeError as error:
        raise Unreadable("a header is not UTF-8") from error
    if any("\0" in value for value in attributes.values()):
        raise Unreadable("a header has the character U+0000")
    return attributes


def _unfold(value: bytes) -> tuple[Mapping[str, str], bytes]:
    """Structured mode: attributes beside `data` (or `data_base64`), named as the headers of binary mode are."""
    try:
        envelope = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Unreadable("not JSON") from error
    if not isinstance(envelope, dict):
        raise Unreadable("a structured event is a JSON object")
    attributes = {name: found for name, found in envelope.items() if isinstance(found, str)}
    named = {f"ce_{name}": attributes[name] for name in ("id", "source", "type", "specversion", "time", "subject") if name in attributes}
    if "traceparent" in attributes:
        named["traceparent"] = attributes["traceparent"]
    if any("\0" in found for found in named.values()):
        raise Unreadable("an attribute has the character U+0000")
    return named, _body(envelope)


def _body(envelope: Mapping[str, object]) -> bytes:
    if isinstance(envelope.get("data_base64"), str):
        try:
            return base64.b64decode(str(envelope["data_base64"]), validate=True)
        except binascii.Error as error:
            raise Unreadable("data_base64: is not base64", [FieldProblem("data_base64", "base64", "is not base64")]) from error
    if "data" not in envelope:
        raise Unreadable("data: is required", [FieldProblem("data", "required", "is required")])
    return orjson.dumps(envelope["data"])


def _text_or_none(value: bytes | None) -> str | None:
    """Readable enough to be stored and shown: no U+0000, whatever was sent."""
    return value.decode(errors="replace").replace("\0", "�")[:300] if value else None
