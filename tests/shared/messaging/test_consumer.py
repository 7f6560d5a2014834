"""At least once on the wire, exactly once in effect; what cannot be taken in is set aside and nothing else waits for it."""

import orjson
import pytest

from shared.messaging import replay
from shared.messaging.dead_letters import delivery_of, listed, shown
from tests.shared.messaging.toy import Toy, headers, paid
from tests.support import wait_until


async def test_an_event_is_taken_in_once_and_what_it_says_is_in_the_outbox(shop: Toy) -> None:
    await shop.pay("1", 1)

    async with shop.consuming():
        effects = await shop.effects_become(1)

    assert effects == ["1-1"]
    assert await shop.count("outbox") == 1


async def test_the_same_source_and_id_again_changes_nothing_in_one_chunk_and_across_a_restart(shop: Toy) -> None:
    for _ in range(3):
        await shop.pay("1", 1, event_id="same")
    async with shop.consuming():
        await shop.effects_become(1)

    await shop.pay("1", 1, event_id="same")
    await shop.pay("1", 2)
    async with shop.consuming():
        effects = await shop.effects_become(2)

    assert effects == ["1-1", "1-2"]


async def test_structured_mode_is_accepted(shop: Toy) -> None:
    envelope = {"specversion": "1.0", "id": "s-1", "type": "order-paid", "source": "/stores/demo", "data": paid("1", 1)}
    await shop.send("demo/1", orjson.dumps(envelope), [("content-type", b"application/cloudevents+json; charset=utf-8")])

    async with shop.consuming():
        effects = await shop.effects_become(1)

    assert effects == ["1-1"]


async def letters(shop: Toy, count: int) -> list[tuple[str, str, str | None]]:
    async def there() -> bool:
        return await shop.count("dead_letters") >= count

    await wait_until(there)
    async with shop.database.transaction() as session:
        return [(row["kind"], row["reason"], row["event_id"]) for row in await listed(session)]


async def test_what_cannot_be_read_is_set_aside_with_the_reason_its_key_waits_and_other_keys_flow(shop: Toy) -> None:
    await shop.send("demo/bad", b"no json", headers("not-json"))
    await shop.send("demo/empty", b"", headers("empty"))
    await shop.send("demo/null", None, headers("null"))
    await shop.send("demo/large", b'{"a": "' + b"x" * 2_000_000 + b'"}', headers("large"))
    await shop.send("demo/field", orjson.dumps(paid("field", 1, amount={"amount": 29, "currency": "USD"})), headers("field"))
    await shop.send("demo/headers", orjson.dumps(paid("headers", 1)), [("ce_type", b"order-paid")])
    for name in ("bad", "empty", "null", "large", "field", "headers"):
        await shop.pay(name, 2)
    await shop.pay("good", 1)

    async with shop.consuming():
        await shop.effects_become(1)
        found = await letters(shop, 12)

    reasons = {event_id: reason for kind, reason, event_id in found if kind == "unreadable"}
    assert "JSON" in reasons["not-json"]
    assert reasons["empty"] == reasons["null"] == "the value is empty"
    assert "2000009 bytes" in reasons["large"]
    assert "amount" in reasons["field"]
    assert "ce_id: is required" in reasons[None]
    assert sum(kind == "waiting" for kind, _, _ in found) == 6
    assert await shop.effects() == ["good-1"]


async def test_a_record_is_kept_with_its_bytes_and_headers(shop: Toy) -> None:
    await shop.send("demo/1", b"\xff\xfe", [*headers("odd"), ("mine", b"\x00\xff")])

    async with shop.consuming():
        await letters(shop, 1)

    async with shop.database.transaction() as session:
        row = (await listed(session))[0]
        kept = delivery_of(await shown(session, row["letter_id"]))
    assert kept.value == b"\xff\xfe"
    assert ("mine", b"\x00\xff") in kept.headers


async def test_an_undeclared_type_is_set_aside_alone_and_its_key_flows_on(shop: Toy) -> None:
    await shop.send("demo/1", b"{}", headers("odd", kind="order-teleported"))
    await shop.pay("1", 1)

    async with shop.consuming():
        effects = await shop.effects_become(1)
        found = await letters(shop, 1)

    assert effects == ["1-1"]
    assert found[0][0] == "undeclared"


async def test_a_record_without_key_is_set_aside_alone(shop: Toy) -> None:
    await shop.send(None, b"no json", headers("odd"), partition=0)

    async with shop.consuming():
        found = await letters(shop, 1)

    assert found[0][0] == "unreadable"
    assert await shop.count("parked_keys") == 0


async def test_a_handlers_bug_parks_its_key_alone_and_replay_after_the_fix_runs_it_in_order_once(shop: Toy) -> None:
    shop.handling.broken.add("1-1")
    for number in range(1, 5):
        await shop.pay("1", number)
        await shop.pay("2", number)

    async with shop.consuming():
        await shop.effects_become(4)
        found = await letters(shop, 4)
        assert [kind for kind, _, _ in found] == ["failed", "waiting", "waiting", "waiting"]
        assert "RuntimeError" in found[0][1]
        assert await shop.effects() == ["2-1", "2-2", "2-3", "2-4"]

        shop.handling.broken.clear()
        async with shop.database.transaction() as session:
            first = (await listed(session))[0]
            outcome = await replay.replay(
                session, shop.service.events, first["letter_id"], by="op", reason="mended", now=first["set_aside_at"]
            )
        await shop.pay("1", 5)
        await shop.effects_become(9)

    assert outcome == replay.Outcome(replayed=4)
    assert await shop.effects("1") == ["1-1", "1-2", "1-3", "1-4", "1-5"]
    assert await shop.count("parked_keys") == 0
    assert await shop.count("outbox") == 9
    assert await shop.count("audit") == 1


async def test_a_refused_event_is_set_aside_alone_and_its_key_flows_on(shop: Toy) -> None:
    shop.handling.refused.add("1-1")
    await shop.pay("1", 1)
    await shop.pay("1", 2)

    async with shop.consuming():
        effects = await shop.effects_become(1)
        found = await letters(shop, 1)

    assert effects == ["1-2"]
    assert [kind for kind, _, _ in found] == ["refused"]
    assert await shop.count("outbox") == 1


async def test_replay_that_fails_again_keeps_the_key_parked_and_changes_nothing(shop: Toy) -> None:
    shop.handling.broken.add("1-1")
    await shop.pay("1", 1)
    await shop.pay("1", 2)
    async with shop.consuming():
        await letters(shop, 2)

    async with shop.database.transaction() as session:
        first = (await listed(session))[0]
        outcome = await replay.replay(session, shop.service.events, first["letter_id"], by="op", reason="", now=first["set_aside_at"])

    assert outcome.replayed == 0
    assert "RuntimeError" in (outcome.stopped_by or "")
    assert await shop.effects() == []
    assert await shop.count("parked_keys") == 1
    assert await shop.count("outbox") == 0


async def test_discard_needs_a_reason_and_lets_what_waits_behind_run(shop: Toy) -> None:
    await shop.send("demo/1", b"no json", headers("odd"))
    await shop.pay("1", 2)
    async with shop.consuming():
        await letters(shop, 2)
    async with shop.database.transaction() as session:
        first = (await listed(session))[0]

    with pytest.raises(replay.ReasonMissing):
        async with shop.database.transaction() as session:
            await replay.discard(session, shop.service.events, first["letter_id"], by="op", reason=" ", now=first["set_aside_at"])
    async with shop.database.transaction() as session:
        outcome = await replay.discard(
            session, shop.service.events, first["letter_id"], by="op", reason="never meant", now=first["set_aside_at"]
        )

    assert outcome.replayed == 1
    assert await shop.effects() == ["1-2"]
    assert await shop.count("parked_keys") == 0


async def test_a_discarded_event_that_comes_again_is_a_repetition(shop: Toy) -> None:
    shop.handling.broken.add("1-1")
    await shop.pay("1", 1, event_id="given-up")
    async with shop.consuming():
        await letters(shop, 1)
    async with shop.database.transaction() as session:
        first = (await listed(session))[0]
        await replay.discard(session, shop.service.events, first["letter_id"], by="op", reason="x", now=first["set_aside_at"])

    shop.handling.broken.clear()
    await shop.pay("1", 1, event_id="given-up")
    await shop.pay("1", 2)
    async with shop.consuming():
        effects = await shop.effects_become(1)

    assert effects == ["1-2"]


async def test_headers_that_are_none_of_ours_and_headers_without_a_value_do_no_harm(shop: Toy) -> None:
    strange = [("x-trace-bin", b"\xff\x00"), ("x-none", None)]
    await shop.send("demo/1", orjson.dumps(paid("1", 1)), [*headers(), *strange])  # type: ignore[list-item]
    await shop.send("demo/2", orjson.dumps(paid("2", 1)), [("content-type", None), ("ce_source", None), *headers()[:3]])  # type: ignore[list-item]
    await shop.pay("3", 1)

    async with shop.consuming():
        effects = await shop.effects_become(2)
        found = await letters(shop, 1)

    assert sorted(effects) == ["1-1", "3-1"]
    assert [(kind, reason) for kind, reason, _ in found] == [("unreadable", "malformed: ce_source: is required")]


@pytest.mark.parametrize("long", ["ce_id", "ce_source"])
async def test_an_id_too_long_to_be_kept_in_mind_is_malformed(shop: Toy, long: str) -> None:
    await shop.send("demo/1", orjson.dumps(paid("1", 1)), headers(**{long: "x" * 100_000}))
    await shop.pay("2", 1)

    async with shop.consuming():
        effects = await shop.effects_become(1)
        found = await letters(shop, 1)

    assert effects == ["2-1"]
    assert f"{long}: must not be longer" in found[0][1]


async def test_a_key_too_long_for_an_index_is_parked_all_the_same(shop: Toy) -> None:
    key = "demo/" + "k" * 100_000
    await shop.send(key, b"no json", headers("odd"))
    await shop.send(key, orjson.dumps(paid("1", 1)), headers())
    await shop.pay("2", 1)

    async with shop.consuming():
        effects = await shop.effects_become(1)
        found = await letters(shop, 2)

    assert effects == ["2-1"]
    assert [kind for kind, _, _ in found] == ["unreadable", "waiting"]


async def test_a_sender_is_named_whatever_else_is_wrong(shop: Toy) -> None:
    structured = {"specversion": "1.0", "id": "no-data", "type": "order-paid", "source": "/stores/demo"}
    await shop.send("demo/1", orjson.dumps(structured), [("content-type", b"Application/CloudEvents+JSON")])
    await shop.send("demo/2", orjson.dumps(paid("2", 1)), [*headers()[:1], ("ce_id", b"a\xff"), *headers()[2:]])

    async with shop.consuming():
        await letters(shop, 2)

    async with shop.database.transaction() as session:
        rows = await listed(session, source="/stores/demo")
    assert sorted((row["type"], row["fields"][0]["field"]) for row in rows) == [("order-paid", "ce_id"), ("order-paid", "data")]
