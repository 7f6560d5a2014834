"""`python -m deploy.checks.collecting`: schemas/ from the Go modules and the Maven package of the projects whose kinds are used here.

Needs Go and Maven. What is not said about a value's shape is left out, and every object is closed that the project did not leave open.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from deploy.checks.combinations import combinations
from deploy.checks.kustomize import go, render
from deploy.checks.schemas import FOLDER

KUBERNETES = ("k8s.io/kubernetes", "v1.34.4")
MODULES = {
    "cloudnative-pg": ("github.com/cloudnative-pg/cloudnative-pg", "v1.29.0", "config/crd/bases"),
    "gateway-api": ("sigs.k8s.io/gateway-api", "v1.4.1", "config/crd/standard"),
    "keda": ("github.com/kedacore/keda/v2", "v2.20.2", "config/crd/bases"),
    "prometheus-operator": ("github.com/prometheus-operator/prometheus-operator", "v0.85.0", "example/prometheus-operator-crd"),
}
STRIMZI = Path(__file__).parent / "schemas" / "strimzi.pom.xml"
_PLUGIN = "com.github.victools:jsonschema-maven-plugin:4.38.0:generate"

_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_SAYS_NOTHING_OF_SHAPE = {"description", "default", "format", "example", "title"}

Schema = dict[str, Any]
Found = tuple[dict[str, str], dict[str, Schema]]
Kind = tuple[str, str]


def main() -> None:
    with combinations() as folders:
        wanted = {(each["apiVersion"], each["kind"]) for folder in folders.values() for each in render(folder)}
    _write("kubernetes", " ".join(KUBERNETES), _kubernetes(wanted))
    for name, (module, version, folder) in MODULES.items():
        _write(name, f"{module} {version}", _custom(wanted, _source(module, version) / folder))
    _write("strimzi", f"io.strimzi:api {_strimzi_version()}", _strimzi(wanted))


def _write(name: str, source: str, found: Found) -> None:
    kinds, definitions = found
    parts = [f'"$comment": {json.dumps(source)}', _part("kinds", kinds), _part("definitions", definitions)]
    (FOLDER / f"{name}.json").write_text("{" + ",\n".join(parts) + "}\n")
    print(f"{name}: {len(kinds)} kinds of {source}")


def _part(name: str, values: Mapping[str, object]) -> str:
    """A line each."""
    return f'"{name}": {{\n' + ",\n".join(f"{json.dumps(key)}: {json.dumps(values[key])}" for key in sorted(values)) + "\n}"


def _source(module: str, version: str) -> Path:
    said = subprocess.run([go(), "mod", "download", "-json", f"{module}@{version}"], check=True, capture_output=True, text=True).stdout
    return Path(json.loads(said)["Dir"])


def _kubernetes(wanted: AbstractSet[Kind]) -> Found:
    every: dict[str, Schema] = {}
    for file in (_source(*KUBERNETES) / "api" / "openapi-spec" / "v3").glob("*_openapi.json"):
        every |= json.loads(file.read_text()).get("components", {}).get("schemas", {})
    kinds = {" ".join(kind): name for name, schema in every.items() for kind in _kinds_of(schema) if kind in wanted}
    return kinds, {name: _closed(every[name]) for name in _reached(every, {*kinds.values(), _META})}


def _kinds_of(schema: Schema) -> Iterator[Kind]:
    for each in schema.get("x-kubernetes-group-version-kind", ()):
        yield (f"{each['group']}/{each['version']}" if each["group"] else each["version"]), each["kind"]


def _reached(every: dict[str, Schema], names: set[str]) -> set[str]:
    """The names, and all that their schemas refer to."""
    reached: set[str] = set()
    while names:
        reached |= names
        names = {reference for name in names for reference in _references(every[name])} - reached
    return reached


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.rsplit("/", 1)[1]
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _custom(wanted: AbstractSet[Kind], folder: Path) -> Found:
    kinds, definitions = {}, {}
    for spec in _custom_kinds(folder, {kind for _, kind in wanted}):
        for version in spec["versions"]:
            kind = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
            if kind in wanted:
                name = kinds[" ".join(kind)] = ".".join((spec["group"], version["name"], kind[1]))
                definitions[name] = _resource(_closed(version["schema"]["openAPIV3Schema"]))
    return kinds, definitions


def _custom_kinds(folder: Path, kinds: AbstractSet[str]) -> Iterator[Schema]:
    """Others are not read: not all of them are YAML 1.1."""
    for text in (file.read_text() for file in sorted(folder.glob("*.yaml"))):
        if any(f"\n    kind: {kind}\n" in text for kind in kinds):
            yield from (each["spec"] for each in yaml.safe_load_all(text) if each)


def _resource(schema: Schema) -> Schema:
    """A custom resource's metadata is every resource's."""
    schema["properties"]["metadata"] = {"$ref": f"#/definitions/{_META}"}
    schema["properties"].pop("status", None)
    return schema


def _closed(schema: Schema) -> Schema:
    """OpenAPI's as JSON Schema has it, without text."""
    kept = {name: each for name, each in schema.items() if name not in _SAYS_NOTHING_OF_SHAPE and not name.startswith("x-")}
    closed = {name: _closed_part(name, each) for name, each in kept.items()}
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    if closed.pop("nullable", False) and "type" in closed:
        closed["type"] = [closed["type"], "null"]
    if "properties" in closed and not schema.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    return closed


def _closed_part(name: str, part: Any) -> Any:
    match name:
        case "properties" | "definitions":
            return {field: _closed(each) for field, each in part.items()}
        case "items" | "additionalProperties" | "not" if isinstance(part, dict):
            return _closed(part)
        case "allOf" | "anyOf" | "oneOf":
            return [_closed(each) for each in part]
        case "$ref":
            return f"#/definitions/{part.rsplit('/', 1)[1]}"
        case _:
            return part


def _strimzi(wanted: AbstractSet[Kind]) -> Found:
    """Of its Java classes: Strimzi publishes no other form of them as a package."""
    with TemporaryDirectory() as folder:
        shutil.copy(STRIMZI, Path(folder) / "pom.xml")
        subprocess.run(
            [shutil.which("mvn") or "mvn", "--batch-mode", "--quiet", "compile", _PLUGIN], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        made = {file.name.removesuffix("-schema.json"): json.loads(file.read_text()) for file in (Path(folder) / "target").glob("*.json")}
    definitions: dict[str, Schema] = {}
    kinds = {}
    for version, kind in sorted(wanted):
        if version.startswith("kafka.strimzi.io/"):
            parts = made[kind].pop("definitions")
            definitions |= {f"{kind}.{name}": _prefixed(kind, _merged(each, parts)) for name, each in parts.items()}
            definitions[kind] = _resource(_prefixed(kind, made[kind]))
            kinds[f"{version} {kind}"] = kind
    reached = _reached(definitions | {_META: {}}, set(kinds.values())) - {_META}
    return kinds, {name: definitions[name] for name in reached}


def _merged(schema: Schema, parts: dict[str, Schema]) -> Schema:
    """A subclass comes as its own fields and, apart, the field that tells it from others: two closed halves that fit nothing."""
    halves = schema.get("allOf", ())
    if len(halves) != 2 or "$ref" not in halves[0]:  # noqa: PLR2004
        return schema
    own, telling = parts[halves[0]["$ref"].rsplit("/", 1)[1]], halves[1]
    return {**own, "properties": own.get("properties", {}) | telling["properties"], "required": telling["required"]}


def _prefixed(kind: str, schema: Schema) -> Schema:
    text = json.dumps(schema).replace("#/definitions/", f"#/definitions/{kind}.")
    prefixed: Schema = json.loads(text)
    return prefixed


def _strimzi_version() -> str:
    found = re.search(r"<artifactId>api</artifactId>\s*<version>([^<]+)", STRIMZI.read_text())
    assert found
    return found[1]


if __name__ == "__main__":
    main()
