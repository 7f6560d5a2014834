"""Every rule of what is built has code that decides it and tests that hold it, and the drawn ones are drawn as they are."""

import pytest

from deploy import rules
from deploy.rules import DRAWN, NOT_BUILT, PAGES, ROOT, numbers_of, rule_pages, titles
from services.orders.domain.policy import OrderPolicy
from shared.rules import questions, ways

CODE, TESTS = rules.code_of_rules(), rules.tests_of_rules()


@pytest.mark.parametrize("rule", [rule for rule in titles() if rule not in NOT_BUILT])
def test_a_rule_that_is_built_has_code_and_tests(rule: str) -> None:
    assert CODE.get(rule), f"no docstring in services/ or shared/ names {rule}"
    assert TESTS.get(rule), f"no docstring of a test names {rule}"


@pytest.mark.parametrize("rule", sorted(NOT_BUILT))
def test_a_rule_that_has_both_is_taken_off_the_list_of_what_is_not_built(rule: str) -> None:
    assert rule in titles()
    assert not (CODE.get(rule) and TESTS.get(rule)), f"take {rule} off NOT_BUILT in deploy/rules.py"


def test_no_docstring_names_a_rule_there_is_not() -> None:
    assert (CODE.keys() | TESTS.keys()) - titles().keys() == set()


def test_no_page_is_left_of_a_rule_that_is_not_drawn_any_more() -> None:
    assert {path.name for path in (ROOT / PAGES).iterdir()} == {path.name for path in rule_pages()}


@pytest.mark.parametrize("rule", DRAWN)
def test_a_page_draws_every_question_and_answer_with_the_policys_numbers(rule: str) -> None:
    tree, also = DRAWN[rule]
    page = rule_pages()[PAGES / f"{rule.lower()}.md"]

    assert all(f"<b>{question.rule}</b>" in page for question in questions(tree))
    assert all(f"<b>{way.answer.action}</b>" in page for way in ways(tree))
    assert all(f"| `{name}` |" in page and hasattr(OrderPolicy(), name) for name in (*numbers_of(tree), *also))
