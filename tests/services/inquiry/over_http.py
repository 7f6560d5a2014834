"""Bodies, headers and refusals that the tests over HTTP share."""

from typing import Any

import httpx

Headers = dict[str, str]

WHATEVER = {"If-Match": "*"}
REASON = {"reason": "the customer called"}
QUESTION = {"channel": "chat", "customer_id": "c-81", "language": "zh-CN", "text": "这个多少钱？", "sku": "MUG-RED"}
GUEST = {"name": "Ann", "email": "ann@example.com"}


def fields(answer: httpx.Response) -> set[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return {problem["field"] for problem in answer.json()["errors"]}


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2].rpartition(":")[2]


async def asked(client: httpx.AsyncClient, headers: Headers, **changed: Any) -> str:
    answer = await client.post("/inquiries", json=QUESTION | changed, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    return f"/inquiries/{answer.json()['inquiry_id']}"
