"""A service that bakes cakes and asks: purchasing what flour costs, the warehouse whether there are eggs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Column, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import tasks as asking
from shared.auth import Role
from shared.db import Database
from shared.frame import NAMING
from shared.money import Money
from shared.service import Service
from shared.tasks import About, AnswerForm, Asked, Task, TaskRouter
from shared.timers import TimerRunner
from tests.shared.toy import TestClock

HOUR = timedelta(hours=1)
CAKE = About("cake", "c-1")


class FlourCost(AnswerForm):
    cost: Money
    days: Annotated[int, Field(ge=0, le=90)]


class Eggs(AnswerForm):
    there: bool


def bakery_service() -> Service:
    tables = MetaData(naming_convention=NAMING)
    Table("cakes", tables, Column("store_id", Text, primary_key=True), Column("cake_id", Text, primary_key=True), Column("word", Text))
    asking.table(tables)
    tasks = TaskRouter()

    async def lock_cake(session: AsyncSession, store_id: str, about: About) -> None:
        await session.execute(text("select from cakes where store_id = :s and cake_id = :c for update"), {"s": store_id, "c": about.id})

    @tasks.on("flour-cost", department=Role.PURCHASING, form=FlourCost, lock=lock_cake)
    async def price_the_cake(session: AsyncSession, task: Task, answer: FlourCost, now: datetime) -> None:
        told = {"s": task.store_id, "c": task.about.id, "w": f"{answer.cost} in {answer.days} days, {now:%H:%M}"}
        await session.execute(text("insert into cakes values (:s, :c, :w)"), told)

    @tasks.on("eggs", department=Role.WAREHOUSE, form=Eggs)
    async def break_the_eggs(session: AsyncSession, task: Task, answer: Eggs, now: datetime) -> None:
        raise ZeroDivisionError

    return Service(name="bakery", tables=tables, tasks=tasks)


class Bakery:
    def __init__(self, service: Service, database: Database, clock: TestClock) -> None:
        assert service.tasks is not None
        self.service = service
        self.tasks = service.tasks
        self.database = database
        self.clock = clock

    async def ask(self, kind: str = "flour-cost", about: About = CAKE, *, due: timedelta = HOUR, **more: Any) -> Task:
        now = self.clock()
        async with self.database.transaction() as session:
            return await self.tasks.ask(
                session, kind, store_id="demo", about=about, question="What is it?", due_at=now + due, now=now, **more
            )

    async def ask_all(self, *ids: str) -> list[Task]:
        now = self.clock()
        asked = [Asked(store_id="demo", about=About("cake", each), question="Eggs?", due_at=now + HOUR) for each in ids]
        async with self.database.transaction() as session:
            return await self.tasks.ask_all(session, "eggs", asked, now)

    async def withdraw(self, about: About = CAKE, kind: str | None = None) -> Sequence[Task]:
        async with self.database.transaction() as session:
            return await self.tasks.withdraw(session, "demo", about, kind, reason="no cake", now=self.clock())

    async def cakes(self) -> list[str]:
        async with self.database.transaction() as session:
            return list(await session.scalars(text("select word from cakes order by word")))

    async def passes(self, duration: timedelta) -> None:
        self.clock.passes(duration)
        runner = TimerRunner(self.service.timers, self.database, self.clock)
        while await runner.fire_due():
            pass

    async def timers(self) -> int:
        async with self.database.transaction() as session:
            return int(await session.scalar(text("select count(*) from timers")) or 0)
