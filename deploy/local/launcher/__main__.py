"""`make up`: the whole stack on this machine, until Ctrl-C."""

import asyncio
import ctypes
import errno
import fcntl
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from deploy.local.children import PR_SET_PDEATHSIG, LocalStackError
from deploy.local.launcher import orphans
from deploy.local.launcher.settings import ADDRESSES, STATE
from deploy.local.launcher.stack import run
from deploy.local.launcher.view import view_for

LEAST_SPACE = 500_000_000


def main() -> int:
    # its complaints about a broker that is starting would end up in the middle of the view
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        with _the_only_one():
            ADDRESSES.unlink(missing_ok=True)
            _check_space()
            orphans.end(STATE)
            asyncio.run(_until_told_to_stop())
    except LocalStackError as problem:
        print(f"kefu: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"kefu: {'the disk is full' if problem.errno == errno.ENOSPC else problem}", file=sys.stderr)
        return 1
    return 0


async def _until_told_to_stop() -> None:
    """The first signal takes the stack down in order, the second at once."""
    running = asyncio.create_task(run(view_for(sys.stdout), demo=os.environ.get("DEMO", "1") != "0"))
    told: list[int] = []

    def stop(sign: int) -> None:
        told.append(sign)
        if len(told) == 1:
            running.cancel()
        else:
            orphans.end(STATE, hard=True)

    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(sign, stop, sign)
    _die_with_make()
    try:
        await running
    except asyncio.CancelledError:
        if not told:
            raise


@contextmanager
def _the_only_one() -> Iterator[None]:
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalStackError(f"a stack is running here already (process {_holder(lock)}); one at a time") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read().strip() or "unknown"


def _check_space() -> None:
    free = shutil.disk_usage(STATE).free
    if free < LEAST_SPACE:
        raise LocalStackError(f"the disk is full: {free // 1_000_000} MB are free, the stack needs {LEAST_SPACE // 1_000_000} MB")


def _die_with_make() -> None:
    """Where make itself is killed there is nobody left to press Ctrl-C."""
    if sys.platform == "linux" and "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
