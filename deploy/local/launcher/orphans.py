"""Processes of the stack whose state is in a directory, known by a mark in their environment."""

import os
from pathlib import Path

import psutil

MARK = "KEFU_STACK_OF"


def marked(state: Path) -> dict[str, str]:
    """What a process of this stack has in its environment."""
    return {MARK: str(state)}


def members(state: Path) -> list[psutil.Process]:
    """All that run, servers included."""
    return [process for process in psutil.process_iter() if _is_of(state, process)]


def end(state: Path, *, hard: bool = False) -> None:
    """End what a launcher that was killed has left; `hard` does not ask first."""
    left = [process for process in members(state) if process.pid != os.getpid()]
    for process in left:
        _signal(process, hard=hard)
    _, stubborn = psutil.wait_procs(left, timeout=0 if hard else 10)
    for process in stubborn:
        _signal(process, hard=True)
    psutil.wait_procs(stubborn, timeout=5)


def _is_of(state: Path, process: psutil.Process) -> bool:
    try:
        return process.environ().get(MARK) == str(state)
    except (psutil.Error, OSError):
        return False


def _signal(process: psutil.Process, *, hard: bool) -> None:
    try:
        process.kill() if hard else process.terminate()
    except psutil.NoSuchProcess:
        return
