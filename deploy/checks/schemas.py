"""Whether a manifest is what its kind's schema says, with no field that the schema does not know.

The schemas in schemas/ are made by `python -m deploy.checks.collecting`.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from deploy.checks.manifests import Manifest, title

FOLDER = Path(__file__).parent / "schemas"


def misfits(manifests: list[Manifest]) -> Iterator[str]:
    for manifest in manifests:
        yield from (f"{title(manifest)}: {wrong}" for wrong in _wrong(manifest))


def _wrong(manifest: Manifest) -> Iterator[str]:
    validator = _validator(f"{manifest['apiVersion']} {manifest['kind']}")
    if validator is None:
        yield f"there is no schema of {manifest['apiVersion']}"
        return
    for error in validator.iter_errors(manifest):
        yield f"{error.json_path.removeprefix('$.')}: {error.message}"


@cache
def _validator(kind: str) -> Draft202012Validator | None:
    known = _known()
    if kind not in known["kinds"]:
        return None
    return Draft202012Validator({"$ref": f"#/definitions/{known['kinds'][kind]}", "definitions": known["definitions"]})


@cache
def _known() -> dict[str, dict[str, Any]]:
    files = [json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))]
    return {part: {name: each for file in files for name, each in file[part].items()} for part in ("kinds", "definitions")}
