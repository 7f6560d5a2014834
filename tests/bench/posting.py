"""Orders placed over HTTP, against the least code that could do the same."""

import pickle
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
import orjson

from deploy.local.children import free_port
from services.orders.service import service
from shared.http.app import create_app
from tests.bench.bare_api import Recorded
from tests.bench.ground import Ground, Process, Round
from tests.bench.growth import stock
from tests.bench.load import PATH
from tests.bench.report import Figure, at_least
from tests.bench.sample import STORE, placed
from tests.bench.scale import Scale
from tests.bench.statements import recorded
from tests.identity import running_issuer

_MOST_A_SECOND = 3_000
_FIRST = 100_000
# were twin keys all the same, the bare handler's requests would wait for each other's rows
_TWIN_KEY = re.compile(r"(?<![0-9a-f-])[0-9a-f]{32}(?![0-9a-f-])")


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    with running_issuer(ground.directory / "issuer") as issuer:
        token = issuer.mint("bench", "Bench", ["admin"], [STORE], timedelta(hours=1))
        async with ground.round(oidc_issuer=issuer.url) as measured:
            await stock(measured, scale.stored_when_posting)
            statements = ground.directory / "statements"
            statements.write_bytes(pickle.dumps(await _recorded(measured, token)))
            ours, bare = await _rates(measured, token, statements, scale)
    yield at_least(0.5, "POST of an order, against a bare handler", ours, bare, "requests/s")


async def _rates(measured: Round, token: str, statements: Path, scale: Scale) -> tuple[float, float]:
    """Medians; the two take turns, and the first turn of each warms up."""
    port, bare_port = measured.settings.port, free_port()
    api = measured.start("services.orders", "api")
    bare = measured.start("tests.bench.bare_api", str(bare_port), str(statements))
    await measured.answers(api, port, "/healthz/ready")
    await measured.answers(bare, bare_port, "/openapi.json")
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(scale.rounds + 1):
        ours.append(await _rate(measured, api, port, token, 2 * turn, scale.seconds / 2))
        theirs.append(await _rate(measured, bare, bare_port, token, 2 * turn + 1, scale.seconds / 2))
    return median(ours[1:]), median(theirs[1:])


async def _rate(measured: Round, process: Process, port: int, token: str, turn: int, seconds: float) -> float:
    count = int(seconds * _MOST_A_SECOND)
    client = measured.start("tests.bench.load", str(port), str(_FIRST + 1 + turn * count), str(count), str(seconds), BENCH_TOKEN=token)
    code = await client.exit_code(within=10 * seconds + 30)
    process.check()
    assert code == 0, client.output
    answered = orjson.loads(client.output.splitlines()[-1])
    assert answered["answers"].keys() == {"201"}, f"{answered}\n{process.output[-2000:]}"
    return float(answered["answers"]["201"] / answered["seconds"])


async def _recorded(measured: Round, token: str) -> Recorded:
    """What our api sends for one order, for the bare handler to send."""
    app = create_app(service, measured.settings, measured.database)
    order = placed(_FIRST, payment_terms="on-delivery")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": order["order_id"]}
    with recorded(measured.database.engine) as transactions:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as client:
            answer = await client.post(PATH, json=order, headers=headers)
    assert answer.status_code == 201, answer.text
    (transaction,) = [each for each in transactions if each]
    own = sorted({key for statement in transaction for key in _TWIN_KEY.findall(repr(statement.parameters))})
    return Recorded(order["order_id"], own, transaction)
