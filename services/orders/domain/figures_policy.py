from dataclasses import dataclass

from shared.bounds import number


@dataclass(frozen=True)
class FiguresPolicy:
    """How many days figures are told of where nobody says since when (ORD-11)."""

    figures_days: int = number(30, 1, 400)
