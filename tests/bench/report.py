"""Figures, and how they are told: in the terminal, as .local/bench.json and as docs/benchmarks.md."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from deploy.local.children import ROOT


@dataclass(frozen=True)
class Figure:
    """`against` was measured in the same run and unit; where the bound is a fixed one there is none, and `must` speaks of the value."""

    name: str
    value: float
    unit: str
    against: float | None
    ratio: float | None
    must: str
    holds: bool


def at_least(times: float, name: str, value: float, against: float, unit: str) -> Figure:
    ratio = value / against
    return Figure(name, _rounded(value), unit, _rounded(against), round(ratio, 3), f"ratio >= {times:g}", ratio >= times)


def no_slower(times: float, name: str, value: float, against: float, unit: str) -> Figure:
    """Of durations: how many times ours fits into the other's."""
    ratio = against / value
    return Figure(name, _rounded(value), unit, _rounded(against), round(ratio, 3), f"ratio >= {times:g}", ratio >= times)


def told(name: str, value: float, unit: str) -> Figure:
    """Nothing is asked of it."""
    return Figure(name, _rounded(value), unit, None, None, "", holds=True)


def below(limit: float, name: str, value: float, unit: str) -> Figure:
    return Figure(name, _rounded(value), unit, None, None, f"value < {limit:g}", value < limit)


def written(figures: Sequence[Figure], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")


def documented(figures: Sequence[Figure], command: str, file: Path) -> None:
    rows = [_row(figure) for figure in figures]
    file.write_text("\n".join([_HEAD.format(machine=machine(), command=command, day=datetime.now(UTC).date()), *rows, _FOOT]))


def line(figure: Figure) -> str:
    compared = f" against {figure.against:g}: {figure.ratio:g}" if figure.against is not None else ""
    must = f" ({figure.must})" if figure.must else ""
    return f"{'yes' if figure.holds else 'NO ':<4} {figure.name}: {figure.value:g} {figure.unit}{compared}{must}"


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{_processor()}, {psutil.cpu_count()} cores, {memory:.0f} GiB, {system}"


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    names = [told for told in known.read_text().splitlines() if told.startswith("model name")] if known.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor()


def _row(figure: Figure) -> str:
    against = "" if figure.against is None else f"{figure.against:g}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    must = figure.must.replace("ratio ", "").replace("value ", "").replace(">=", "≥")
    holds = ("yes" if figure.holds else "**no**") if must else ""
    return f"| {figure.name} | {figure.value:g} {figure.unit} | {against} | {ratio} | {must} | {holds} |"


def _rounded(value: float) -> float:
    return round(value, 2 if value < 100 else 0)


DOCUMENT = ROOT / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Written by `{command}` on {day}; figures on another machine differ, the ratios should not.

Machine: {machine}. PostgreSQL 18 (fsync on) and Apache Kafka 4.3.1 run on it too, and every measured process is a real one.

| what | value | against | ratio | must | holds |
|---|---|---|---|---|---|"""
_FOOT = """
What is compared (`tests/bench/`):

- *committing per message*: the same worker, with a transaction and a committed offset for every message.
- *the same SQL*: the statements our run executed, with their parameters, sent through asyncpg, one transaction after another;
  no decoding, no rules, no Kafka.
- *FastStream*: a consumer with a hand-written batch of 500 that validates with the same contracts and writes the same rows;
  no checks, nothing set aside.
- *without sales figures*: the same worker that does not put down what orders add to them.
- *what intake that is behind loses*: how much longer it takes the same orders in when a classification is asked for meanwhile,
  which waits until the orders are in.
- *a bare loop*: reads the outbox in order, sends pipelined with the same headers, deletes.
- *a bare handler*: FastAPI and asyncpg; verifies the same token and runs the same statements, outbox and idempotency row included.
- *open shipments* have left over the last five days, one after another, and were not seen yet, so that one every two seconds crosses a
  threshold, which is more than in a shop whose parcels come. Of a day's news one in ten is a delivery and nine in ten a sighting; a tenth
  of the shipments has none. After the day of downtime a fifth of them is overdue, and 180,000 events wait.

An order has three lines and a customer, a phone and an address of its own. It is paid after 2,000 others were placed, so that most are
loaded and written twice. Latency is from just before the commit is sent until a consumer has the event. Memory is the proportional share
(PSS).
"""
