"""Writes what is generated from contracts and metrics (`make docs`). `--release` also keeps the schemas: later ones must keep to them."""

import argparse
import pkgutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import yaml

import services
from deploy.measured import metrics_markdown
from shared.events.documents import asyncapi, events_markdown, schema_files
from shared.events.registry import contracts
from shared.service import Service

ROOT = Path(__file__).resolve().parent.parent
RELEASED = Path("tests/contracts/released")
VERSION = "1.0.0"


def composed() -> dict[str, Service]:
    """Every service that exists, by its name."""
    names = [module.name for module in pkgutil.iter_modules(services.__path__) if find_spec(f"services.{module.name}.service")]
    return {name: import_module(f"services.{name}.service").service for name in names}


def generated() -> dict[Path, str]:
    """Every generated file below the project's root, with the text it should have."""
    listening = {name: service.events.heard for name, service in composed().items()}
    return {
        **{Path("docs/schemas") / name: text for name, text in schema_files().items()},
        Path("docs/asyncapi.yaml"): yaml.safe_dump(asyncapi(listening, VERSION), sort_keys=False, allow_unicode=True, width=140),
        Path("docs/events.md"): events_markdown(listening),
        Path("docs/metrics.md"): metrics_markdown(),
    }


def released() -> dict[Path, str]:
    """The schemas that outsiders may build on from now on."""
    return {RELEASED / f"{contract.name}.json": schema_files()[f"{contract.name}.json"] for contract in contracts() if not contract.draft}


def write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m deploy.documents", description=__doc__)
    arguments.add_argument("--release", action="store_true", help="after the compatibility test has passed")
    write(generated() | (released() if arguments.parse_args().release else {}))


if __name__ == "__main__":
    main()
