"""What departments answer (ORD-9), and what the answers must hold. Words are such as a customer may read."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.events.base import broken
from shared.events.fields import Day
from shared.money import Money
from shared.tasks import AnswerForm

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


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


class GoodsDate(AnswerForm):
    """When goods that are not in will be."""

    expected_on: Day


class DispatchDate(AnswerForm):
    """Why an order was not dispatched, and when it will be."""

    why: Annotated[Note, Field(min_length=1)]
    dispatched_on: Day


class Whereabouts(AnswerForm):
    """What the forwarder found out about a parcel."""

    outcome: Literal["on-its-way", "lost"]
    expected_on: Day | None = None
    note: Note = ""


class Done(AnswerForm):
    """What was asked for is done."""

    note: Note = ""
