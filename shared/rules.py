"""Rules as data: a tree of questions is walked for its answer and the ids that led there, and drawn as it is walked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

F = TypeVar("F")
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Answer:
    """`action` is what to do; `meaning` says why and what for people to read, with a policy's numbers by their names in braces."""

    action: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Question(Generic[F, P]):
    """Has exactly two answers; `holds` looks at the facts and the policy, `asks` is the same in words."""

    rule: str
    asks: str
    holds: Callable[[F, P], bool]
    yes: "Question[F, P] | Answer"
    no: "Question[F, P] | Answer"


@dataclass(frozen=True, slots=True)
class Rule(Generic[F, P]):
    """A rule of the domain with the question it begins with. Questions may lead to one another from several sides, never in a ring."""

    rule: str
    title: str
    first: Question[F, P]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule answers, and the ids it passed: its own, then those of the questions."""

    answer: Answer
    rules: tuple[str, ...]


def decide(rule: Rule[F, P], facts: F, policy: P) -> Decision:
    """Walks from the first question to an answer."""
    passed = [rule.rule]
    at: Question[F, P] | Answer = rule.first
    while isinstance(at, Question):
        passed.append(at.rule)
        at = at.yes if at.holds(facts, policy) else at.no
    return Decision(at, tuple(passed))


def ways(rule: Rule[F, P]) -> Iterator[Decision]:
    """Every decision the rule can come to."""
    yield from _ways(rule.first, (rule.rule,))


def questions(rule: Rule[F, P]) -> list[Question[F, P]]:
    """Each once, in the order they are drawn."""
    found: dict[str, Question[F, P]] = {}
    _collect(rule.first, found)
    return list(found.values())


def told(text: str, policy: object) -> str:
    """Words of a rule with the policy's numbers in them."""
    return text.format_map(vars(policy))


def flow_chart(rule: Rule[F, P], policy: P) -> str:
    """As Mermaid draws it, with this policy's numbers."""
    lines = ["flowchart TD"]
    for question in questions(rule):
        name = _name(question.rule)
        lines.append(f'    {name}{{"{_label(question.rule, told(question.asks, policy))}"}}')
        for word, then in (("yes", question.yes), ("no", question.no)):
            target = _name(then.rule) if isinstance(then, Question) else f"{name}_{word}"
            if isinstance(then, Answer):
                lines.append(f'    {target}["{_label(then.action, told(then.meaning, policy))}"]')
            lines.append(f"    {name} -- {word} --> {target}")
    return "\n".join(lines)


def _ways(at: Question[F, P] | Answer, passed: tuple[str, ...]) -> Iterator[Decision]:
    if isinstance(at, Answer):
        yield Decision(at, passed)
        return
    for then in (at.yes, at.no):
        yield from _ways(then, (*passed, at.rule))


def _collect(at: Question[F, P] | Answer, found: dict[str, Question[F, P]]) -> None:
    if isinstance(at, Question) and found.setdefault(at.rule, at) is at:
        _collect(at.yes, found)
        _collect(at.no, found)


def _name(rule: str) -> str:
    return rule.lower().replace("-", "_").replace(".", "_")


def _label(heading: str, words: str) -> str:
    return f"<b>{heading}</b><br>{words}".replace('"', "#quot;")
