"""Rules as data: what a walk answers, and what is drawn."""

from dataclasses import dataclass

from shared.rules import Answer, Decision, Question, Rule, decide, flow_chart, questions, told, ways


@dataclass(frozen=True)
class Limits:
    most: int = 3


KEEP = Answer("keep", "At most {most}: it stays.")
_NAMED: Question[str, Limits] = Question("R-1.2", "Is it named?", lambda word, _: word != "", yes=KEEP, no=Answer("drop", "It goes."))
RULE: Rule[str, Limits] = Rule(
    "R-1",
    "Words",
    Question("R-1.1", "Has it at most {most} letters?", lambda word, limits: len(word) <= limits.most, yes=_NAMED, no=_NAMED),
)


def test_a_walk_answers_with_the_ids_it_passed() -> None:
    assert decide(RULE, "abc", Limits()) == Decision(KEEP, ("R-1", "R-1.1", "R-1.2"))
    assert decide(RULE, "", Limits()).answer.action == "drop"


def test_every_way_through_the_tree_is_told_and_every_question_once() -> None:
    assert [way.answer.action for way in ways(RULE)] == ["keep", "drop", "keep", "drop"]
    assert [question.rule for question in questions(RULE)] == ["R-1.1", "R-1.2"]


def test_words_have_the_numbers_of_the_policy() -> None:
    assert told(KEEP.meaning, Limits(7)) == "At most 7: it stays."


def test_the_chart_draws_each_question_once_with_both_its_answers() -> None:
    assert flow_chart(RULE, Limits()).splitlines() == [
        "flowchart TD",
        '    r_1_1{"<b>R-1.1</b><br>Has it at most 3 letters?"}',
        "    r_1_1 -- yes --> r_1_2",
        "    r_1_1 -- no --> r_1_2",
        '    r_1_2{"<b>R-1.2</b><br>Is it named?"}',
        '    r_1_2_yes["<b>keep</b><br>At most 3: it stays."]',
        "    r_1_2 -- yes --> r_1_2_yes",
        '    r_1_2_no["<b>drop</b><br>It goes."]',
        "    r_1_2 -- no --> r_1_2_no",
    ]
