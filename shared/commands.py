"""What an operator does on the command line; the same as over HTTP, and as well audited."""

import argparse
import base64
import dataclasses
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from shared import moving, rights
from shared.audit import note
from shared.clock import utc_now
from shared.db import Database, is_transient
from shared.errors import NotFound
from shared.messaging import dead_letters, replay
from shared.messaging.dead_letters import LetterResolved
from shared.retries import insist

if TYPE_CHECKING:
    from shared.service import Rebuild, Rebuilt, Republish, Service
    from shared.settings import Settings

NAMES = ("dead-letters", "republish", "rewind", "reconcile", "export-store", "import-store", "rights")
_PAGE = 100
_NO_REASON = "on the command line"


class NothingToRepublish(NotFound):
    pass


class Subparsers(Protocol):
    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser: ...  # noqa: A002 - argparse's name


def add_to(processes: Subparsers) -> None:
    letters = processes.add_parser("dead-letters", help="what was set aside").add_subparsers(dest="action", required=True)
    listing = letters.add_parser("list", help="one JSON object a line, oldest first")
    listing.add_argument("--state", choices=("open", "replayed", "discarded", "all"), default="open")
    letters.add_parser("show", help="one letter with its bytes").add_argument("letter_id", type=UUID)
    again = letters.add_parser("replay", help="runs a letter, or all that match, through the handlers again")
    again.add_argument("letter_id", type=UUID, nargs="?")
    for chosen in (listing, again):
        chosen.add_argument("--type", help="letters of this event type")
        chosen.add_argument("--reason", help="letters whose reason has this part")
    discard = letters.add_parser("discard", help="gives an event up; what waited behind it runs")
    discard.add_argument("letter_id", type=UUID)
    discard.add_argument("--reason", required=True)
    back = processes.add_parser("rewind", help="has the service hear again what it heard since a time; its workers must be stopped")
    back.add_argument("--to", type=_time, required=True, help="RFC 3339 with an offset")
    back.add_argument(
        "--topic", action="append", default=[], help="without the prefix; may be given several times; all it hears if not given"
    )
    back.add_argument("--dry-run", action="store_true", help="says what it would do, and may be run while workers are at it")
    anew = processes.add_parser(
        "reconcile", help="after a restore: says above what was said before how things stand, and lists what is lost"
    )
    anew.add_argument("--since", type=_time, required=True, help="RFC 3339 with an offset")
    for audited in (back, anew):
        audited.add_argument("--reason", default=_NO_REASON, help="kept in the audit")
    leaving = processes.add_parser("export-store", help="writes a store's rows of this service to stdout")
    leaving.add_argument("store_id")
    leaving.add_argument("--remove", action="store_true", help="and deletes them, once they are written")
    processes.add_parser("import-store", help="reads from stdin what export-store wrote")
    republish = processes.add_parser("republish", help="says the current snapshots of what changed since a time again")
    republish.add_argument("--since", type=_time, required=True, help="RFC 3339 with an offset")
    needed = processes.add_parser("rights", help="what the service's login needs on Kafka, one right a line")
    needed.add_argument("--migrate", action="store_true", help="what the login of migrate needs instead")


def add_rebuilds_to(processes: Subparsers, names: Sequence[str]) -> None:
    for name in names:
        actions = processes.add_parser(name, help=f"what is kept of {name}").add_subparsers(dest="action", required=True)
        anew = actions.add_parser("rebuild", help="mends what is not as the rows it was made of have it; may be run while all works")
        anew.add_argument("--store", help="this store's only")
        anew.add_argument("--reason", default=_NO_REASON, help="kept in the audit")


def needs(process: str) -> Sequence[str]:
    """The settings a command does not start without."""
    if process == "rights":
        return ()
    return ("database_url", "kafka_bootstrap_servers") if process in ("rewind", "reconcile") else ("database_url",)


async def run(service: "Service", settings: "Settings", database: Database, asked: argparse.Namespace) -> None:
    match asked.process:
        case "rewind":
            await _rewind(service, settings, database, asked)
        case "reconcile":
            await _reconcile(service, settings, database, asked)
        case "export-store":
            await _export_store(service, settings, database, asked)
        case "import-store":
            await _import_store(service, settings, database)
        case "republish":
            await _republish(service, database, asked.since)
        case name if name in service.rebuilds:
            await _rebuild(service.rebuilds[name], database, asked)
        case _:
            await _dead_letters(service, database, asked)


async def _dead_letters(service: "Service", database: Database, asked: argparse.Namespace) -> None:
    match asked.action:
        case "list":
            async for letter in _matching(database, asked, None if asked.state == "all" else asked.state):
                _say(letter)
        case "show":
            async with database.transaction() as session:
                _say(await dead_letters.shown(session, asked.letter_id))
        case "replay":
            await _replay(service, database, asked)
        case "discard":
            async with database.transaction() as session:
                outcome = await replay.discard(session, service.events, asked.letter_id, by=_who(), reason=asked.reason, now=utc_now())
            _say({"letter_id": asked.letter_id, "discarded": True, "replayed": outcome.replayed, "stopped_by": outcome.stopped_by})


def say_rights(service: "Service", settings: "Settings", asked: argparse.Namespace) -> None:
    needed = rights.to_migrate(service, settings) if asked.migrate else rights.to_run(service, settings)
    sys.stdout.write("".join(f"{right}\n" for right in needed))


async def _replay(service: "Service", database: Database, asked: argparse.Namespace) -> None:
    """Each letter in a transaction of its own; one that fails again stays, and the next is tried."""
    if asked.letter_id is not None:
        await _replay_one(service, database, asked.letter_id)
        return
    async for letter in _matching(database, asked, "open"):
        # one before it may have taken it along, being of the same key
        with suppress(LetterResolved):
            await _replay_one(service, database, letter["letter_id"])


async def _replay_one(service: "Service", database: Database, letter_id: UUID) -> None:
    async with database.transaction() as session:
        outcome = await replay.replay(session, service.events, letter_id, by=_who(), reason=_NO_REASON, now=utc_now())
    _say({"letter_id": letter_id, "replayed": outcome.replayed, "stopped_by": outcome.stopped_by})


async def _matching(database: Database, asked: argparse.Namespace, state: str | None) -> AsyncIterator[RowMapping]:
    after = 0
    while True:
        async with database.transaction() as session:
            page = await dead_letters.listed(session, state=state, type=asked.type, reason=asked.reason, after=after, limit=_PAGE)
        for letter in page:
            yield letter
        if len(page) < _PAGE:
            return
        after = page[-1]["number"]


async def _rewind(service: "Service", settings: "Settings", database: Database, asked: argparse.Namespace) -> None:
    from shared.messaging import rewinding  # noqa: PLC0415 - most commands do without Kafka

    rewound = await rewinding.rewind(service, settings, asked.topic, asked.to, dry_run=asked.dry_run)
    records = Counter[str]()
    for each in rewound:
        _say({**dataclasses.asdict(each), "records": each.records})
        records[each.topic] += each.records
    if not asked.dry_run:
        for topic, count in records.items():
            await _note(database, "rewound", f"topic/{topic}", {"to": asked.to, "records": count}, asked.reason)


async def _reconcile(service: "Service", settings: "Settings", database: Database, asked: argparse.Namespace) -> None:
    from shared.messaging import reconciling  # noqa: PLC0415 - as above

    found = await reconciling.reconcile(service, settings, database, asked.since)
    for event in found.lost:
        _say({"lost": event.name, "event_id": event.event_id, "said": event.model_dump(mode="json")})
    counted = {"things": found.things, "lost": len(found.lost)}
    _say({"reconciled_since": asked.since, **counted})
    await _note(database, "reconciled", service.name, {"since": asked.since, **counted}, asked.reason)


async def _export_store(service: "Service", settings: "Settings", database: Database, asked: argparse.Namespace) -> None:
    count = await moving.export_store(service, settings, asked.store_id, sys.stdout.buffer, remove=asked.remove)
    action = "exported-and-removed" if asked.remove else "exported"
    await _note(database, action, f"store/{asked.store_id}", {"rows": count})


async def _import_store(service: "Service", settings: "Settings", database: Database) -> None:
    store_id, count = await moving.import_store(service, settings, sys.stdin.buffer)
    await _note(database, "imported", f"store/{store_id}", {"rows": count})
    _say({"store_id": store_id, "rows": count})


async def _republish(service: "Service", database: Database, since: datetime) -> None:
    if service.republish is None:
        raise NothingToRepublish(f"{service.name} says no snapshots")
    place: str | None = None
    transactions = 0
    while place is not None or transactions == 0:
        place = await insist(partial(_republish_some, service.republish, database, since, place), on=is_transient)
        transactions += 1
    _say({"republished_since": since, "transactions": transactions})


async def _republish_some(republish: "Republish", database: Database, since: datetime, place: str | None) -> str | None:
    async with database.transaction() as session:
        return await republish(session, since, place)


async def _rebuild(rebuild: "Rebuild", database: Database, asked: argparse.Namespace) -> None:
    place: str | None = None
    transactions = looked_at = mended = 0
    while place is not None or transactions == 0:
        place, *counts = await insist(partial(_rebuild_some, rebuild, database, asked.store, place), on=is_transient)
        transactions, looked_at, mended = transactions + 1, looked_at + counts[0], mended + counts[1]
    counted = {"looked_at": looked_at, "mended": mended}
    _say({"rebuilt": asked.process, "store_id": asked.store, **counted, "transactions": transactions})
    await _note(database, "rebuilt", asked.process, {"store_id": asked.store, **counted}, asked.reason)


async def _rebuild_some(rebuild: "Rebuild", database: Database, store_id: str | None, place: str | None) -> "Rebuilt":
    async with database.transaction() as session:
        return await rebuild(session, store_id, place, utc_now())


async def _note(database: Database, action: str, subject: str, details: Mapping[str, object], reason: str = _NO_REASON) -> None:
    async with database.transaction() as session:
        await note(session, action, subject, by=_who(), reason=reason, now=utc_now(), details=details)


def _say(told: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(dict(told), default=_text, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def _text(value: object) -> str:
    """Bytes as the text they are, or in base64."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _who() -> str:
    return f"command-line:{os.environ.get('USER', 'operator')}"


def _time(written: str) -> datetime:
    time = datetime.fromisoformat(written)
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError("needs an offset, such as Z")
    return time
