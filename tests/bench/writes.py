"""Requests a second of one of our endpoints, and of a bare handler that does the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import orjson

from deploy.local.children import free_port
from shared.http.app import create_app
from tests.bench.ground import Process, Round, kept
from tests.bench.load import request
from tests.bench.recording import OWN, Recorded, recording
from tests.bench.scale import Scale
from tests.bench.statements import recorded


@dataclass(frozen=True, slots=True)
class Write:
    """A POST: below which path of its store, with what body; `own` as `load.request` has it."""

    path: str
    body: object
    own: tuple[str, ...]


async def rates(
    measured: Round, directory: Path, token: str, write: Callable[[int], Write], *, most_a_second: int, scale: Scale
) -> tuple[float, float]:
    """Ours and the bare handler's, medians; `write` makes the n-th request. The two take turns, and the first turn of each warms up."""
    statements = kept(directory / "statements", await recorded_write(measured, token, write(0)))
    seconds, bare_port = scale.seconds / 2, free_port()
    apis = [
        (measured.start(f"services.{measured.service.name}", "api"), measured.settings.port, "/healthz/ready"),
        (measured.start("tests.bench.bare_api", str(bare_port), statements), bare_port, "/openapi.json"),
    ]
    for api, port, ready in apis:
        await measured.answers(api, port, ready)
    found: tuple[list[float], list[float]] = [], []
    count, following = int(seconds * most_a_second), 1
    for _ in range(scale.rounds + 1):
        for (api, port, _), rates_of_it in zip(apis, found, strict=True):
            requests = [_sent(token, write(number)) for number in range(following, following + count)]
            rates_of_it.append(await _rate(measured, api, port, requests, directory / "requests", seconds))
            following += count
    ours, bare = [median(each[1:]) for each in found]
    return ours, bare


async def recorded_write(measured: Round, token: str, write: Write) -> Recorded:
    """What our api sends for one request, for the bare handler to send."""
    app = create_app(measured.service, measured.settings, measured.database)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": write.own[0], OWN: ",".join(write.own)}
    with recorded(measured.database.engine) as transactions:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as client:
            answer = await client.post(write.path, json=write.body, headers=headers)
    assert answer.is_success, answer.text
    return recording(transactions, *write.own)


def _sent(token: str, write: Write) -> bytes:
    return request(write.path, token, write.body, *write.own)


async def _rate(measured: Round, api: Process, port: int, requests: Sequence[bytes], file: Path, seconds: float) -> float:
    client = measured.start("tests.bench.load", str(port), kept(file, requests), str(seconds))
    code = await client.exit_code(within=10 * seconds + 30)
    api.check()
    assert code == 0, client.output
    answered = orjson.loads(client.output.splitlines()[-1])
    assert answered["answers"].keys() <= {"200", "201"}, f"{answered}\n{api.output[-2000:]}"
    return float(sum(answered["answers"].values()) / answered["seconds"])
