"""Removes the local stack's data and what tools left; the environment stays. Needs nothing but Python."""

import fcntl
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFTOVERS = (".local", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache")


def clean() -> None:
    lock = ROOT / ".local" / "lock"
    if lock.exists():
        with lock.open() as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.exit("kefu: the stack is running; stop it first (Ctrl-C where `make up` runs)")
    for name in LEFTOVERS:
        shutil.rmtree(ROOT / name, ignore_errors=True)


if __name__ == "__main__":
    clean()
