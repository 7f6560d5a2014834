"""Alert rules and dashboards: Prometheus reads them, every alert is tested and has a runbook, and they ask for what there is.

`python -m deploy.checks.monitoring` tells all that is wrong and exits with 1.
"""

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.checks import dashboards
from deploy.checks.promql import Uses, uses
from deploy.checks.promtool import Complaint, promtool
from deploy.local.children import ROOT
from deploy.measured import exposed

MONITORING = ROOT / "deploy" / "monitoring"
RULES = MONITORING / "rules.yaml"
TESTS = MONITORING / "rules_test.yaml"
DASHBOARDS = sorted((MONITORING / "dashboards").glob("*.json"))
RUNBOOKS = ROOT / "docs" / "runbooks.md"
RUNBOOK_URL = "https://kefu.example/docs/runbooks.md"
# what Prometheus puts on every series of ours, as README.md wants it
TARGET = frozenset({"job", "instance", "namespace", "pod", "service", "process"})
_PROMETHEUS = {"up": frozenset[str](), "ALERTS": frozenset({"alertname", "alertstate", "severity"})}
_SEVERITIES = ("critical", "warning")

Rule = Mapping[str, Any]


def rules() -> list[Rule]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def alerts() -> list[Rule]:
    return [rule for rule in rules() if "alert" in rule]


def expressions() -> list[tuple[str, str]]:
    """Of rules and dashboards, each with where it stands."""
    asked = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()]
    return asked + [each for path in DASHBOARDS for each in dashboards.expressions(dashboards.read(path))]


def problems() -> Iterator[str]:
    yield from _told_badly(alerts())
    yield from untested([rule["alert"] for rule in alerts()], yaml.safe_load(TESTS.read_text())["tests"])
    yield from unknown(expressions(), known())
    for path in DASHBOARDS:
        yield from dashboards.problems(dashboards.read(path))


def known() -> dict[str, frozenset[str]]:
    recorded = {rule["record"]: frozenset[str]() for rule in rules() if "record" in rule}
    return exposed() | recorded | _PROMETHEUS


def unknown(asked: Iterable[tuple[str, str]], there: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Metrics and labels that no process has."""
    for place, expression in asked:
        used = uses(expression)
        yield from (f"{place}: there is no metric {name}" for name in used.matched if name not in there)
        for name, labels in used.matched.items():
            missing = labels - there.get(name, labels) - TARGET
            yield from (f"{place}: {name} has no label {label}" for label in sorted(missing))
        yield from (f"{place}: nothing in it has a label {label}" for label in sorted(_ungrouped(used, there)))


def _ungrouped(used: Uses, there: Mapping[str, frozenset[str]]) -> set[str]:
    return used.grouped - TARGET - {label for name in used.matched for label in there.get(name, ())}


def untested(names: Iterable[str], tests: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Alerts that no test lets fire, or stay quiet."""
    checks = [(uses(check["expr"]), bool(check.get("exp_samples"))) for test in tests for check in test["promql_expr_test"]]
    tested = {(equal.get("alertname"), fires) for used, fires in checks for _, equal in used.equal}
    for name in names:
        for fires, words in ((True, "fires"), (False, "is quiet")):
            if (name, fires) not in tested:
                yield f"{name}: no test in {TESTS.name} shows when it {words}"


def _told_badly(told: Iterable[Rule]) -> Iterator[str]:
    described = set(re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE))
    for rule in told:
        name, annotations = rule["alert"], rule.get("annotations", {})
        yield from (f"{name}: no {word}" for word in ("summary", "description") if not annotations.get(word))
        if rule.get("labels", {}).get("severity") not in _SEVERITIES:
            yield f"{name}: severity is one of {', '.join(_SEVERITIES)}"
        if annotations.get("runbook_url") != f"{RUNBOOK_URL}#{name.lower()}":
            yield f"{name}: runbook_url is {RUNBOOK_URL}#{name.lower()}"
        if name not in described:
            yield f"{name}: {RUNBOOKS.name} does not describe it"
    yield from (f"{RUNBOOKS.name}: there is no alert {name}" for name in sorted(described - {rule["alert"] for rule in told}))


def promtool_is_content() -> None:
    """With the rules and their tests, and with every query of the dashboards, which it is given as rules."""
    promtool("check", "rules", str(RULES))
    promtool("test", "rules", str(TESTS))
    asked = [expression for path in DASHBOARDS for _, expression in dashboards.expressions(dashboards.read(path))]
    queries = [{"record": f"query:{number}", "expr": expression} for number, expression in enumerate(asked)]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "queries.yaml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": queries}]}))
        promtool("check", "rules", str(path))


def check() -> None:
    """A Complaint with all that is wrong."""
    promtool_is_content()
    if found := list(problems()):
        raise Complaint("\n".join(found))


def summary() -> str:
    return f"monitoring: {len(alerts())} alerts, {len(DASHBOARDS)} dashboards"


if __name__ == "__main__":
    try:
        check()
    except Complaint as complaint:
        sys.exit(str(complaint))
    print(summary())
