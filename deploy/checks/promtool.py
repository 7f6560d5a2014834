"""Prometheus's own tools: those on the PATH, else Debian's package, unpacked beside the local stack and never installed."""

import platform
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from deploy.local.children import ROOT

_TOOLS = ROOT / ".local" / "tools" / "prometheus"
_BIN = _TOOLS / "usr" / "bin"
_ELSE = "put a Prometheus of 2.42 or later on the PATH"


class Complaint(Exception):
    """What is wrong with a file under deploy/, or with the tool that reads it, for the person at the terminal."""


def tool(name: str) -> str:
    """`promtool` or `prometheus`; a Complaint that says where to get it if it cannot be had."""
    if (known := shutil.which(name) or shutil.which(name, path=_BIN)) is not None:
        return known
    _unpack()
    return str(_BIN / name)


def promtool(*arguments: str) -> None:
    """A Complaint with what it says if it does not like what it is given."""
    ran = _run(tool("promtool"), *arguments)
    if ran.returncode:
        raise Complaint((ran.stdout + ran.stderr).strip())


def _unpack() -> None:
    """Debian signs what apt fetches. A bare machine knows of no packages before it asks for the list."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Complaint(f"no promtool, and {platform.system()} has no apt to get it with; {_ELSE}")
    _TOOLS.parent.mkdir(parents=True, exist_ok=True)
    coming = Path(tempfile.mkdtemp(dir=_TOOLS.parent))
    if _run("apt-get", "download", "prometheus", where=coming).returncode:
        _run("apt-get", "update")
        if (failed := _run("apt-get", "download", "prometheus", where=coming)).returncode:
            raise Complaint(f"no promtool, and apt cannot download the package prometheus; {_ELSE}: {failed.stderr.strip()}")
    for package in coming.glob("prometheus_*.deb"):
        _run("dpkg-deb", "-x", str(package), str(coming))
        package.unlink()
    with suppress(OSError):  # somebody else was faster
        coming.rename(_TOOLS)
    shutil.rmtree(coming, ignore_errors=True)


def _run(*command: str, where: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
