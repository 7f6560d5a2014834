from typing import TYPE_CHECKING

from pydantic import JsonValue
from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic_core import core_schema

    from shared.events.base import Event


class _WithoutFieldTitles(GenerateJsonSchema):
    """A title that only repeats the field's name says nothing."""

    def field_title_should_be_set(self, schema: "core_schema.CoreSchema | core_schema.ModelField | core_schema.SerSchema") -> bool:  # noqa: ARG002
        return False


def json_schema(contract: type["Event"]) -> dict[str, JsonValue]:
    """A document of its own (draft 2020-12): what a listener may rely on, and what a sender must keep to."""
    schema = contract.model_json_schema(schema_generator=_WithoutFieldTitles) | {"title": contract.name}
    shapes: dict[str, JsonValue] = {}
    for name, shape in schema.pop("$defs", {}).items():
        shapes[name] = {key: _by_name(part, shapes) for key, part in shape.items()}
    body = {key: _by_name(part, shapes) for key, part in schema.items()}
    head = {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"/schemas/{contract.name}.json"}
    return head | body | ({"$defs": dict(sorted(shapes.items()))} if shapes else {})


def _by_name(part: JsonValue, shapes: dict[str, JsonValue]) -> JsonValue:
    """What has a title (money, ids, times) is described once per document instead of wherever it is used."""
    if isinstance(part, list):
        return [_by_name(inner, shapes) for inner in part]
    if not isinstance(part, dict):
        return part
    if isinstance(title := part.get("title"), str):
        own = ("default", "description") if title == "Money" else ("default",)
        shapes.setdefault(title, {key: value for key, value in part.items() if key not in own})
        return {"$ref": f"#/$defs/{title}"} | {key: part[key] for key in own if key in part}
    return {key: _by_name(inner, shapes) for key, inner in part.items()}
