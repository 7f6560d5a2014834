"""The customer's page: HTML of the server's, without a script (SVY-3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.survey.domain.answers import PARTS, Answers, fields_of
from services.survey.domain.questionnaire import LANGUAGES, SCALES, Kind, Question, Questionnaire
from services.survey.pages.words import ENDS, ERRORS, NAMES, WORDS
from shared.pages import templates

_TEMPLATES = templates(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    wrong: bool = False


def form(
    questionnaire: Questionnaire,
    language: str,
    *,
    store: str,
    answers: Answers,
    wrong: Mapping[str, str] | None = None,
    note: str | None = None,
) -> str:
    """The questions with what is answered so far; `note` is a word of WORDS."""
    wrong = wrong or {}
    words = WORDS[language]
    notes = [Note(words["mend"], wrong=True)] if wrong else []
    notes += [Note(words[note])] if note else []
    asked = [_question(question, language, answers, wrong) for question in questionnaire.questions]
    return _render(language, questionnaire.title[language], store=store, notes=notes, questions=asked)


def word(language: str, title: str, text: str, *, store: str = "") -> str:
    """A page that only says something."""
    return _render(language, WORDS[language][title], store=store, notes=[Note(WORDS[language][text])], questions=[])


def _render(language: str, title: str, *, store: str, notes: list[Note], questions: list[dict[str, object]]) -> str:
    (other,) = [each for each in LANGUAGES if each != language]
    return _TEMPLATES.get_template("survey.html").render(
        language=language,
        title=title,
        store=store,
        other=other,
        other_name=NAMES[other],
        notes=notes,
        questions=questions,
        words=WORDS[language],
    )


def _question(question: Question, language: str, answers: Answers, wrong: Mapping[str, str]) -> dict[str, object]:
    errors = [wrong[field] for field in fields_of(question) if field in wrong]
    return {
        "id": question.question_id,
        "kind": question.kind.value,
        "text": question.text[language],
        "required": question.required,
        "scale": question.kind in SCALES,
        "value": answers.get(question.question_id, ""),
        "error": ERRORS[language][errors[0]] if errors else None,
        "rows": list(_rows(question, language, answers)),
    }


def _rows(question: Question, language: str, answers: Answers) -> Iterator[dict[str, object]]:
    for position, field in enumerate(fields_of(question)):
        value = answers.get(field)
        row: dict[str, object] = {"field": field, "value": value, "label": ""}
        if question.kind in SCALES:
            least, most = SCALES[question.kind]
            low, high = ENDS[language][question.kind.value]
            row |= {"grades": list(range(least, most + 1)), "least": low, "most": high}
        if question.kind is Kind.SERVQUAL:
            row["label"] = WORDS[language][PARTS[position]]
        chosen = value if isinstance(value, list) else [value]
        row["choices"] = [
            {"id": choice.choice_id, "label": choice.label[language], "chosen": choice.choice_id in chosen} for choice in question.choices
        ]
        yield row
