from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka.errors import KafkaError

from shared.db import is_transient, refusal
from shared.obstacles import NoAnswer, NotPermitted, Obstacle
from shared.retries import insist

T = TypeVar("T")


async def insist_on(server: str, work: Callable[[], Awaitable[T]], *, within: float) -> T:
    """Waits for the server to answer, NoAnswer after `within` seconds; NotPermitted at once where it refuses."""
    obstacle = Obstacle("migrate")

    def waits(error: Exception) -> bool:
        if not _is_away(error):
            return False
        obstacle.met(f"{server} does not answer")
        return True

    try:
        return await insist(work, on=waits, within=within)
    except Exception as error:
        if why := refusal(error):
            raise NotPermitted(f"{server} refuses: {why}") from error
        if _is_away(error):
            raise NoAnswer(f"{server} did not answer within {within:g} s") from error
        raise


def _is_away(error: Exception) -> bool:
    if isinstance(error, KafkaError):
        return bool(error.retriable)
    return refusal(error) is None and is_transient(error)
