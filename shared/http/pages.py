"""Keyset pages: a list goes on after the last row that was seen, however many rows were added meanwhile."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Generic, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel, Field, TypeAdapter

from shared.errors import FieldProblem, Unprocessable
from shared.events.malformed import holds_nul

T = TypeVar("T")
Row = TypeVar("Row")
Key = TypeVar("Key")


class MalformedCursor(Unprocessable):
    """Not a cursor this list gave."""


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: Annotated[str | None, Field(description="Send it as `cursor` for the following page; null on the last one.")]


@dataclass(frozen=True, slots=True)
class PageWanted:
    """What the caller asked for. Read `limit + 1` rows after `after(…)`, then answer with `page(…)`."""

    limit: int
    cursor: str | None

    def after(self, shape: type[Key]) -> Key | None:
        """The sort key of the last row seen, such as `tuple[Moment, str]`; None on the first page."""
        return None if self.cursor is None else _decoded(self.cursor, shape)

    def page(self, rows: Sequence[Row], *, key: Callable[[Row], tuple[object, ...]], item: Callable[[Row], T]) -> Page[T]:
        """`rows` may be one more than `limit`: that there is a next page is all it says."""
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        return Page(items=[item(row) for row in shown], next=_encoded(key(shown[-1])) if more else None)


async def _page_wanted(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="The `next` of the page before.")] = None,
) -> PageWanted:
    return PageWanted(limit, cursor)


Paging = Annotated[PageWanted, Depends(_page_wanted)]


def _encoded(key: tuple[object, ...]) -> str:
    # an id that asyncpg read is of a class of its own, which orjson does not know
    return urlsafe_b64encode(orjson.dumps(key, default=str)).decode().rstrip("=")


def _decoded(cursor: str, shape: type[Key]) -> Key:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key: Key = _shape(shape).validate_python(None if holds_nul(text) else orjson.loads(text))  # type: ignore[arg-type]
    except ValueError:
        problem = FieldProblem("cursor", "cursor", "must be the next of a page of this list")
        raise MalformedCursor("the cursor is malformed", [problem]) from None
    return key


@cache
def _shape(shape: type[Key]) -> TypeAdapter[Key]:
    return TypeAdapter(shape)
