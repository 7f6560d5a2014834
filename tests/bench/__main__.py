"""The figures of docs/benchmarks.md; FULL=1 in the environment stores five million orders instead of one."""

import argparse
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace

import structlog
import uvloop

from tests.bench import advising, figures, growth, intake, memory, messages, posting, relay, reports, value, watch
from tests.bench.ground import LOCAL, Ground, ground
from tests.bench.report import DOCUMENT, Figure, documented, line, written
from tests.bench.scale import QUICK, Scale

MEASUREMENTS: dict[str, Callable[[Ground, Scale], AsyncIterator[Figure]]] = {
    "intake": intake.measure,
    "relay": relay.measure,
    "http": posting.measure,
    "advice": advising.measure,
    "messages": messages.measure,
    "reports": reports.measure,
    "growth": growth.measure,
    "value": value.measure,
    "watch": watch.measure,
    "figures": figures.measure,
    "memory": memory.measure,
}


async def main(names: Iterable[str], scale: Scale) -> list[Figure]:
    told: list[Figure] = []
    async with ground() as measured:
        for name in names:
            print(f"{name} …", flush=True)
            async for figure in MEASUREMENTS[name](measured, scale):
                told.append(figure)
                print(line(figure), flush=True)
    return told


def scale_asked_for(*, quick: bool, full: bool) -> Scale:
    if quick:
        return QUICK
    return replace(Scale(), stored=5_000_000) if full else Scale()


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.bench", description="Only a whole run writes its figures down.")
    options.add_argument("--only", choices=list(MEASUREMENTS), help="one measurement")
    options.add_argument("--quick", action="store_true", help="too little of everything, to see that it runs")
    given = options.parse_args()
    logging.disable()  # clients complain about topics that are being made
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    full = os.environ.get("FULL") == "1"
    measured = uvloop.run(main([given.only] if given.only else MEASUREMENTS, scale_asked_for(quick=given.quick, full=full)))
    if not given.only and not given.quick:
        written(measured, LOCAL / "bench.json")
        documented(measured, "make bench FULL=1" if full else "make bench", DOCUMENT)
