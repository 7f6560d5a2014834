"""In which of several forms a resource is answered."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import Header

from shared.errors import BusinessError

JSON = "application/json"
HTML = "text/html"


class NotAcceptable(BusinessError):
    """The caller takes none of the forms there are."""

    status = 406


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The one the caller likes best (RFC 9110), of equals the first; NotAcceptable when it takes none. Without a word it takes all."""
    ranges = [each for each in map(_range, (accept or "*/*").split(",")) if each is not None]
    liked = [(_quality(form, ranges), -position, form) for position, form in enumerate(offered)]
    quality, _, best = max(liked)
    if quality <= 0:
        raise NotAcceptable(f"there are only {', '.join(offered)}")
    return best


def accepting(*offered: str) -> Callable[..., Awaitable[str]]:
    """A dependency that answers with the form wanted: `Annotated[str, Depends(accepting(JSON, HTML))]`."""

    async def wanted(accept: Annotated[str | None, Header(include_in_schema=False)] = None) -> str:
        return preferred(accept, offered)

    return wanted


def _range(told: str) -> tuple[str, float] | None:
    """A media range and how much it is liked; None where it cannot be read."""
    name, *parameters = (part.strip().lower() for part in told.split(";"))
    kind, slash, subtype = name.partition("/")
    quality = next((value for key, _, value in (each.partition("=") for each in parameters) if key == "q"), "1")
    try:
        liked = float(quality)
    except ValueError:
        return None
    return (name, liked) if slash and kind and subtype and 0 <= liked <= 1 else None


def _quality(form: str, ranges: Sequence[tuple[str, float]]) -> float:
    """What names the form itself counts before what names its kind, and that before everything."""
    for name in (form, f"{form.partition('/')[0]}/*", "*/*"):
        found = [liked for told, liked in ranges if told == name]
        if found:
            return max(found)
    return 0
