"""From a Kafka record to a contract: CloudEvents 1.0, binary mode or structured."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import orjson

from shared.errors import FieldProblem
from shared.events.base import Event, stamp
from shared.events.malformed import Malformed
from shared.events.registry import contract, is_from_outside

MOST_BYTES = 1_048_576
_LONGEST = 500
_UNREADABLE = "\ufffd"
_STRUCTURED = b"application/cloudevents+json"
_REQUIRED = ("ce_id", "ce_source", "ce_type")
_ATTRIBUTES = frozenset({*_REQUIRED, "ce_specversion", "ce_time", "ce_subject", "traceparent"})

Headers = Sequence[tuple[str, bytes | None]]


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
    problem: Exception | None = None

    @classmethod
    def of(cls, record: KafkaRecord, prefix: str) -> "Delivery":
        delivery = cls(record.topic.removeprefix(prefix), record.partition, record.offset, record.key, record.value, record.headers)
        delivery.read()
        return delivery

    def read(self) -> None:
        """Fills in the event or the problem; never raises, whatever was sent."""
        try:
            self._read()
        except Malformed as error:
            self.problem = Unreadable(f"malformed: {error}"[:2000], error.problems)
        except Unreadable as error:
            self.problem = error
        except Undeclared as error:
            self.problem = error if is_from_outside(self.topic) else None
        except Exception as error:  # noqa: BLE001 - a record that finds a mistake of ours is set aside like any other, and stops none
            self.problem = error

    @property
    def lane(self) -> bytes | None:
        """What is parked with it: the key, or its hash where it is longer than an index takes."""
        return self.key if self.key is None or len(self.key) <= _LONGEST else sha256(self.key).digest()

    def _read(self) -> None:
        headers = {name.lower(): value for name, value in self.headers if value is not None}
        attributes = {name: value.decode(errors="replace") for name, value in headers.items() if name in _ATTRIBUTES}
        self._name_sender(attributes)
        if not self.value:
            raise Unreadable("the value is empty")
        if len(self.value) > MOST_BYTES:
            raise Unreadable(f"the value has {len(self.value)} bytes, more than {MOST_BYTES}")
        if headers.get("content-type", b"").lower().startswith(_STRUCTURED):
            envelope = _unfold(self.value)
            attributes = {f"ce_{name}": found for name, found in envelope.items() if isinstance(found, str)}
            attributes["traceparent"] = str(envelope.get("traceparent") or "")
            self._name_sender(attributes)
            _check(attributes)
            self._understand(attributes, _body(envelope))
        else:
            _check(attributes)
            self._understand(attributes, self.value)

    def _name_sender(self, told: Mapping[str, str]) -> None:
        """Who sent it, so far as it can be told, so that a storefront finds its own rejected events."""
        self.source, self.event_id, self.type = [_storable(told.get(name)) for name in ("ce_source", "ce_id", "ce_type")]

    def _understand(self, attributes: Mapping[str, str], body: bytes) -> None:
        if not all(map(attributes.get, _REQUIRED)):
            missing = [FieldProblem(name, "required", "is required") for name in _REQUIRED if not attributes.get(name)]
            raise Unreadable("malformed: " + "; ".join(f"{each.field}: is required" for each in missing), missing)
        if attributes.get("ce_specversion", "1.0") != "1.0":
            understood = "only 1.0 is understood"
            raise Unreadable(f"ce_specversion: {understood}", [FieldProblem("ce_specversion", "literal", understood)])
        kind = contract(self.topic, attributes["ce_type"])
        if kind is None:
            raise Undeclared(attributes["ce_type"])
        event = kind.read(body)
        stamp(event, event_id=attributes["ce_id"], source=attributes["ce_source"], traceparent=attributes.get("traceparent") or None)
        self.event = event


def _check(attributes: Mapping[str, str]) -> None:
    """What else travels with a record is nobody's business here."""
    if not _broken("".join(attributes.values())):
        return
    wrong = [FieldProblem(name, *broken) for name in _ATTRIBUTES if (broken := _broken(attributes.get(name, "")))]
    if wrong:
        raise Unreadable("malformed: " + "; ".join(f"{each.field}: {each.message}" for each in wrong), wrong)


def _storable(text: str | None) -> str | None:
    return text and text.replace("\0", _UNREADABLE)[:_LONGEST]


def _broken(text: str) -> tuple[str, str] | None:
    if _UNREADABLE in text:
        return "utf-8", "must be UTF-8"
    if "\0" in text:
        return "nul", "must not hold U+0000"
    return ("too-long", f"must not be longer than {_LONGEST}") if len(text) > _LONGEST else None


def _unfold(value: bytes) -> Mapping[str, object]:
    """Structured mode: attributes beside `data` (or `data_base64`), named as the headers of binary mode are without `ce_`."""
    try:
        envelope = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Unreadable("not JSON") from error
    if not isinstance(envelope, dict):
        raise Unreadable("a structured event is a JSON object")
    return envelope


def _body(envelope: Mapping[str, object]) -> bytes:
    if isinstance(envelope.get("data_base64"), str):
        try:
            return base64.b64decode(str(envelope["data_base64"]), validate=True)
        except binascii.Error as error:
            raise Unreadable("data_base64: is not base64", [FieldProblem("data_base64", "base64", "is not base64")]) from error
    if "data" not in envelope:
        raise Unreadable("data: is required", [FieldProblem("data", "required", "is required")])
    return orjson.dumps(envelope["data"])
