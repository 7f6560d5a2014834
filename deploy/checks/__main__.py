"""`make check-deploy`: renders every overlay and every component, reads alert rules and dashboards, and says what is wrong."""

import sys
from collections.abc import Iterator

from deploy.checks import monitoring
from deploy.checks.combinations import combinations
from deploy.checks.kustomize import CannotRender, render
from deploy.checks.manifests import Manifest
from deploy.checks.network import openings
from deploy.checks.policy import broken_rules
from deploy.checks.promtool import Complaint
from deploy.checks.references import loose_ends, made_by_operator
from deploy.checks.schemas import misfits


def wrong_with(manifests: list[Manifest], by_operator: list[Manifest]) -> Iterator[str]:
    yield from misfits(manifests)
    yield from broken_rules(manifests)
    yield from loose_ends(manifests, by_operator)
    yield from openings(manifests)


def main() -> None:
    failed = _manifests_are_wrong()
    try:
        monitoring.check()
        print(monitoring.summary())
    except Complaint as complaint:
        print(f"monitoring: wrong\n{complaint}")
        failed = True
    sys.exit(failed)


def _manifests_are_wrong() -> bool:
    failed = False
    with combinations() as folders:
        for name, folder in folders.items():
            try:
                manifests = render(folder)
                wrong = list(wrong_with(manifests, made_by_operator()))
            except CannotRender as refused:
                manifests, wrong = [], [str(refused)]
            print(f"{name}: " + ("wrong" if wrong else f"{len(manifests)} manifests"))
            for each in wrong:
                print(f"  {each}")
            failed = failed or bool(wrong)
    return failed


if __name__ == "__main__":
    main()
