"""Makes `.venv` what requirements/ says. Needs nothing but Python, because it runs before anything is installed."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".made-for"
REQUIREMENTS = ROOT / "requirements" / "dev.txt"
LOCKS = (REQUIREMENTS, ROOT / "requirements" / "kafka.txt")
LEAST = (3, 11)
_ON_A_TERMINAL = sys.stdout.isatty()


def make() -> None:
    """At once when it has been made for these very requirements before."""
    wanted = _wanted()
    if STAMP.exists() and STAMP.read_text() == wanted and PYTHON.exists():
        return
    if sys.version_info < LEAST:
        sys.exit(f"kefu: Python {LEAST[0]}.{LEAST[1]} or newer is needed, this is {sys.version.split()[0]} (make PYTHON=…)")
    uv = shutil.which("uv")
    print(f"kefu: making the environment with {'uv' if uv else 'venv and pip'}; this is done once", flush=True)
    _make_with_uv(uv) if uv else _make_with_pip()
    print("kefu: fetching Kafka", flush=True)
    if subprocess.run([PYTHON, "-m", "deploy.local.jars"], cwd=ROOT, check=False).returncode != 0:
        sys.exit(1)
    STAMP.write_text(wanted)


def _wanted() -> str:
    locks = hashlib.sha256(b"".join(lock.read_bytes() for lock in LOCKS)).hexdigest()
    return f"{locks} {sys.version_info.major}.{sys.version_info.minor} {VENV}\n"


def _make_with_uv(uv: str) -> None:
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)])
    _run([uv, "pip", "install", "--python", str(PYTHON), "--require-hashes", "-r", str(REQUIREMENTS)], counts="+")


def _make_with_pip() -> None:
    if not _fits():
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    _run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)], counts="Collecting ")


def _fits() -> bool:
    """A half-made environment of this Python at this place is gone on with."""
    home = VENV / "pyvenv.cfg"
    return PYTHON.exists() and (VENV / "bin" / "pip").exists() and f"version = {sys.version.split()[0]}" in home.read_text()


def _run(command: list[str], counts: str | None = None) -> None:
    """Show how far it is; what it says is shown only when it fails, and then its last complaint in one line."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "", "VIRTUAL_ENV": ""}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as running:
        said = _follow(running.stdout or (), counts)
    if running.returncode != 0:
        sys.exit(f"kefu: the environment could not be made: {_complaint(said)}")


def _complaint(said: list[str]) -> str:
    if any("connection" in line.lower() or "name resolution" in line.lower() for line in said):
        return "the download failed, there is no connection to the package index"
    if any("No space left" in line for line in said):
        return "the disk is full"
    return next((line.strip() for line in said if "error" in line.lower()), said[-1].strip() if said else "no reason given")


def _follow(lines: Iterable[str], counts: str | None) -> list[str]:
    said, done = [], 0
    total = sum("==" in line for line in REQUIREMENTS.read_text().splitlines() if not line.startswith((" ", "#")))
    for line in lines:
        said.append(line)
        if counts and line.strip().startswith(counts):
            done += 1
            if _ON_A_TERMINAL:
                print(f"\r\x1b[K  {done} of about {total} packages: {line.split()[1]}", end="", flush=True)
            elif done % 25 == 0:
                print(f"  {done} of about {total} packages", flush=True)
    if counts and _ON_A_TERMINAL:
        print("\r\x1b[K", end="", flush=True)
    return said


if __name__ == "__main__":
    try:
        make()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as problem:
        sys.exit(f"kefu: the environment could not be made: {problem}")
