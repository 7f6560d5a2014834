"""What `python -m deploy.checks.monitoring` finds, and that it finds nothing."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.checks import dashboards, monitoring
from deploy.checks.promql import uses
from deploy.checks.promtool import Complaint, promtool
from deploy.measured import exposed, measured

THERE = {"jobs_total": frozenset({"kind"}), "age_seconds": frozenset({"kind"})}
FIRES = {"expr": 'ALERTS{alertname="Old", alertstate="firing"}', "exp_samples": [{"labels": "x", "value": 1}]}
QUIET = {"expr": 'ALERTS{alertname="Old", alertstate="firing"}'}


def test_rules_and_dashboards_are_as_they_should_be() -> None:
    assert list(monitoring.problems()) == []


@pytest.mark.parametrize(
    ("expression", "matched", "grouped"),
    [
        ("up", {"up": set()}, set()),
        ('up{job="kefu", process!~"a|b"} == 0', {"up": {"job", "process"}}, set()),
        ("sum by (service) (rate(a_total[5m]))", {"a_total": set()}, {"service"}),
        (
            "sum(rate(a_total[5m])) without (instance) / on (x, y) group_left (z) b",
            {"a_total": set(), "b": set()},
            {"instance", "x", "y", "z"},
        ),
        ("histogram_quantile(0.99, sum by (le) (rate(a_bucket[$__rate_interval])))", {"a_bucket": set()}, {"le"}),
        ("a offset 1h or 0 * a unless b > bool 1.5e3", {"a": set(), "b": set()}, set()),
        ("""a{b="by (c) {d='e'}"} and c:d:e{f='}'}""", {"a": {"b"}, "c:d:e": {"f"}}, set()),
        ("a{}", {"a": set()}, set()),
    ],
)
def test_what_an_expression_uses(expression: str, matched: dict[str, set[str]], grouped: set[str]) -> None:
    used = uses(expression)

    assert (used.matched, used.grouped) == (matched, grouped)


def test_only_equality_asks_for_one_value() -> None:
    assert uses("""a{b="c", d!="e", f=~"g", h='i'} + j""").equal == [("a", {"b": "c", "h": "i"}), ("j", {})]


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("sum(job_total)", "x: there is no metric job_total"),
        ('jobs_total{sort="new"}', "x: jobs_total has no label sort"),
        ("sum by (sort) (jobs_total)", "x: nothing in it has a label sort"),
        ('sum by (service, kind) (jobs_total{instance="1"})', None),
    ],
)
def test_what_no_process_exposes_is_found(expression: str, complaint: str | None) -> None:
    assert list(monitoring.unknown([("x", expression)], THERE)) == ([complaint] if complaint else [])


@pytest.mark.parametrize(
    ("checks", "missing"), [([FIRES, QUIET], []), ([FIRES], ["is quiet"]), ([QUIET], ["fires"]), ([], ["fires", "is quiet"])]
)
def test_an_alert_that_is_not_tested_both_ways_is_found(checks: list[dict[str, object]], missing: list[str]) -> None:
    found = monitoring.untested(["Old"], [{"promql_expr_test": checks}])

    assert list(found) == [f"Old: no test in rules_test.yaml shows when it {words}" for words in missing]


def _spoilt(spoil: Callable[[dict[str, Any]], object]) -> list[str]:
    board = copy.deepcopy(dashboards.read(monitoring.DASHBOARDS[0]))
    first = dashboards.panels(board)[0]
    spoil(first)
    return list(dashboards.problems(board))


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda panel: panel.pop("description"), "description"),
        (lambda panel: panel["fieldConfig"]["defaults"].pop("unit"), "unit"),
        (lambda panel: panel["targets"][0].update(datasource={"uid": "my-own"}), "datasource"),
        (lambda panel: panel["targets"][0].update(expr="sum(up{x=~'$mine'})"), "variable"),
        (lambda panel: panel["gridPos"].update(w=24), "lies over"),
        (lambda panel: panel.update(id=3), "one id"),
    ],
)
def test_a_dashboard_that_a_reader_cannot_use_is_found(spoil: Callable[[dict[str, Any]], object], word: str) -> None:
    assert [each for each in _spoilt(spoil) if word not in each] == []
    assert _spoilt(spoil)


def test_promtools_complaint_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("groups: [{name: x, rules: [{record: y, expr: 'sum('}]}]")

    with pytest.raises(Complaint, match="unclosed left parenthesis"):
        promtool("check", "rules", str(tmp_path / "rules.yaml"))


def test_every_metric_of_ours_says_what_it_is_and_what_it_counts_in() -> None:
    ours = [each for group in measured().values() for each in group]

    assert [each.name for each in ours if not each.name.startswith("kefu_") or not each.meaning] == []
    assert [each.name for each in ours if each.kind == "counter" and not each.name.endswith("_total")] == []
    assert {"process_resident_memory_bytes", "kefu_timer_lateness_seconds_bucket"} <= exposed().keys()
    assert exposed()["kefu_timer_lateness_seconds_bucket"] == {"kind", "le"}
