"""A client that keeps its connections busy with new orders: `load PORT FIRST COUNT SECONDS`; says what it was answered."""

import asyncio
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator

import orjson
import uvloop

from tests.bench.sample import STORE, placed

PATH = f"/v1/stores/{STORE}/orders"
_CONNECTIONS = 16
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_REQUEST = "POST {} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{}"
_OF_ORDER = "Idempotency-Key: {}\r\nContent-Length: {}\r\n\r\n"


async def keep_busy(port: int, requests: Iterator[bytes], until: float, answers: "Counter[str]") -> None:
    """The next request as soon as the last one is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        writer.write(next(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        answers[head[9:12].decode()] += 1
    writer.close()


def request(token: str, order: dict[str, object]) -> bytes:
    body = orjson.dumps(order)
    of_order = _OF_ORDER.format(order["order_id"], len(body))
    return _REQUEST.format(PATH, token, of_order).encode() + body


async def main(port: int, first: int, count: int, seconds: float) -> None:
    token = os.environ["BENCH_TOKEN"]
    requests = iter([request(token, placed(number, payment_terms="on-delivery")) for number in range(first, first + count)])
    answers: Counter[str] = Counter()
    started = time.perf_counter()
    await asyncio.gather(*[keep_busy(port, requests, started + seconds, answers) for _ in range(_CONNECTIONS)])
    print(orjson.dumps({"seconds": time.perf_counter() - started, "answers": answers}).decode())


if __name__ == "__main__":
    port, first, count = map(int, sys.argv[1:4])
    uvloop.run(main(port, first, count, float(sys.argv[4])))
