"""Order intake as users of FastStream write it for speed: batches of 500, our contracts, the same rows by hand-written SQL.

No rules, no checks, nothing set aside: an order is confirmed when it was placed and paid.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import asyncpg
import orjson
import uvloop
from aiokafka import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.clock import new_id
from shared.events.storefront import OrderPaid, OrderPlaced, StorefrontOrderEvent
from shared.settings import Settings, read
from tests.bench.outbox import plain

_CONTRACTS: dict[bytes, type[StorefrontOrderEvent]] = {b"order-placed": OrderPlaced, b"order-paid": OrderPaid}
_INBOX = "insert into inbox (source, id) select * from unnest($1::text[], $2::text[]) on conflict do nothing returning id"
_KNOWN = """
    select store_id, order_id, version, steps, facts::text as facts from orders
    where (store_id, order_id) in (select * from unnest($1::text[], $2::text[])) order by store_id, order_id for update
"""


def _insert(table: str, given: str, **fixed: str) -> str:
    """`given` are columns with the types they come in, as arrays; what is `fixed` is the same in every row."""
    columns = [column.split() for column in given.split(", ")]
    arrays = ", ".join(f"${place}::{kind[0]}[]" for place, (_, *kind) in enumerate(columns, 1))
    names = [name for name, *_ in columns]
    values = [f"{name}::{kind[-1]}" for name, *kind in columns]
    told = f"unnest({arrays}) as told ({', '.join(names)})"
    return f"insert into {table} ({', '.join([*names, *fixed])}) select {', '.join([*values, *fixed.values()])} from {told} "


_ORDERS = (
    _insert(
        "orders",
        "store_id text, order_id text, version bigint, steps int, facts text jsonb, confirmed_at timestamptz, confirmed_by text, "
        "said_type text, said_id uuid, said_version bigint, status text, placed_at timestamptz, customer_id text, customer_name text, "
        "email text, phone text, total numeric, currency text, twin_keys text text[]",
        **dict.fromkeys(("failed_checks", "waived", "dues"), "'[]'"),
        waits_for="'{}'",
        updated_at="now()",
    )
    + """on conflict (store_id, order_id) do update set version = excluded.version, steps = excluded.steps, facts = excluded.facts,
       confirmed_at = excluded.confirmed_at, confirmed_by = excluded.confirmed_by, said_type = excluded.said_type,
       said_id = excluded.said_id, said_version = excluded.said_version, status = excluded.status, updated_at = excluded.updated_at"""
)
_STEPS = _insert("order_history", "store_id text, order_id text, number int, step text, by text", at="now()", detail="'{}'")
_TWINS = (
    _insert("order_twins", "store_id text, twin_key text, order_ids text text[], last_placed_at timestamptz")
    + "on conflict (store_id, twin_key) do update set order_ids = order_twins.order_ids || excluded.order_ids"
)
_OUTBOX = _insert(
    "outbox",
    "id uuid, key text, subject text, sequence bigint, traceparent text, payload bytea",
    type="'order-confirmed'",
    topic="'orders'",
    time="now()",
)


@dataclass
class Order:
    ref: tuple[str, str]
    version: int = 0
    steps: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    trace: str = ""

    @property
    def is_confirmed(self) -> bool:
        return "payments" in self.facts and "placed" in self.facts

    def learn(self, name: str, content: dict[str, Any], trace: str) -> None:
        if name == "order-placed":
            self.facts["placed"] = content
        else:
            self.facts.setdefault("payments", []).append(content)
        self.version, self.trace = self.version + 1, trace
        self.told += [(name, "storefront"), ("confirmed", "auto")] if self.is_confirmed else [(name, "storefront")]

    def row(self, now: datetime) -> tuple[object, ...]:
        placed, customer, total = self.facts["placed"], self.facts["placed"]["customer"], self.facts["placed"]["total"]
        said = (now, "auto", "order-confirmed", new_id(), self.version, "confirmed") if self.is_confirmed else (*[None] * 5, "placed")
        who = (customer["customer_id"], customer["name"].lower(), customer["email"].lower(), customer["phone"])
        searched = (
            datetime.fromisoformat(placed["placed_at"]),
            *who,
            Decimal(total["amount"]),
            total["currency"],
            _array(self.twin_keys()),
        )
        return (*self.ref, self.version, self.steps + len(self.told), orjson.dumps(self.facts).decode(), *said, *searched)

    def twin_keys(self) -> list[str]:
        customer, lines = self.facts["placed"]["customer"], self.facts["placed"]["lines"]
        content = sorted((line["sku"], line["quantity"]) for line in lines)
        return [_digest(f"{customer[identity]}\n{content}") for identity in ("customer_id", "email", "phone")]

    def event(self, now: datetime) -> tuple[object, ...]:
        (payment,) = self.facts["payments"]
        first = {"payment_id": payment["payment_id"], "payment_method": payment["payment_method"], "paid": payment["amount"]}
        confirmed = {"status": "confirmed", "confirmed_at": now, "confirmed_by": "auto", "version": self.version}
        lists = {"payments": [payment], "failed_checks": [], "shipments": [], "dues": []}
        payload = orjson.dumps({**self.facts["placed"], **first, **confirmed, **lists})
        return new_id(), "/".join(self.ref), self.ref[1], self.version, self.trace, payload


async def take(connection: asyncpg.Connection, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> None:
    headers = [{name: value.decode() for name, value in record.headers} for record in records]
    events = [_CONTRACTS[each["ce_type"].encode()].read(record.value or b"") for each, record in zip(headers, records, strict=True)]
    seen = await connection.fetch(_INBOX, [each["ce_source"] for each in headers], [each["ce_id"] for each in headers])
    fresh = {row["id"] for row in seen}
    orders = {ref: Order(ref) for ref in sorted({(event.store_id, event.order_id) for event in events})}
    for store_id, order_id, version, steps, facts in await connection.fetch(_KNOWN, *_columns(orders)):
        orders[store_id, order_id] = Order((store_id, order_id), version, steps, orjson.loads(facts))
    for event, record, each in zip(events, records, headers, strict=True):
        if each["ce_id"] in fresh:
            orders[event.store_id, event.order_id].learn(event.name, orjson.loads(record.value or b""), each["traceparent"])
    await write(connection, [order for order in orders.values() if order.told])


async def write(connection: asyncpg.Connection, orders: Sequence[Order]) -> None:
    now = datetime.now(UTC)
    steps = [(*order.ref, number, *step) for order in orders for number, step in enumerate(order.told, order.steps + 1)]
    twins = sorted((order.ref[0], key, _array([order.ref[1]]), now) for order in orders if order.steps == 0 for key in order.twin_keys())
    said = [order.event(now) for order in orders if order.is_confirmed]
    for statement, rows in ((_TWINS, twins), (_ORDERS, [order.row(now) for order in orders]), (_STEPS, steps), (_OUTBOX, said)):
        if rows:
            await connection.execute(statement, *_columns(rows))


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _array(texts: Iterable[str]) -> str:
    return f"{{{','.join(texts)}}}"


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


async def undecoded(message: KafkaMessage) -> object:
    """The contract decodes; FastStream must not do it once more."""
    return message.body


async def main(settings: Settings) -> None:
    pool = await asyncpg.create_pool(plain(settings.database_url.get_secret_value()), min_size=1, max_size=2)
    broker = KafkaBroker(settings.kafka_bootstrap_servers, logger=None)
    group = {"group_id": settings.topic("orders"), "auto_offset_reset": "earliest", "ack_policy": AckPolicy.ACK}

    @broker.subscriber(settings.topic("storefront-orders"), batch=True, max_records=500, decoder=undecoded, **group)  # type: ignore[call-overload, untyped-decorator]
    async def take_batch(message: KafkaMessage) -> None:
        try:
            async with pool.acquire() as connection:
                async with connection.transaction():
                    await take(connection, message.raw_message)
                await connection.execute("notify orders_outbox")
        except Exception as error:  # FastStream would go on as if nothing had happened
            failed.set_exception(error)
            raise

    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await broker.start()
    await failed


if __name__ == "__main__":
    uvloop.run(main(read(Settings, "database_url", "kafka_bootstrap_servers")))
