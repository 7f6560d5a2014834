"""SVY-1, SVY-3, SVY-4 and SVY-5 at every boundary."""

from dataclasses import replace

import pytest

from services.survey.domain.answers import Answers, read
from services.survey.domain.people import people
from services.survey.domain.policy import SurveyPolicy
from services.survey.domain.questionnaire import (
    LONGEST_ANSWER,
    Choice,
    Kind,
    Occasion,
    Question,
    QuestionnaireInconsistent,
    check,
)
from services.survey.domain.scores import Pair, comment, result, satisfied, verdict
from services.survey.domain.starters import starter
from shared.bounds import PolicyOutOfRange

BOTH = {"zh-CN": "问", "en": "Ask"}
CSAT = Question("csat", Kind.CSAT, BOTH, required=True)
NPS = Question("nps", Kind.NPS, BOTH)
SPEED = Question("speed", Kind.SERVQUAL, BOTH, dimension="responsiveness")
HASTE = Question("haste", Kind.SERVQUAL, BOTH, dimension="responsiveness")
COLOUR = Question("colour", Kind.SINGLE, BOTH, choices=(Choice("red", BOTH), Choice("blue", BOTH)))
MANY = Question("many", Kind.MULTIPLE, BOTH, choices=(Choice("a", BOTH), Choice("b", BOTH)))
TEXT = Question("comment", Kind.TEXT, BOTH)
POLICY = SurveyPolicy()


@pytest.mark.parametrize("occasion", list(Occasion))
def test_a_questionnaire_comes_with_the_product_for_every_occasion(occasion: Occasion) -> None:
    known = starter(occasion)

    check(known.questions, known.title)
    assert known.version == 0


@pytest.mark.parametrize(
    ("questions", "field", "rule"),
    [
        ((), "questions", "count"),
        ((CSAT,) * 41, "questions", "count"),
        ((replace(CSAT, text={"en": "Ask"}),), "questions.0.text.zh-CN", "both-languages"),
        ((CSAT, replace(NPS, question_id="csat")), "questions.1.question_id", "unique"),
        ((CSAT, replace(CSAT, question_id="again")), "questions", "one-csat"),
        ((replace(SPEED, dimension=None),), "questions.0.dimension", "servqual"),
        ((replace(SPEED, dimension="beauty"),), "questions.0.dimension", "dimension"),
        ((replace(CSAT, dimension="empathy"),), "questions.0.dimension", "servqual"),
        ((replace(COLOUR, choices=COLOUR.choices[:1]),), "questions.0.choices", "choices"),
        ((replace(TEXT, choices=COLOUR.choices),), "questions.0.choices", "choices"),
        ((replace(COLOUR, choices=(COLOUR.choices[0],) * 2),), "questions.0.choices", "unique"),
    ],
)
def test_a_questionnaire_that_makes_no_sense_names_question_and_rule(questions: tuple[Question, ...], field: str, rule: str) -> None:
    with pytest.raises(QuestionnaireInconsistent) as refused:
        check(questions, BOTH)

    assert (field, rule) in {(problem.field, problem.rule) for problem in refused.value.fields}


@pytest.mark.parametrize(
    ("question", "sent", "value", "rule"),
    [
        (CSAT, "1", 1, None),
        (CSAT, "5", 5, None),
        (CSAT, "0", None, "range"),
        (CSAT, "6", None, "range"),
        (CSAT, "٣", None, "range"),
        (CSAT, "4.0", None, "range"),
        (CSAT, "", None, "required"),
        (NPS, "0", 0, None),
        (NPS, "10", 10, None),
        (NPS, "11", None, "range"),
        (NPS, "", None, None),
        (COLOUR, "red", "red", None),
        (COLOUR, "green", None, "choice"),
        (TEXT, "<b>x</b>\u202e", "<b>x</b>\u202e", None),
        (TEXT, "😀" * LONGEST_ANSWER, "😀" * LONGEST_ANSWER, None),
        (TEXT, "x" * (LONGEST_ANSWER + 1), "x" * (LONGEST_ANSWER + 1), "too-long"),
        (TEXT, "a\0b", "a\ufffdb", None),
    ],
)
def test_an_answer_is_taken_or_marked_with_the_rule_it_breaks(question: Question, sent: str, value: object, rule: str | None) -> None:
    reading = read([question], {question.question_id: [sent]}, complete=True)

    assert (reading.answers.get(question.question_id), reading.wrong.get(question.question_id)) == (value, rule)


def test_several_choices_are_kept_in_the_order_they_are_offered() -> None:
    assert read([MANY], {"many": ["b", "a"]}, complete=True).answers == {"many": ["a", "b"]}
    assert read([MANY], {"many": ["b", "c"]}, complete=True).wrong == {"many": "choice"}


def test_half_a_pair_compares_nothing() -> None:
    half = {"speed-expected": ["5"]}

    assert read([SPEED], half, complete=True).wrong == {"speed-perceived": "pair"}
    assert read([SPEED], half, complete=False).wrong == {}


@pytest.mark.parametrize(
    ("csat", "nps", "callback", "expected"),
    [
        (1, None, False, False),
        (2, None, False, False),
        (3, None, False, None),
        (4, None, False, True),
        (5, None, False, True),
        (5, 6, False, False),
        (5, 7, False, True),
        (3, 10, False, None),
        (None, 6, False, False),
        (None, 7, False, None),
        (None, 8, False, None),
        (None, 9, False, True),
        (None, None, False, None),
        (5, 10, True, False),
    ],
)
def test_satisfied_is_told_by_csat_then_nps_and_a_wish_to_be_called(
    csat: int | None, nps: int | None, *, callback: bool, expected: bool | None
) -> None:
    assert satisfied(csat, nps, callback_wanted=callback, policy=POLICY) is expected


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], None),
        ([(6, 6)], "meets"),
        ([(5, 6)], "exceeds"),
        ([(6, 5)], "below"),
        ([(5, 6), (6, 5)], "meets"),
        ([(1, 2), (7, 5)], "below"),
    ],
)
def test_the_verdict_is_what_was_perceived_against_what_was_expected(pairs: list[tuple[int, int]], expected: str | None) -> None:
    assert verdict({str(number): Pair(float(want), float(got)) for number, (want, got) in enumerate(pairs)}) == expected


def test_several_pairs_of_one_dimension_count_as_their_mean() -> None:
    answers: Answers = {
        "speed-expected": 5,
        "speed-perceived": 7,
        "haste-expected": 6,
        "haste-perceived": 6,
        "csat": 4,
        "comment": "Thanks",
    }

    found = result([CSAT, SPEED, HASTE, TEXT], answers, POLICY)

    assert found.servqual == {"responsiveness": Pair(5.5, 6.5)}
    assert (found.csat, found.verdict, found.satisfied) == (4, "exceeds", True)
    assert comment([CSAT, SPEED, HASTE, TEXT], answers) == "Thanks"


@pytest.mark.parametrize(
    ("customer_id", "guest", "known"),
    [
        ("c-1", None, ["customer:c-1"]),
        (None, {"email": "Li@Example.com", "phone": None}, ["email:li@example.com"]),
        (None, {"email": None, "phone": "+86 138 0013 8000"}, ["phone:+8613800138000"]),
        (None, {"email": "li@example.com", "phone": "+8613800138000"}, ["email:li@example.com", "phone:+8613800138000"]),
        (None, {"name": "Li"}, []),
    ],
)
def test_a_guest_is_known_by_e_mail_and_phone(customer_id: str | None, guest: dict[str, str | None] | None, known: list[str]) -> None:
    assert people(customer_id, guest) == known


@pytest.mark.parametrize(
    "wrong", [{"quiet_minutes": -1}, {"quiet_minutes": 5_256_001}, {"valid_minutes": 0}, {"dissatisfied_csat": 4}, {"dissatisfied_nps": 9}]
)
def test_a_policy_no_store_can_mean_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(PolicyOutOfRange):
        SurveyPolicy(**wrong)
