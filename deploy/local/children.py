"""Child processes that never outlive the process that started them."""

import asyncio
import contextlib
import ctypes
import os
import pwd
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class LocalStackError(Exception):
    """What a person at the terminal must know; shown as one line."""


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    user: pwd.struct_passwd | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """In a process group of its own, because Ctrl-C is the parent's to handle; gets `death_signal` when its parent is killed.

    Call it from a thread that stays: the thread is what the system takes for the parent.
    """
    parent = os.getpid()

    def die_with_parent() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:
                os._exit(1)

    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd="/" if user else ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - it calls into the system only, no lock is taken
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


async def stop(process: subprocess.Popen[bytes], sign: signal.Signals = signal.SIGTERM, *, within: float = 25.0) -> None:
    """Signal and wait; what is still there after `within` seconds is killed, its group with it."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(sign)
    with contextlib.suppress(TimeoutError):
        await until(lambda: process.poll() is not None, within=within)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


async def finished(process: subprocess.Popen[bytes]) -> int:
    """Its exit code, once it has ended."""
    while (code := process.poll()) is None:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.05)
    return code


async def together(*work: Awaitable[object]) -> None:
    """Side by side; the first failure ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(_awaited(each))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _awaited(work: Awaitable[object]) -> None:
    await work


async def until(holds: Callable[[], bool | Awaitable[bool]], *, within: float, pause: float = 0.03) -> None:
    """Wait until `holds()` is true; TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(pause)


def complaint(log: Path) -> str:
    """The line of a log that says best why its process ended."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    serious = [line for line in lines[-200:] if any(word in line for word in ("FATAL", "PANIC", "ERROR", "Error", "Exception"))]
    return (serious or lines or ["it said nothing"])[-1]


_given: set[int] = set()


def free_port() -> int:
    """Below the ports that clients are given, and never the same twice, so that a stopped server finds its port free again."""
    ports = (random.randrange(15_000, 32_000) for _ in range(1000))  # noqa: S311
    port = next(port for port in ports if port not in _given and port_is_free(port))
    _given.add(port)
    return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
