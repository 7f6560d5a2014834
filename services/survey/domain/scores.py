"""What the answers say (SVY-4, SVY-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Literal

from services.survey.domain.answers import Answers, fields_of, texts
from services.survey.domain.policy import SurveyPolicy
from services.survey.domain.questionnaire import Kind, Question

_SATISFIED_CSAT = 4
_PROMOTER = 9
CALLBACK = "callback"
LONGEST_COMMENT = 20_000  # of all texts together, in what is told to others; each is kept whole with the survey
Verdict = Literal["exceeds", "meets", "below"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Means of what was expected of a dimension and what was perceived, 1 to 7."""

    expected: float
    perceived: float

    @property
    def gap(self) -> float:
        return self.perceived - self.expected


@dataclass(frozen=True, slots=True)
class Result:
    csat: int | None = None
    nps: int | None = None
    servqual: Mapping[str, Pair] = field(default_factory=dict)
    satisfied: bool | None = None
    verdict: Verdict | None = None
    callback_wanted: bool = False


def result(questions: Sequence[Question], answers: Answers, policy: SurveyPolicy) -> Result:
    csat, nps = _grade(questions, answers, Kind.CSAT), _grade(questions, answers, Kind.NPS)
    servqual = _servqual(questions, answers)
    callback = answers.get(CALLBACK) == "yes"
    return Result(
        csat=csat,
        nps=nps,
        servqual=servqual,
        satisfied=satisfied(csat, nps, callback_wanted=callback, policy=policy),
        verdict=verdict(servqual),
        callback_wanted=callback,
    )


def comment(questions: Sequence[Question], answers: Answers) -> str | None:
    """All texts, as far as an event goes."""
    return "\n\n".join(texts(questions, answers))[:LONGEST_COMMENT] or None


def satisfied(csat: int | None, nps: int | None, *, callback_wanted: bool, policy: SurveyPolicy) -> bool | None:
    """False: the loop is to be closed (SVY-5). True: CSAT of 4 or more, or a promoter where no CSAT was asked (SVY-4). Else unknown."""
    unhappy = (csat is not None and csat <= policy.dissatisfied_csat) or (nps is not None and nps <= policy.dissatisfied_nps)
    if callback_wanted or unhappy:
        return False
    if csat is not None:
        return True if csat >= _SATISFIED_CSAT else None
    return True if nps is not None and nps >= _PROMOTER else None


def verdict(servqual: Mapping[str, Pair]) -> Verdict | None:
    """Whether what was perceived exceeds, meets or is below what was expected, over all dimensions alike (SVY-4)."""
    if not servqual:
        return None
    gap = round(mean(pair.gap for pair in servqual.values()), 6)
    if gap == 0:
        return "meets"
    return "exceeds" if gap > 0 else "below"


def _grade(questions: Sequence[Question], answers: Answers, kind: Kind) -> int | None:
    given = [answers.get(question.question_id) for question in questions if question.kind is kind]
    return next((grade for grade in given if isinstance(grade, int)), None)


def _servqual(questions: Sequence[Question], answers: Answers) -> dict[str, Pair]:
    pairs: dict[str, list[tuple[int, int]]] = {}
    for question in questions:
        if question.kind is Kind.SERVQUAL and question.dimension is not None:
            expected, perceived = (answers.get(name) for name in fields_of(question))
            if isinstance(expected, int) and isinstance(perceived, int):
                pairs.setdefault(question.dimension, []).append((expected, perceived))
    return {dimension: _mean_pair(given) for dimension, given in pairs.items()}


def _mean_pair(given: Sequence[tuple[int, int]]) -> Pair:
    expected, perceived = zip(*given, strict=True)
    return Pair(float(mean(expected)), float(mean(perceived)))
