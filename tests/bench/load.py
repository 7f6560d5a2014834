"""A client that keeps its connections busy: `load PORT FILE SECONDS` sends the file's requests and says what it was answered."""

import asyncio
import pickle
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import uvloop

from tests.bench.recording import OWN

_CONNECTIONS = 16
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    "Idempotency-Key: {key}\r\n" + OWN + ": {own}\r\nContent-Length: {length}\r\n\r\n"
)


def request(path: str, token: str, content: Any, *own: str) -> bytes:
    """`own` are the texts no other request has, the first of them its idempotency key too."""
    body = orjson.dumps(content)
    return _HEAD.format(path=path, token=token, key=own[0], own=",".join(own), length=len(body)).encode() + body


async def answered(reader: asyncio.StreamReader) -> str:
    """The next answer's status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    await reader.readexactly(int(length[1]) if length else 0)
    return head[9:12].decode()


async def keep_busy(port: int, requests: Iterator[bytes], until: float, answers: "Counter[str]") -> None:
    """The next request as soon as the last one is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        writer.write(next(requests))
        answers[await answered(reader)] += 1
    writer.close()


async def main(port: int, requests: Iterator[bytes], seconds: float) -> None:
    answers: Counter[str] = Counter()
    started = time.perf_counter()
    await asyncio.gather(*[keep_busy(port, requests, started + seconds, answers) for _ in range(_CONNECTIONS)])
    print(orjson.dumps({"seconds": time.perf_counter() - started, "answers": answers}).decode())


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), iter(pickle.loads(Path(sys.argv[2]).read_bytes())), float(sys.argv[3])))
