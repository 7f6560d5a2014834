"""What this process measures, as its /metrics page would tell it."""

from prometheus_client import REGISTRY


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def figures(*names: str, **labels: str) -> list[float | None]:
    return [figure(name, **labels) for name in names]


class Counted:
    """What was counted since it was made: `counted("kefu_orders_closed_total", outcome="signed")`."""

    def __init__(self) -> None:
        self._before = _all()

    def __call__(self, name: str, **labels: str) -> float:
        return self.every(name).get(frozenset(labels.items()), 0)

    def every(self, name: str) -> dict[frozenset[tuple[str, str]], float]:
        """The label sets of this name that moved."""
        moved = {key: value - self._before.get(key, 0) for key, value in _all().items() if key[0] == name}
        return {labels: value for (_, labels), value in moved.items() if value}


def _all() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    samples = [sample for family in REGISTRY.collect() for sample in family.samples]
    return {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
