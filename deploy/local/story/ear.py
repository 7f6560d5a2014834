"""Hears what is said about one customer, and tells it as it comes."""

from collections.abc import AsyncIterator, Callable, Collection

from deploy.local.children import until
from deploy.local.listening import Heard

TOPICS = (
    *("storefront-stores", "storefront-products", "storefront-customers", "storefront-messages", "storefront-orders"),
    *("inquiries", "orders", "customers", "cases", "returns", "refunds", "finance-refunds", "surveys", "rewards", "customer-messages"),
)
_IDS = ("customer_id", "order_id", "inquiry_id", "case_id", "refund_id", "survey_id")


class DidNotHappen(Exception):
    """A step of the story that was to come, and by when."""


class Ear:
    """`ids` are those of the customer's own things; what is heard of one of them adds the ids it names."""

    def __init__(self, store_id: str, ids: Collection[str], tell: Callable[[Heard], None]) -> None:
        self._store_id = store_id
        self._ids = set(ids)
        self._tell = tell
        self._waiting: list[Heard] = []

    async def listen(self, events: AsyncIterator[Heard]) -> None:
        """For ever; cancel it."""
        async for event in events:
            self.hear(event)

    def hear(self, event: Heard) -> None:
        """Finance names no store, so an event that names none may be hers too."""
        ids = {*(event.text(name) for name in _IDS), str(event.part("customer").get("customer_id") or "")} - {""}
        if event.text("store_id") in (self._store_id, "") and not self._ids.isdisjoint(ids):
            self._ids |= ids
            self._waiting.append(event)
            self._tell(event)

    def knows(self, own: str) -> None:
        """One more thing that is hers."""
        self._ids.add(own)

    async def hears(self, *names: str, within: float, where: Callable[[Heard], bool] = lambda _: True) -> Heard:
        """The first of these that nobody asked for yet; DidNotHappen after so many seconds."""

        def come() -> Heard | None:
            return next((each for each in self._waiting if each.name in names and where(each)), None)

        try:
            await until(lambda: come() is not None, within=within)
        except TimeoutError:
            raise DidNotHappen(f"{' or '.join(names)} did not come within {within:.0f} s") from None
        event = come()
        assert event is not None
        self._waiting.remove(event)
        return event
