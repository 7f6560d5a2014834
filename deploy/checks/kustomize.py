"""kustomize, built once from its Go module in the version that kubectl has inside, and what it renders.

A machine without Go gets that from the package index.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import yaml

from deploy.checks.manifests import Manifest
from deploy.local.children import ROOT

_MODULE = Path(__file__).parent / "tools"
_PACKAGE = "sigs.k8s.io/kustomize/kustomize/v5"
_TOOLS = ROOT / ".local" / "tools"
_OWN_GO = _TOOLS / "go"
_LEAST_GO = (1, 24)  # knows the `tool` lines of go.mod


class CannotRender(Exception):
    """kustomize refuses; its text is kustomize's own."""


def render(folder: Path) -> list[Manifest]:
    ended = subprocess.run([program(), "build", str(folder)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CannotRender(ended.stderr.strip())
    return [manifest for manifest in yaml.safe_load_all(ended.stdout) if manifest]


@cache
def program() -> str:
    locked = b"".join((_MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    built = _TOOLS / f"kustomize-{hashlib.sha256(locked).hexdigest()[:12]}"
    with _alone():
        if not built.exists():
            print("kefu: building kustomize; this is done once", file=sys.stderr, flush=True)
            coming = built.with_suffix(".coming")
            _build(coming)
            coming.rename(built)
    return str(built)


def _build(program: Path) -> None:
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false"}
    build = [go(), "-C", str(_MODULE), "build", "-o", str(program), _PACKAGE]
    ended = subprocess.run(build, env=environment, capture_output=True, text=True, check=False)
    shutil.rmtree(_OWN_GO, ignore_errors=True)
    if ended.returncode:
        raise CannotRender(f"kustomize could not be built: {ended.stderr.strip()}")


@contextmanager
def _alone() -> Iterator[None]:
    _TOOLS.mkdir(parents=True, exist_ok=True)
    with (_TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def go() -> str:
    """The machine's own if it is new enough."""
    found = shutil.which("go")
    if found and _version(found) >= _LEAST_GO:
        return found
    own = _OWN_GO / "go" / "bin" / "go"
    if not own.exists():
        uv = shutil.which("uv")
        install = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
        where = ["--target", str(_OWN_GO), "--require-hashes", "-r", str(ROOT / "requirements" / "go.txt")]
        subprocess.run([*install, "--quiet", *where], check=True)
    return str(own)


def _version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in said.strip().removeprefix("go").split(".")[:2] if part.isdigit())
