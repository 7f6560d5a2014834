import time
from collections.abc import Callable
from hashlib import sha256

from shared.auth.actor import Actor

Monotonic = Callable[[], float]


class Verified:
    """Callers whose credential was verified a moment ago, so that a burst of requests verifies it once. Keeps hashes, never credentials."""

    def __init__(self, *, at_most: int = 4096, monotonic: Monotonic = time.monotonic) -> None:
        self._at_most = at_most
        self._monotonic = monotonic
        self._actors: dict[bytes, tuple[Actor, float]] = {}

    def find(self, credential: str) -> Actor | None:
        actor, until = self._actors.get(_digest(credential), (None, 0.0))
        return actor if self._monotonic() < until else None

    def remember(self, credential: str, actor: Actor, *, seconds: float) -> None:
        if len(self._actors) >= self._at_most:
            del self._actors[next(iter(self._actors))]
        digest = _digest(credential)
        self._actors.pop(digest, None)
        self._actors[digest] = (actor, self._monotonic() + seconds)


def _digest(credential: str) -> bytes:
    return sha256(credential.encode()).digest()
