"""What the survey service says of customers' answers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events import examples
from shared.events.base import Event, Part
from shared.events.fields import GivenId, Label, Line, Moment, StoreId, Text
from shared.events.parts import About, Guest

Grade = Annotated[float, Field(ge=1, le=7, allow_inf_nan=False)]


class ServqualPair(Part):
    """What was expected of a dimension and what was perceived, 1 to 7; the mean where several questions ask for it."""

    expected: Grade
    perceived: Grade


class Scores(Part):
    """Null, or a dimension left out, where it was not asked or not answered."""

    csat: Annotated[int, Field(ge=1, le=5)] | None = None
    nps: Annotated[int, Field(ge=0, le=10)] | None = None
    servqual: dict[Label, ServqualPair] = Field(
        default={}, description="By dimension: reliability, responsiveness, assurance, empathy, tangibles."
    )


class SurveyEvent(Event):
    topic = "surveys"
    key_fields = ("survey_id",)
    said_by = "survey"
    survey_id: UUID
    store_id: StoreId


class SurveyCompleted(SurveyEvent):
    """A customer answered, once per survey. `satisfied` is null where the answers do not tell, `verdict` where no pairs were asked."""

    name = "survey-completed"
    example = {
        "survey_id": "01980a5e-0c00-7000-8000-000000000040",
        "store_id": "demo",
        "customer_id": "c-81",
        "guest": None,
        "occasion": {"kind": "case", "id": examples.CASE_ID},
        "order_id": "10001",
        "inquiry_id": None,
        "case_id": examples.CASE_ID,
        "agent_id": "agent-7",
        "scores": {"csat": 4, "nps": 9, "servqual": {"responsiveness": {"expected": 6.0, "perceived": 6.5}}},
        "satisfied": True,
        "verdict": "exceeds",
        "callback_wanted": False,
        "comment": "Quick and friendly",
        "completed_at": "2026-03-13T12:00:00Z",
    }
    customer_id: GivenId | None
    guest: Guest | None
    occasion: About
    order_id: GivenId | None
    inquiry_id: UUID | None
    case_id: UUID | None
    agent_id: Line | None
    scores: Scores
    satisfied: bool | None
    verdict: Literal["exceeds", "meets", "below"] | None
    callback_wanted: bool
    comment: Text | None
    completed_at: Moment
