"""What departments answer (ORD-9), and what the answers must hold."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.events.base import broken
from shared.events.fields import Day, Text
from shared.money import Money
from shared.tasks import AnswerForm

Words = Annotated[Text, Field(min_length=1, max_length=500)]


class PurchaseAnswer(AnswerForm):
    """When goods were bought for the order and what they cost; both null where none were."""

    bought_on: Day | None = None
    cost: Money | None = None

    @model_validator(mode="after")
    def _tells_both_or_neither(self) -> Self:
        if (self.bought_on is None) != (self.cost is None):
            raise broken("both-or-neither", "cost", "must be there with bought_on, or neither")
        if self.cost is not None and self.cost.amount <= 0:
            raise broken("positive", "cost", "must be more than zero; null where nothing was bought")
        return self


class GoodsInAnswer(AnswerForm):
    """Whether the order's goods are in; where they are not, when they are expected."""

    are_in: bool
    expected_on: Day | None = None

    @model_validator(mode="after")
    def _tells_when(self) -> Self:
        if not self.are_in and self.expected_on is None:
            raise broken("expected-on", "expected_on", "must be there while the goods are not in")
        return self


class DelayAnswer(AnswerForm):
    """Why the order has not left, in words its customer may read, and the day it will."""

    delay: Words
    ships_on: Day


class TraceAnswer(AnswerForm):
    """Where the parcel is, in words its customer may read, and the day it should arrive; or that it is lost."""

    whereabouts: Words
    expected_on: Day | None = None
    lost: bool = False

    @model_validator(mode="after")
    def _tells_when(self) -> Self:
        if not self.lost and self.expected_on is None:
            raise broken("expected-on", "expected_on", "must be there unless the parcel is lost")
        return self


class Done(AnswerForm):
    """What was asked for is done."""

    note: Words | None = None
