"""What is asked (SVY-1): questions of six kinds, in Chinese and in English, always both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import FieldProblem, Unprocessable

LANGUAGES = ("zh-CN", "en")
DIMENSIONS = ("reliability", "responsiveness", "assurance", "empathy", "tangibles")
MOST_QUESTIONS = 40
LONGEST_ANSWER = 5_000


class Occasion(StrEnum):
    INQUIRY = "inquiry"
    DELIVERY = "delivery"
    CASE = "case"
    RETURN_VISIT = "return-visit"


class Kind(StrEnum):
    CSAT = "csat"
    NPS = "nps"
    SERVQUAL = "servqual"
    SINGLE = "single"
    MULTIPLE = "multiple"
    TEXT = "text"


SCALES: Mapping[Kind, tuple[int, int]] = {Kind.CSAT: (1, 5), Kind.NPS: (0, 10), Kind.SERVQUAL: (1, 7)}
Words = Mapping[str, str]


class QuestionnaireInconsistent(Unprocessable):
    """Each question has a form a question may have, but they do not make a questionnaire."""


@dataclass(frozen=True, slots=True)
class Choice:
    choice_id: str
    label: Words


@dataclass(frozen=True, slots=True)
class Question:
    """`dimension` is of a servqual pair, `choices` are of single and multiple choice."""

    question_id: str
    kind: Kind
    text: Words
    required: bool = False
    dimension: str | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """`version` 0 is the one that comes with the product."""

    occasion: Occasion
    version: int
    title: Words
    questions: tuple[Question, ...]


def check(questions: Sequence[Question], title: Words) -> None:
    """QuestionnaireInconsistent with every rule that is broken, by question."""
    wrong = [*_words("title", title)]
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        wrong.append(FieldProblem("questions", "count", f"must be 1 to {MOST_QUESTIONS}"))
    seen: set[str] = set()
    for position, question in enumerate(questions):
        where = f"questions.{position}"
        wrong += [*_words(f"{where}.text", question.text), *_of_kind(where, question)]
        if question.question_id in seen:
            wrong.append(FieldProblem(f"{where}.question_id", "unique", "must be each question's own"))
        seen.add(question.question_id)
    for kind in (Kind.CSAT, Kind.NPS):
        if sum(question.kind is kind for question in questions) > 1:
            wrong.append(FieldProblem("questions", f"one-{kind}", f"must ask {kind} once at most"))
    if wrong:
        raise QuestionnaireInconsistent("the questionnaire is not consistent (SVY-1)", wrong)


def _words(where: str, words: Words) -> list[FieldProblem]:
    return [FieldProblem(f"{where}.{language}", "both-languages", "must be there") for language in LANGUAGES if not words.get(language)]


def _of_kind(where: str, question: Question) -> list[FieldProblem]:
    wrong = []
    if (question.kind is Kind.SERVQUAL) != (question.dimension is not None):
        wrong.append(FieldProblem(f"{where}.dimension", "servqual", "must be there for a servqual pair, and only there"))
    elif question.dimension is not None and question.dimension not in DIMENSIONS:
        wrong.append(FieldProblem(f"{where}.dimension", "dimension", f"must be one of {', '.join(DIMENSIONS)}"))
    offers = question.kind in (Kind.SINGLE, Kind.MULTIPLE)
    if offers != (len(question.choices) >= 2):  # noqa: PLR2004 - less is no choice
        wrong.append(FieldProblem(f"{where}.choices", "choices", "must be two or more for a choice, and none elsewhere"))
    if len({choice.choice_id for choice in question.choices}) < len(question.choices):
        wrong.append(FieldProblem(f"{where}.choices", "unique", "must each have a choice_id of its own"))
    for position, choice in enumerate(question.choices):
        wrong += _words(f"{where}.choices.{position}.label", choice.label)
    return wrong
