"""The figures of docs/benchmarks.md; FULL=1 in the environment stores five million orders instead of one."""

import argparse
import logging
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import structlog
import uvloop

from tests.bench import growth, intake, memory, posting, relay
from tests.bench.ground import LOCAL, Ground, ground
from tests.bench.report import DOCUMENT, Figure, documented, line, written
from tests.bench.scale import QUICK, Scale

MEASUREMENTS: dict[str, Callable[[Ground, Scale], AsyncIterator[Figure]]] = {
    "intake": intake.measure,
    "relay": relay.measure,
    "http": posting.measure,
    "growth": growth.measure,
    "memory": memory.measure,
}


async def main(names: list[str], scale: Scale, command: str | None) -> None:
    figures: list[Figure] = []
    async with ground() as measured:
        for name in names:
            async for figure in MEASUREMENTS[name](measured, scale):
                figures.append(figure)
                print(line(figure), flush=True)
    written(figures, LOCAL / "bench.json")
    if command:
        documented(figures, command, DOCUMENT)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.bench")
    options.add_argument("--only", choices=sorted(MEASUREMENTS), help="one measurement; docs/benchmarks.md stays as it is")
    options.add_argument(
        "--quick", action="store_true", help="too little of everything, to see that it runs; docs/benchmarks.md stays as it is"
    )
    given = options.parse_args()
    logging.disable()  # clients complain about topics that are being made
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    full = os.environ.get("FULL") == "1"
    scale = QUICK if given.quick else replace(Scale(), stored=5_000_000) if full else Scale()
    whole = not given.only and not given.quick
    uvloop.run(
        main([given.only] if given.only else list(MEASUREMENTS), scale, ("make bench FULL=1" if full else "make bench") if whole else None)
    )
