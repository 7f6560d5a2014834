"""Dissatisfied answers on Kafka until their cases are there, and refunds of such cases until they are requested on Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.aftersales.service import service
from shared.clock import utc_now
from shared.events.orders import OrderConfirmed
from shared.events.surveys import SurveyCompleted
from tests.bench.arrivals import Arrival, bare, ours, recorded_arrival
from tests.bench.ground import Ground, Round
from tests.bench.load import answered, request
from tests.bench.recording import OWN
from tests.bench.report import Figure, at_least, no_slower, told
from tests.bench.sample import STORE, Record
from tests.bench.scale import Scale
from tests.bench.writes import Write, rates
from tests.identity import running_issuer

_FIRST = 10_000_000  # orders of eight digits, which are in no other text
_MOST_A_SECOND = 1_500
_AT_ONCE = 200
_SURVEYS_A_SECOND = 50
_REFUNDS_A_SECOND = 50


async def measure(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    async for figure in _cases(ground, scale):
        yield figure
    async for figure in _refunds(ground, scale):
        yield figure


async def _cases(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    count = int(_SURVEYS_A_SECOND * scale.seconds)
    async with ground.round(service) as measured, ground.round(service) as other:
        for each in (measured, other):
            await _know_orders(each, 2 * count + 1)
        done = await recorded_arrival(measured, _CASES)
        half, nearly_all = await ours(measured, _CASES, 1, _SURVEYS_A_SECOND, scale.seconds)
        bare_half, _ = await bare(other, _CASES, done, ground.directory / "statements", _SURVEYS_A_SECOND, scale.seconds)
    name = f"survey-completed to its case at {_SURVEYS_A_SECOND} surveys/s"
    yield no_slower(0.5, f"{name}, p50, against a bare consumer", half, bare_half, "ms")
    yield told(f"{name}, p99", nearly_all, "ms")


async def _refunds(ground: Ground, scale: Scale) -> AsyncIterator[Figure]:
    with running_issuer(ground.directory / "issuer") as issuer:
        token = issuer.mint("bench", "Bench", ["admin"], [STORE], timedelta(hours=1))
        async with ground.round(service, oidc_issuer=issuer.url) as measured:
            asked = int((scale.rounds + 1) * scale.seconds * _MOST_A_SECOND)
            steady = int(_REFUNDS_A_SECOND * scale.seconds)
            await _know_orders(measured, asked + steady + 1)
            cases = await _open_cases(measured, asked + steady + 1)
            await measured.relay()
            mine, bares = await rates(
                measured, ground.directory, token, lambda number: _refund(number, cases), most_a_second=_MOST_A_SECOND, scale=scale
            )
            delay = await _until_requested(measured, token, cases, range(asked + 1, asked + 1 + steady))
    yield at_least(0.5, "POST of a refund, relayed to Kafka, against a bare handler", mine, bares, "requests/s")
    yield told(f"POST of a refund until refund-requested is consumed, at {_REFUNDS_A_SECOND}/s, p99", delay, "ms")


async def _until_requested(measured: Round, token: str, cases: dict[str, UUID], numbers: range) -> float:
    """p99 in ms."""
    sent: dict[str, float] = {}
    seen: dict[str, float] = {}
    port = measured.settings.port

    async def ask(number: int) -> None:
        write = _refund(number, cases)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent[_order_id(number)] = time.perf_counter()
        writer.write(request(write.path, token, write.body, *write.own))
        assert await answered(reader) == "201"
        writer.close()

    async with measured.topics.read("refunds") as consumer, asyncio.TaskGroup() as asking:
        due = time.perf_counter()
        for number in numbers:
            asking.create_task(ask(number))
            due += 1 / _REFUNDS_A_SECOND
            while (left := due - time.perf_counter()) > 0:
                _note(seen, await consumer.getmany(timeout_ms=int(1000 * left)))
        while not sent.keys() <= seen.keys():
            _note(seen, await consumer.getmany(timeout_ms=1_000))
    return quantiles([1000 * (seen[each] - sent[each]) for each in sent], n=100)[98]


def _note(seen: dict[str, float], fetched: dict[Any, list[Any]]) -> None:
    for records in fetched.values():
        for record in records:
            seen.setdefault(orjson.loads(record.value)["order_id"], time.perf_counter())


def _order_id(number: int) -> str:
    return str(_FIRST + number)


def _refund(number: int, cases: dict[str, UUID]) -> Write:
    order_id = _order_id(number)
    case_id = str(cases[order_id])
    content = {"amount": {"amount": "1.00", "currency": "USD"}, "kind": "partial", "reason": "A scratch"}
    return Write(f"/v1/stores/{STORE}/cases/{case_id}/refunds", content, (order_id, case_id))


def _survey(number: int) -> tuple[str, Record]:
    order_id, survey_id = _order_id(number), str(uuid4())
    content = _dissatisfied(order_id, survey_id)
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid4()),
        "ce_type": "survey-completed",
        "ce_source": "/kefu/survey",
        "ce_time": datetime.now(UTC).isoformat(),
        "ce_subject": survey_id,
        "ce_sequence": "1",
        "content-type": "application/json",
        OWN: order_id,
    }
    return order_id, Record(survey_id.encode(), orjson.dumps(content), [(name, text.encode()) for name, text in attributes.items()])


def _dissatisfied(order_id: str, survey_id: str) -> dict[str, object]:
    changed = {"survey_id": survey_id, "store_id": STORE, "customer_id": f"c-{order_id}", "order_id": order_id, "case_id": None}
    occasion = {"kind": "order", "id": order_id}
    return {**SurveyCompleted.example, **changed, "occasion": occasion, "satisfied": False, "scores": {"csat": 1}, "verdict": None}


_CASES = Arrival("surveys", "cases", "order_id", _survey)


async def _know_orders(measured: Round, count: int) -> None:
    for start in range(0, count, _AT_ONCE):
        heard = [OrderConfirmed.read(orjson.dumps(_order(_order_id(number)))) for number in range(start, min(start + _AT_ONCE, count))]
        async with measured.database.transaction() as session:
            await service.events.handle(heard, session, utc_now())


def _order(order_id: str) -> dict[str, object]:
    example: dict[str, Any] = OrderConfirmed.example
    return {**example, "store_id": STORE, "order_id": order_id, "customer": {**example["customer"], "customer_id": f"c-{order_id}"}}


async def _open_cases(measured: Round, count: int) -> dict[str, UUID]:
    """By order."""
    for start in range(0, count, _AT_ONCE):
        told = [_dissatisfied(_order_id(number), str(uuid4())) for number in range(start, min(start + _AT_ONCE, count))]
        heard = [SurveyCompleted.read(orjson.dumps(each)) for each in told]
        async with measured.database.transaction() as session:
            await service.events.handle(heard, session, utc_now())
    async with measured.database.engine.connect() as connection:
        return {row.order_id: row.case_id for row in await connection.exec_driver_sql("select order_id, case_id from cases")}
