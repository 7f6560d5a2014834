"""Starts processes and starts them again when they die."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.local.children import LocalStackError, complaint, finished, spawn, stop

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 1.0
SETTLED_AFTER = 10.0
HOPELESS_AFTER = 4


@dataclass
class Supervised:
    """One process: `python -m` with these arguments. `probe` answers 200 when it is ready."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    logs: Path
    probe: str | None = None
    deaths: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        return self.logs / f"{self.name.replace(' ', '-')}.log"

    @property
    def pid(self) -> int | None:
        """Of the process that runs at the moment."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def run(self, tell: Callable[[str], None]) -> None:
        """For ever; cancel it and then `stop`."""
        pauses = Pauses()
        while True:
            started = time.monotonic()
            self._process = spawn([sys.executable, "-m", *self.arguments], log=self.log, env=self.environment)
            code = await finished(self._process)
            self.deaths += 1
            pause = pauses.after(time.monotonic() - started)
            tell(f"{self.name} ended ({_how(code)}), started again after {pause:.1f} s")
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        if self._process is not None:
            await stop(self._process)

    async def answers(self, http: httpx.AsyncClient) -> bool:
        """LocalStackError when it dies again and again before it ever answered."""
        if self.deaths >= HOPELESS_AFTER:
            raise LocalStackError(f"{self.name} does not start: {complaint(self.log)}")
        try:
            return self.probe is None or (await http.get(self.probe)).is_success
        except httpx.TransportError:
            return False


class Pauses:
    """0.2 s, doubling to 1 s; from the start again once a process has lived for a while."""

    def __init__(self) -> None:
        self._next = FIRST_PAUSE

    def after(self, lifetime: float) -> float:
        if lifetime > SETTLED_AFTER:
            self._next = FIRST_PAUSE
        pause, self._next = self._next, min(self._next * 2, LONGEST_PAUSE)
        return pause


class Restartable:
    """A server of ours that is to stay up: started again in place when it dies."""

    def __init__(self, name: str, running: Callable[[], bool], start: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._running = running
        self._start = start

    async def keep_up(self, tell: Callable[[str], None]) -> None:
        pauses = Pauses()
        started = time.monotonic()
        while True:
            await asyncio.sleep(0.05)
            if self._running():
                continue
            pause = pauses.after(time.monotonic() - started)
            tell(f"{self.name} ended, started again after {pause:.1f} s")
            await asyncio.sleep(pause)
            started = time.monotonic()
            await self._start()


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
