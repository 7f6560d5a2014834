import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

from shared.errors import FieldProblem, StaleVersion, Unprocessable, VersionMissing

_ENTITY_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
_LIST = re.compile(rf"\s*{_ENTITY_TAG}(?:\s*,\s*{_ENTITY_TAG})*\s*")
_TAG = re.compile(_ENTITY_TAG)


class MalformedIfMatch(Unprocessable):
    """Neither `*` nor a list of quoted entity tags."""


@dataclass(frozen=True, slots=True)
class Version:
    """The version a change was decided on; the repository checks it once it has found and locked the row. None: nothing was said."""

    tags: frozenset[str] | None

    def check(self, current: int) -> None:
        """VersionMissing (428) or StaleVersion (412) unless it is `current`, or `*`."""
        if self.tags is None:
            raise VersionMissing("say in If-Match which version this change was decided on")
        if "*" not in self.tags and etag(current) not in self.tags:
            raise StaleVersion(f"the version is {current} by now")


def etag(version: int) -> str:
    return f'"{version}"'


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description='The `ETag` it was decided on, as `"3"`; `*`: whatever it is now.',
            json_schema_extra={"pattern": rf"^(?:\s*\*\s*|{_LIST.pattern})$"},
        ),
    ] = None,
) -> Version:
    if if_match is None:
        return Version(None)
    if if_match.strip() == "*":
        return Version(frozenset("*"))
    if not _LIST.fullmatch(if_match):
        problem = FieldProblem("If-Match", "entity-tags", "must be * or a list of quoted entity tags")
        raise MalformedIfMatch("If-Match is malformed", [problem])
    return Version(frozenset(tag.removeprefix("W/") for tag in _TAG.findall(if_match)))


IfMatch = Annotated[Version, Depends(_if_match)]
