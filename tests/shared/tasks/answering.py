"""Tasks over HTTP, as tests answer and list them."""

from typing import Any

import httpx

from shared.tasks import Task

COST = {"cost": {"amount": "3.20", "currency": "EUR"}, "days": 4}
ANY = {"If-Match": "*"}
WHY = {"reason": "I looked at it"}


async def answer(client: httpx.AsyncClient, task: Task, headers: dict[str, str], told: Any = COST) -> httpx.Response:
    return await client.post(f"/tasks/{task.task_id}/answer", json={"answer": told, "reason": "asked the mill"}, headers=headers)


async def ids(client: httpx.AsyncClient, headers: dict[str, str], **wanted: Any) -> list[str]:
    listed = await client.get("/tasks", params=wanted, headers=headers)
    assert listed.status_code == 200, listed.text
    return [each["about"]["id"] for each in listed.json()["items"]]


async def history(client: httpx.AsyncClient, task: Task, headers: dict[str, str]) -> list[tuple[str, str, str]]:
    steps = await client.get(f"/tasks/{task.task_id}/history", headers=headers)
    return [(step["step"], step["by"], step["reason"]) for step in steps.json()["items"]]
