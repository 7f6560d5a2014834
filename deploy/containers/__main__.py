"""`python -m deploy.containers image|up|down`: the image, the same with the programs of outsiders, and the stack of deploy/compose.yaml."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence

import httpx

from deploy.containers.issuer import SERVICES
from deploy.local.children import ROOT

IMAGE = os.environ.get("KEFU_IMAGE", "kefu:local")
OUTSIDERS = os.environ.get("KEFU_OUTSIDERS_IMAGE", "kefu-outsiders:local")
_FILE = ROOT / "deploy" / "compose.yaml"
_UP_WITHIN = 180.0
_BUILD_ARGUMENTS = ("PYTHON_IMAGE", "PIP_INDEX_URL", "PIP_TRUSTED_HOST")


def images() -> None:
    """Of what is here; their version is git's."""
    _build(IMAGE, "kefu")
    _build(OUTSIDERS, "outsiders")


def _build(tag: str, target: str) -> None:
    version, revision = _said(["git", "describe", "--tags", "--always", "--dirty"]), _said(["git", "rev-parse", "HEAD"])
    given = {name: os.environ[name] for name in _BUILD_ARGUMENTS if os.environ.get(name)}
    given |= {"VERSION": version, "REVISION": revision}
    arguments = [part for name, value in given.items() for part in ("--build-arg", f"{name}={value}")]
    # the machine's own way to the package registry
    _run(["docker", "build", "--network", "host", "--target", target, "--tag", tag, *arguments, str(ROOT)])


def up(*, shop: bool) -> None:
    compose = _compose(shop=shop)
    images()
    _run([*compose, "up", "--detach"])
    for port in SERVICES.values():
        _until_it_answers(f"http://127.0.0.1:{port}/healthz/ready")
    state = json.loads(_said([*compose, "exec", "-T", "issuer", "cat", "/state/stack.json"]))
    print("\nkafka       127.0.0.1:9094")
    for name, port in SERVICES.items():
        print(f"{name:<11} http://127.0.0.1:{port}/docs")
    for role, token in state["tokens"].items():
        print(f"\n{role}\n{token}")


def down() -> None:
    _run([*_compose(shop=True), "down", "--volumes"])


def _until_it_answers(address: str) -> None:
    deadline = time.monotonic() + _UP_WITHIN
    while not _answers(address):
        if time.monotonic() > deadline:
            sys.exit(f"kefu: {address} does not answer after {_UP_WITHIN:.0f} s; docker ps and docker logs tell why")
        time.sleep(0.5)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=4, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _compose(*, shop: bool) -> list[str]:
    """The program of its own, else the engine's plug-in."""
    own = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    if subprocess.run([*own, "version"], check=False, capture_output=True).returncode:
        sys.exit("kefu: docker has no compose here: install docker-compose, or docker's compose plug-in")
    return [*own, "--project-name", "kefu", "--file", str(_FILE), *(["--profile", "shop"] if shop else [])]


def _said(command: Sequence[str]) -> str:
    return _run(command, stdout=subprocess.PIPE).stdout.strip()


def _run(command: Sequence[str], stdout: int | None = None) -> subprocess.CompletedProcess[str]:
    """Where it fails it has said why."""
    try:
        ended = subprocess.run(command, cwd=ROOT, check=False, stdout=stdout, text=True)
    except FileNotFoundError:
        sys.exit(f"kefu: {command[0]} is not installed")
    if ended.returncode:
        sys.exit(ended.returncode)
    return ended


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m deploy.containers", description=__doc__)
    options.add_argument("what", choices=["image", "up", "down"])
    options.add_argument("--shop", action="store_true", help="with programs that stand for everyone outside")
    asked = options.parse_args()
    if asked.what == "image":
        images()
    elif asked.what == "up":
        up(shop=asked.shop)
    else:
        down()
