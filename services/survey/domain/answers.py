"""From a form's fields to answers (SVY-3): what is out of range is named by question, what was right is kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.survey.domain.questionnaire import LONGEST_ANSWER, SCALES, Kind, Question

Value = int | str | list[str]
Answers = Mapping[str, Value]
PARTS = ("expected", "perceived")


@dataclass(frozen=True, slots=True)
class Reading:
    """`answers` by field, in the order of the questions; `wrong` are the fields that cannot be taken, with the rule they break."""

    answers: dict[str, Value]
    wrong: dict[str, str]


def fields_of(question: Question) -> tuple[str, ...]:
    """A servqual pair has two."""
    if question.kind is Kind.SERVQUAL:
        return tuple(f"{question.question_id}-{part}" for part in PARTS)
    return (question.question_id,)


def read(questions: Sequence[Question], sent: Mapping[str, Sequence[str]], *, complete: bool) -> Reading:
    """`complete`: a required answer that is missing is wrong; a partial one keeps what is there."""
    reading = Reading({}, {})
    for question in questions:
        for field in fields_of(question):
            given = [text for text in sent.get(field, ()) if text.strip()]
            if not given:
                if complete and question.required:
                    reading.wrong[field] = "required"
                continue
            _read_one(reading, question, field, given)
        if complete and question.kind is Kind.SERVQUAL:
            _whole_pair(reading, question)
    return reading


def _read_one(reading: Reading, question: Question, field: str, given: Sequence[str]) -> None:
    value, rule = _value(question, given)
    if rule is not None:
        reading.wrong[field] = rule
    if value is not None:
        reading.answers[field] = value


def _value(question: Question, given: Sequence[str]) -> tuple[Value | None, str | None]:
    match question.kind:
        case Kind.TEXT:
            words = given[0].replace("\0", "\ufffd")  # no text in a database holds it
            return words, "too-long" if len(words) > LONGEST_ANSWER else None
        case Kind.SINGLE:
            return (given[0], None) if given[0] in _choices(question) else (None, "choice")
        case Kind.MULTIPLE:
            chosen = [choice for choice in _choices(question) if choice in given]
            return chosen, None if set(given) <= set(chosen) else "choice"
        case _:
            return _grade(given[0], *SCALES[question.kind])


def _grade(text: str, least: int, most: int) -> tuple[Value | None, str | None]:
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and least <= int(text) <= most):  # noqa: PLR2004 - no scale has more digits
        return None, "range"
    return int(text), None


def _choices(question: Question) -> list[str]:
    return [choice.choice_id for choice in question.choices]


def _whole_pair(reading: Reading, question: Question) -> None:
    """Half a pair compares nothing."""
    missing = [field for field in fields_of(question) if field not in reading.answers and field not in reading.wrong]
    if len(missing) == 1:
        reading.wrong[missing[0]] = "pair"


def texts(questions: Sequence[Question], answers: Answers) -> Iterator[str]:
    for question in questions:
        value = answers.get(question.question_id)
        if question.kind is Kind.TEXT and isinstance(value, str):
            yield value
