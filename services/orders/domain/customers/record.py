"""A customer's record: recency, frequency, money, and how content she is (CUS-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from services.orders.domain.customers.lifetime import rounded
from services.orders.domain.customers.loss import Loss, loss_of, own_interval
from services.orders.domain.customers.windows import Windows
from services.orders.domain.value_policy import ValuePolicy
from shared.money import Money, total

_YEAR, _DAY, _SECOND = timedelta(days=365), timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class MonthSum:
    """The orders placed in one month (UTC) in one currency, and what was refunded of them, whenever it was."""

    month: date
    currency: str
    orders: int
    amount: Decimal
    refunded: Decimal

    @property
    def worth(self) -> Money:
        return Money(self.amount - self.refunded, self.currency)


@dataclass(frozen=True, slots=True)
class Record:
    """`orders` counts placed orders that were not cancelled."""

    orders: int
    first_order_at: datetime | None
    last_order_at: datetime | None
    months: Sequence[MonthSum]

    @property
    def currencies(self) -> list[str]:
        return sorted({month.currency for month in self.months if month.orders})

    def worth(self, currency: str, since: date = date.min, until: date = date.max) -> Money:
        """Of the orders of these months: what they came to less what was refunded."""
        return total((each.worth for each in self.months if each.currency == currency and since <= each.month < until), currency)

    def order_value(self, currency: str) -> Money:
        """The mean worth of an order in this currency; zero without one."""
        orders = self.orders_in(currency)
        return rounded(self.worth(currency).amount / orders, currency) if orders else Money.zero(currency)

    def recency(self, now: datetime) -> timedelta | None:
        return None if self.last_order_at is None else max(now - self.last_order_at, timedelta(0))

    def orders_in(self, currency: str) -> int:
        return sum(month.orders for month in self.months if month.currency == currency)

    def orders_a_year(self, now: datetime, currency: str | None = None) -> Decimal:
        """Since her first order; whoever came less than a year ago is not taken to order as often all year."""
        if self.first_order_at is None:
            return Decimal(0)
        known_for = max(now - self.first_order_at, _YEAR)
        orders = self.orders if currency is None else self.orders_in(currency)
        return Decimal(orders) * (_YEAR // _SECOND) / (known_for // _SECOND)

    def interval(self, policy: ValuePolicy) -> timedelta | None:
        if self.first_order_at is None or self.last_order_at is None:
            return None
        return own_interval(self.orders, self.first_order_at, self.last_order_at, policy)

    def loss(self, now: datetime, policy: ValuePolicy) -> Loss | None:
        interval = self.interval(policy)
        return None if interval is None or self.last_order_at is None else loss_of(interval, self.last_order_at, now, policy)

    def year(self, currency: str, windows: Windows) -> Money:
        return self.worth(currency, windows.year_from)

    @staticmethod
    def days(duration: timedelta) -> Decimal:
        """To the hundredth of a day."""
        return round(Decimal(duration // _SECOND) / Decimal(_DAY // _SECOND), 2)
