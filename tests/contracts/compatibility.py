"""Whether what was written by an older schema can still be read by a newer one. It knows the words our generator writes.
Any other word that changed counts as a break, because nobody can tell."""

from collections.abc import Iterator

Schema = dict[str, object]

_NEVER_LESS = ("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties")
_NEVER_MORE = ("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties")
_ONLY_DROPPED = ("pattern", "format", "uniqueItems")
_COMPARED = {"type", "enum", "const", "anyOf", "$ref", "properties", "required", "items", "additionalProperties", "propertyNames"}
_SAYS_NOTHING = {"$schema", "$id", "$defs", "title", "description", "default", "examples"}
_KNOWN = {*_NEVER_LESS, *_NEVER_MORE, *_ONLY_DROPPED, *_COMPARED, *_SAYS_NOTHING}


def breaks(old: Schema, new: Schema) -> list[str]:
    """What a text that follows `old` may run into under `new`: a removed, retyped, narrowed or newly required field, by its path."""
    return list(_Comparison(old, new).node(old, new, ""))


def loosened(old: Schema, new: Schema) -> list[str]:
    """What a listener who trusts `old` may meet in a text that follows `new`: another type, or nothing where there always was something."""
    return list(_Comparison(old, new).promise(old, new, ""))


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def node(self, old: object, new: object, path: str) -> Iterator[str]:
        accepted = list(_alternatives(new, self._new))
        for written in _alternatives(old, self._old):
            fitting = [list(self._within(written, form, path)) for form in accepted if _type_fits(written, form)]
            if not fitting:
                yield f"{path or 'the event'} was retyped: {written.get('type', 'anything')} is not accepted any more"
            else:
                yield from min(fitting, key=len)

    def promise(self, old: object, new: object, path: str) -> Iterator[str]:
        before = {form.get("type"): form for form in _alternatives(old, self._old)}
        after = {form.get("type"): form for form in _alternatives(new, self._new)}
        if None not in before:
            yield from sorted(f"{path} may be {kind or 'anything'} now" for kind in after.keys() - before.keys())
        for kind in before.keys() & after.keys():
            yield from self._fields_promised(before[kind], after[kind], path)

    def _fields_promised(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = _mapping(old.get("properties")), _mapping(new.get("properties"))
        yield from (f"{_below(path, name)} may be left out now" for name in sorted(_names(old) - _names(new)))
        for name in before.keys() & after.keys():
            yield from self.promise(before[name], after[name], _below(path, name))
        if "items" in old and "items" in new:
            yield from self.promise(old["items"], new["items"], f"{path}[]")

    def _within(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        yield from _values(old, new, path)
        yield from _limits(old, new, path)
        yield from self._fields(old, new, path)
        for word in ("items", "additionalProperties", "propertyNames"):
            if word in new:
                yield from self.node(old.get(word, True), new[word], f"{path}[]" if word == "items" else f"{path}{{}}")
        yield from (f"{path} was narrowed: {word}" for word in sorted(new.keys() - _KNOWN) if old.get(word) != new[word])

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = _mapping(old.get("properties")), _mapping(new.get("properties"))
        for name, shape in before.items():
            if name in after:
                yield from self.node(shape, after[name], _below(path, name))
            else:
                yield f"{_below(path, name)} was removed"
        required = _names(new) - _names(old)
        yield from (f"{_below(path, name)} is newly required" for name in sorted(required))


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    allowed = _allowed(new)
    if allowed is None:
        return
    before = _allowed(old)
    if before is None or any(value not in allowed for value in before):
        yield f"{path} was narrowed: not every value is allowed any more"


def _limits(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for word in (*_NEVER_LESS, *_NEVER_MORE):
        if word in new and not _reaches(old.get(word), new[word], upper=word in _NEVER_LESS):
            yield f"{path} was narrowed: {word}"
    yield from (f"{path} was narrowed: {word}" for word in _ONLY_DROPPED if word in new and old.get(word) != new[word])


def _reaches(before: object, after: object, *, upper: bool) -> bool:
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return False
    return after >= before if upper else after <= before


def _allowed(schema: Schema) -> list[object] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else None


def _type_fits(old: Schema, new: Schema) -> bool:
    return "type" not in new or old.get("type") == new["type"] or (old.get("type"), new["type"]) == ("integer", "number")


def _alternatives(node: object, root: Schema) -> Iterator[Schema]:
    """The forms a value may have, each with one type: references followed, choices and lists of types taken apart."""
    if node is False:
        return
    if not isinstance(node, dict):
        yield {}
    elif "$ref" in node:
        name = str(node["$ref"]).removeprefix("#/$defs/")
        yield from _alternatives(_mapping(root["$defs"])[name], root)
    elif "anyOf" in node:
        for choice in node["anyOf"]:
            yield from _alternatives(choice, root)
    elif isinstance(node.get("type"), list):
        yield from ({**node, "type": one} for one in node["type"])
    else:
        yield node


def _mapping(value: object) -> Schema:
    return value if isinstance(value, dict) else {}


def _names(schema: Schema) -> set[str]:
    required = schema.get("required", [])
    return set(required) if isinstance(required, list) else set()


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
