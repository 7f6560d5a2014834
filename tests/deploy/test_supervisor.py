import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from deploy.local.children import LocalStackError, spawn
from deploy.local.launcher import orphans
from deploy.local.launcher.supervisor import HOPELESS_AFTER, Pauses, Supervised
from tests.support import wait_until

FOR_EVER = ("http.server", "0", "--bind", "127.0.0.1")


def test_pauses_double_from_a_fifth_of_a_second_to_one_second() -> None:
    pauses = Pauses()

    taken = [pauses.after(lifetime=0.0) for _ in range(5)]

    assert taken == [0.2, 0.4, 0.8, 1.0, 1.0]


def test_a_process_that_lived_for_a_while_is_started_again_at_once() -> None:
    pauses = Pauses()
    for _ in range(5):
        pauses.after(lifetime=0.0)

    assert pauses.after(lifetime=60.0) == 0.2


async def test_a_killed_process_is_started_again_and_the_person_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    process = Supervised("shop", FOR_EVER, os.environ, tmp_path)
    running = asyncio.create_task(process.run(said.append))
    first = await wait_until(lambda: process.pid)

    os.kill(first, signal.SIGKILL)
    second = await wait_until(lambda: process.pid if process.pid != first else None)

    assert second != first
    assert said == ["shop ended (signal 9), started again after 0.2 s"]
    running.cancel()
    await process.stop()
    assert not _exists(second)


async def test_a_process_that_never_starts_is_given_up_with_its_own_complaint(tmp_path: Path) -> None:
    process = Supervised("shop", ("no_such_module",), os.environ, tmp_path, deaths=HOPELESS_AFTER)
    process.log.write_text("starting\nError: PORT is missing\nbye\n")

    async with httpx.AsyncClient() as http:
        with pytest.raises(LocalStackError, match="shop does not start: Error: PORT is missing"):
            await process.answers(http)


async def test_what_a_killed_launcher_left_is_ended(tmp_path: Path) -> None:
    left = spawn(["sleep", "60"], log=tmp_path / "log", env=os.environ | orphans.marked(tmp_path))
    other = spawn(["sleep", "60"], log=tmp_path / "log", env=os.environ | orphans.marked(tmp_path / "elsewhere"))

    await asyncio.to_thread(orphans.end, tmp_path)

    assert left.poll() is not None
    assert other.poll() is None
    other.kill()
    other.wait()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
