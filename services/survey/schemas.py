from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from services.survey.domain.questionnaire import Choice, Kind, Occasion, Question, Questionnaire
from services.survey.models import SurveyRow
from shared.events.base import broken
from shared.events.fields import GivenId, Label, Language, Line
from shared.events.parts import Guest

FieldId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = dict[Annotated[str, StringConstraints(pattern="^(zh-CN|en)$")], Annotated[str, StringConstraints(min_length=1, max_length=500)]]


class ChoiceIn(BaseModel):
    choice_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    label: Words

    model_config = ConfigDict(from_attributes=True)


class QuestionIn(BaseModel):
    """`dimension` is of a servqual pair, `choices` are of single and multiple choice.

    A single choice called `callback` whose choice `yes` is taken asks for a call (SVY-5).
    """

    question_id: FieldId
    kind: Kind
    text: Words
    required: bool = False
    dimension: Label | None = None
    choices: list[ChoiceIn] = Field(default=[], max_length=30)

    model_config = ConfigDict(from_attributes=True)

    @property
    def question(self) -> Question:
        choices = tuple(Choice(choice.choice_id, choice.label) for choice in self.choices)
        return Question(self.question_id, self.kind, self.text, self.required, self.dimension, choices)


class QuestionnaireIn(BaseModel):
    title: Words
    questions: list[QuestionIn] = Field(max_length=100)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]

    def questionnaire(self, occasion: Occasion) -> Questionnaire:
        return Questionnaire(occasion, 0, self.title, tuple(each.question for each in self.questions))


class QuestionnaireOut(BaseModel):
    """`version` 0 is the one that comes with the product."""

    occasion: Occasion
    version: int
    title: Words
    questions: list[QuestionIn]

    model_config = ConfigDict(from_attributes=True)


class SurveyIn(BaseModel):
    """Whom to ask, and about what: a `return-visit` of the agent's own id, or an occasion that nobody was asked about yet."""

    occasion_kind: Occasion = Occasion.RETURN_VISIT
    occasion_id: GivenId
    customer_id: GivenId | None = None
    guest: Guest | None = None
    language: Language = "en"
    channel: Label = "email"
    order_id: GivenId | None = None

    @model_validator(mode="after")
    def _asks_somebody(self) -> Self:
        if (self.customer_id is None) == (self.guest is None):
            raise broken("customer-or-guest", "customer_id", "must be there, or a guest, and not both")
        return self


class OccasionOut(BaseModel):
    kind: Occasion
    id: str


class SurveyOut(BaseModel):
    survey_id: UUID
    status: Literal["invited", "answered", "expired"]
    occasion: OccasionOut
    customer_id: str | None
    guest: Guest | None
    language: str
    channel: str
    order_id: str | None
    inquiry_id: UUID | None
    case_id: UUID | None
    agent_id: Line | None
    questionnaire_version: int
    answers: Mapping[str, JsonValue]
    scores: Mapping[str, JsonValue] | None
    satisfied: bool | None
    verdict: Literal["exceeds", "meets", "below"] | None
    callback_wanted: bool | None
    invited_at: datetime
    expires_at: datetime
    reminded_at: datetime | None
    answered_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: SurveyRow) -> Self:
        own = {name: getattr(row, name) for name in cls.model_fields if name not in {"occasion", "questionnaire_version"}}
        occasion = {"kind": row.occasion_kind, "id": row.occasion_id}
        return cls.model_validate({**own, "occasion": occasion, "questionnaire_version": row.questionnaire["version"]})


class StepOut(BaseModel):
    number: int
    at: datetime
    step: str
    by: str
    reason: str | None
    detail: Mapping[str, JsonValue]
