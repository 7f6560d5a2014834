"""What an operator's backup tool does, with PostgreSQL's own programs."""

import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import asyncpg

from deploy.local.children import complaint, finished, spawn
from deploy.local.postgres import LocalPostgres, binaries
from tests.support import wait_until


class ArchivingPostgres(LocalPostgres):
    """Keeps every segment of its log, and can be put back to a time."""

    def __init__(self, directory: Path, port: int) -> None:
        super().__init__(directory, port, durable=False)
        self._data, self._backup, archive = directory / "data", directory / "backup", directory / "archive"
        keeping = {"wal_level": "replica", "max_wal_senders": "4", "archive_mode": "on"}
        self._settings |= keeping | {
            "archive_command": f'mkdir -p "{archive}" && cp "%p" "{archive}/%f"',
            "restore_command": f'cp "{archive}/%f" "%p"',
        }

    async def back_up(self) -> None:
        await self._run(binaries() / "pg_basebackup", "-D", self._backup, "--checkpoint=fast", "-d", self.url)

    async def restore(self, to: datetime) -> None:
        """The backup, and of the log what was committed until then."""
        await self.stop()
        shutil.rmtree(self._data)
        await self._run("cp", "-a", self._backup, self._data)
        await self._run("touch", self._data / "recovery.signal")
        self._settings |= {"recovery_target_time": to.isoformat(), "recovery_target_action": "promote"}
        await self.start()
        await wait_until(self._is_its_own, within=60, pause=0.1)

    async def _is_its_own(self) -> bool:
        connection = await asyncpg.connect(self.url)
        try:
            return not await connection.fetchval("select pg_is_in_recovery()")
        finally:
            await connection.close()

    async def _run(self, *command: str | Path) -> None:
        await _done(spawn(command, log=(log := self.directory / f"{Path(command[0]).name}.log"), user=self._user), log)


async def dump(admin_url: str, schema: str, file: Path) -> None:
    """The schema as it is at this moment, with its rights."""
    await _program("pg_dump", "--format=custom", f"--schema={schema}", f"--file={file}", admin_url, log=file.with_suffix(".log"))


async def load(admin_url: str, file: Path) -> None:
    """Into a database without the schema; all of it or nothing."""
    await _program("pg_restore", "--single-transaction", "--exit-on-error", f"--dbname={admin_url}", file, log=file.with_suffix(".log"))


async def _program(name: str, *arguments: str | Path, log: Path) -> None:
    await _done(spawn([binaries() / name, *arguments], log=log, env=dict(os.environ)), log)


async def _done(program: subprocess.Popen[bytes], log: Path) -> None:
    assert await finished(program) == 0, complaint(log)
