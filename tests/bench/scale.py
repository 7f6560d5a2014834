from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rounds: int = 3
    orders: int = 50_000
    orders_one_by_one: int = 1_000
    orders_recorded: int = 20_000
    seconds: float = 10.0
    backlog: int = 200_000
    stored: int = 1_000_000
    inquiries: int = 300_000
    orders_when_stored: int = 15_000
    stored_when_posting: int = 50_000
    lag: int = 1_000_000
    watched: int = 200_000


QUICK = Scale(
    rounds=1,
    orders=5_000,
    orders_one_by_one=300,
    orders_recorded=5_000,
    seconds=4.0,
    backlog=30_000,
    stored=50_000,
    inquiries=15_000,
    orders_when_stored=3_000,
    stored_when_posting=20_000,
    lag=50_000,
    watched=20_000,
)
