"""Every metric that the processes expose, for docs/metrics.md and for whoever checks what is made of them."""

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import services
from shared.telemetry import metrics

_UNITS = {"_seconds": "seconds", "_bytes": "bytes"}
_OF_A_HISTOGRAM = {"_bucket": ("le",), "_sum": (), "_count": ()}
_HEADER = """# Metrics

Written by `make docs` from the code, where each stands beside what it counts. They are on `/metrics` of every process: beside the
probes, `PORT` of an api, `HEALTH_PORT` of worker and relay. A process shows what it could measure and fills what it does. Labels
hold names out of this list and route templates, never an id and nothing personal. Python's and the process's own
(`process_resident_memory_bytes`, …) are there too.

A label with values behind it never has others, and is shown with all of them from zero on. The others have what has happened so
far: topics and types of events, kinds of timers, routes, tables. What to watch: [alert rules](../deploy/monitoring/rules.yaml) with their
[runbooks](runbooks.md), and [dashboards](../deploy/monitoring/README.md).
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """`values` of a label are there where it never has others."""

    name: str
    kind: str
    labels: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    meaning: str

    @property
    def unit(self) -> str:
        return next((unit for ending, unit in _UNITS.items() if ending in self.name), "")

    @property
    def samples(self) -> Mapping[str, frozenset[str]]:
        """The names a query knows it by, with their labels."""
        if self.kind != "histogram":
            return {self.name: frozenset(self.labels)}
        return {self.name + ending: frozenset((*self.labels, *more)) for ending, more in _OF_A_HISTOGRAM.items()}


def measured() -> dict[str, list[Measured]]:
    """Of every service, and of each service its own."""
    names = [module.name for module in pkgutil.iter_modules(services.__path__) if find_spec(f"services.{module.name}.metrics")]
    own = {name: list(_in(import_module(f"services.{name}.metrics"))) for name in names}
    return {"every service": list(_in(metrics)), **own}


def exposed() -> dict[str, frozenset[str]]:
    """Every name a query can use, with the labels it has beside those of its target."""
    ours = {name: labels for group in measured().values() for each in group for name, labels in each.samples.items()}
    theirs = [sample for family in REGISTRY.collect() for sample in family.samples if sample.name.startswith(("process_", "python_"))]
    return ours | {sample.name: frozenset(sample.labels) for sample in theirs}


def metrics_markdown() -> str:
    return "\n".join([_HEADER, *(line for owner, group in measured().items() for line in _table(owner, group))])


def _in(module: ModuleType) -> Iterator[Measured]:
    for metric in vars(module).values():
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.collect()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels: tuple[str, ...] = metric._labelnames  # noqa: SLF001 - nothing public tells them before they are used
            values = dict(zip(labels, metrics.LABELLED.get(metric, ()), strict=False))
            yield Measured(name, family.type, labels, values, family.documentation)


def _table(owner: str, group: list[Measured]) -> Iterator[str]:
    yield f"## Of {owner}\n"
    yield "| metric | kind | unit | labels | meaning |\n|---|---|---|---|---|"
    yield from (f"| `{each.name}` | {each.kind} | {each.unit} | {_labels(each)} | {each.meaning} |" for each in group)
    yield ""


def _labels(each: Measured) -> str:
    return "; ".join(f"`{label}`: {', '.join(values)}" if (values := each.values.get(label)) else f"`{label}`" for label in each.labels)
