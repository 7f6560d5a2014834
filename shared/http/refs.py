import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar, get_type_hints

from fastapi import Path

from shared.events.fields import GivenId, StoreId

R = TypeVar("R")


def path_ref(ref: type[R]) -> Callable[..., Awaitable[R]]:
    """A dependency that reads `ref`, a dataclass or NamedTuple of ids, from the path parameters of its fields' names.

    `OrderRef = Annotated[Order, Depends(path_ref(Order))]`; a text among the fields is an id given by the storefront.
    """

    async def from_path(**ids: object) -> R:
        return ref(**ids)

    hints = get_type_hints(ref, include_extras=True)
    from_path.__signature__ = inspect.Signature([_path_parameter(name, hint) for name, hint in hints.items()])  # type: ignore[attr-defined]
    return from_path


def _path_parameter(name: str, hint: object) -> inspect.Parameter:
    shape = (StoreId if name == "store_id" else GivenId) if hint is str else hint
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[shape, Path()])
