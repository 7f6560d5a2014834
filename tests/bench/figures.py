"""A year's sales figures, asked for over HTTP as people ask for them."""

import time
from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import product
from statistics import median

import httpx

from tests.bench import year
from tests.bench.ground import Ground, Round
from tests.bench.report import Figure, below
from tests.bench.sample import STORE
from tests.bench.scale import Scale
from tests.identity import running_issuer

_TIMES = 15
_JSON, _CSV = "application/json", "text/csv"
_ASKED = ("by=store", "by=day", "by=product", "by=product&limit=10000", "by=product&currency=USD", "by=agent")


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    with running_issuer(ground.directory / "issuer") as issuer:
        token = issuer.mint("bench", "Bench", ["supervisor"], [STORE], timedelta(hours=1))
        async with ground.round(oidc_issuer=issuer.url) as measured:
            until = await year.stock(measured, scale.stored, scale.inquiries)
            api = measured.start("services.orders", "api")
            await measured.answers(api, measured.settings.port, "/healthz/ready")
            found = {asked: await _median(measured, token, until, *asked, orders=scale.stored) for asked in product(_ASKED, (_JSON, _CSV))}
    asked, form = slowest = max(found, key=lambda each: found[each])
    stored = f"{scale.stored} orders and {scale.inquiries} inquiries of it stored"
    name = f"sales figures of a year, {stored}: the slowest of {len(found)} questions ({asked} as {form}), p50"
    yield below(200, name, 1000 * found[slowest], "ms")


async def _median(measured: Round, token: str, until: date, asked: str, form: str, *, orders: int) -> float:
    """In seconds."""
    since = until - timedelta(days=year.DAYS - 1)
    address = f"http://127.0.0.1:{measured.settings.port}/v1/stores/{STORE}/figures/sales?from={since}&to={until}&{asked}"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}", "Accept": form}, timeout=30) as client:
        return median([await _ask(client, address, form, orders) for _ in range(_TIMES)])


async def _ask(client: httpx.AsyncClient, address: str, form: str, orders: int) -> float:
    began = time.perf_counter()
    answer = await client.get(address)
    seconds = time.perf_counter() - began
    assert answer.is_success, answer.text
    if form == _JSON:
        (total,) = answer.json()["totals"]
        assert total["placed"] >= orders, total
        assert total["orders_growth"] is not None, total
    return seconds
