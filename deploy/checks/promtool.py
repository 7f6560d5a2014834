"""Prometheus's own tools: those on the PATH, else Debian's package, unpacked beside the local stack and never installed."""

import platform
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".local" / "tools" / "prometheus"


class Complaint(Exception):
    """What is wrong with a file under deploy/, or with the tool that reads it, for the person at the terminal."""


def tool(name: str) -> str:
    """`promtool` or `prometheus`; a Complaint that says where to get it if it cannot be had."""
    known = shutil.which(name) or shutil.which(name, path=TOOLS / "usr" / "bin")
    if known is None:
        _unpack()
        known = shutil.which(name, path=TOOLS / "usr" / "bin")
    if known is None:
        raise Complaint(f"{name} is not there; put a Prometheus of 2.42 or later on the PATH")
    return known


def promtool(*arguments: str) -> None:
    """A Complaint with what it says if it does not like what it is given."""
    ran = run(tool("promtool"), *arguments)
    if ran.returncode:
        raise Complaint((ran.stdout + ran.stderr).strip())


def run(*command: str, where: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)  # noqa: S603 - our own words and file names


def _unpack() -> None:
    """Debian signs what apt fetches. A bare machine knows of no packages before it asks for the list."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Complaint(f"no promtool, and {platform.system()} has no apt to get it with; put a Prometheus of 2.42 or later on the PATH")
    TOOLS.mkdir(parents=True, exist_ok=True)
    if run("apt-get", "download", "prometheus", where=TOOLS).returncode:
        run("apt-get", "update")
        if (failed := run("apt-get", "download", "prometheus", where=TOOLS)).returncode:
            raise Complaint(f"no promtool, and apt cannot download the package prometheus: {failed.stderr.strip()}")
    for package in TOOLS.glob("prometheus_*.deb"):
        run("dpkg-deb", "-x", str(package), str(TOOLS))
        package.unlink()
