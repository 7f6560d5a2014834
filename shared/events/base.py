from functools import cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic_core import PydanticCustomError, from_json

from shared.events.malformed import Malformed, holds_nul, nul_problem, problems


class Envelope(NamedTuple):
    """`event_id` and `source` tell a repetition; `traceparent` is the trace that what the event causes joins."""

    event_id: str | None
    source: str | None
    traceparent: str | None


_NO_ENVELOPE = Envelope(None, None, None)


class Part(BaseModel):
    """A piece of an event. What it does not know it ignores, so that a sender may add fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", serialize_by_alias=True, revalidate_instances="never")


class Event(Part):
    """One fact, said once and never changed. Its family gives topic and key; its docstring is the promise to listeners."""

    topic: ClassVar[str]
    key_fields: ClassVar[tuple[str, ...]]
    said_by: ClassVar[str]
    heard_outside_by: ClassVar[tuple[str, ...]] = ()
    name: ClassVar[str]
    draft: ClassVar[bool] = False
    example: ClassVar[dict[str, JsonValue]]

    # A slot and no private attribute of pydantic's: that one would cost a call into Python for every event read.
    __slots__ = ("_envelope",)
    if TYPE_CHECKING:
        _envelope: Envelope

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """From the JSON of a record's value. Malformed names every field that is not as the contract says."""
        if holds_nul(raw):
            raise Malformed([nul_problem(_parsed(raw), known_names(cls))])
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            raise Malformed(problems(error)) from None

    def json_bytes(self) -> bytes:
        """As it goes on the wire."""
        return self.__pydantic_serializer__.to_json(self)

    @property
    def key(self) -> str:
        """The record key: all that happens to one aggregate stays in order."""
        return "/".join([str(getattr(self, field)) for field in self.key_fields])

    @property
    def subject(self) -> str:
        """The aggregate's id, as `ce_subject` says it."""
        return str(getattr(self, self.key_fields[-1]))

    @property
    def sequence(self) -> int:
        """The aggregate's version; 1 where it is said once and never again."""
        return getattr(self, "version", 1)

    @property
    def envelope(self) -> Envelope:
        """What the record it was read from said about it; of an event that is yet to be said, nothing."""
        return getattr(self, "_envelope", _NO_ENVELOPE)

    @property
    def event_id(self) -> str | None:
        return self.envelope.event_id

    @property
    def source(self) -> str | None:
        return self.envelope.source

    @property
    def traceparent(self) -> str | None:
        return self.envelope.traceparent


def stamp(event: Event, *, event_id: str, source: str, traceparent: str | None) -> None:
    """The decoder's: what the envelope said about this event."""
    object.__setattr__(event, "_envelope", Envelope(event_id, source, traceparent))


def broken(rule: str, field: str, message: str) -> PydanticCustomError:
    """A rule over several fields of a contract; `field` is the offending one, seen from the class that raises it."""
    return PydanticCustomError("event", message, {"rule": rule, "field": field})


@cache
def known_names(contract: type[Part]) -> frozenset[str]:
    """Every name of a field the contract has, on any level."""
    schema = contract.model_json_schema()
    shapes = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for shape in shapes for name in shape.get("properties", {}))


def _parsed(raw: bytes) -> object:
    try:
        return from_json(raw)
    except ValueError:
        return None
