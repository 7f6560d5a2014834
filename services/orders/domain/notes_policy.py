from dataclasses import dataclass

from shared.bounds import number


@dataclass(frozen=True)
class NotesPolicy:
    """How much may stand on one order for the warehouse to read (ORD-10)."""

    notes_per_order: int = number(50, 1, 200)
    gift_pieces: int = number(100, 1, 10_000)
