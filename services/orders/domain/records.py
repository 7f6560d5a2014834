"""Frozen records that are cheap to change: every event of the hot path makes several."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, overload


class _Frozen(Protocol):
    __dict__: dict[str, object]


F = TypeVar("F", bound=_Frozen)
R = TypeVar("R")
V = TypeVar("V")
_WORKED_OUT: defaultdict[type[object], list[str]] = defaultdict(list)


def changed(record: F, **changes: object) -> F:
    """What dataclasses.replace does, in a tenth of the time. What was worked out from the fields is worked out anew."""
    copy = object.__new__(type(record))
    fields = copy.__dict__
    fields.update(record.__dict__)
    for name in _WORKED_OUT[type(record)]:
        fields.pop(name, None)
    fields.update(changes)
    return copy


class worked_out(Generic[R, V]):  # noqa: N801 - used like property
    """Worked out when it is first asked for. functools.cached_property takes a lock for that, which costs more than most answers."""

    def __init__(self, work_out: Callable[[R], V]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type[R], name: str) -> None:
        self._name = name
        _WORKED_OUT[owner].append(name)

    @overload
    def __get__(self, record: None, owner: type[R]) -> "worked_out[R, V]": ...
    @overload
    def __get__(self, record: R, owner: type[R]) -> V: ...
    def __get__(self, record: R | None, owner: type[R]) -> Any:
        if record is None:
            return self
        value = record.__dict__[self._name] = self._work_out(record)
        return value
