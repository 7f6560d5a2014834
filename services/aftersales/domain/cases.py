"""Where a case is (AFS-10), and what it must have before it closes (AFS-7)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.errors import Conflict, FieldProblem


class IllegalCaseStep(Conflict):
    """The case is not where this could be done to it."""


class CaseIncomplete(Conflict):
    """Something of heard, asked, followed, answered, recorded is missing (AFS-7)."""


class CaseStatus(StrEnum):
    OPENED = "opened"
    EVIDENCE_REQUESTED = "evidence-requested"
    DIAGNOSED = "diagnosed"
    PROPOSED = "proposed"
    AGREED = "agreed"
    IN_PROGRESS = "in-progress"
    FOLLOWING_UP = "following-up"
    CLOSED = "closed"

    def to(self, target: "CaseStatus") -> "CaseStatus":
        if target not in _STEPS[self]:
            raise IllegalCaseStep(f"a case cannot go from {self} to {target} (AFS-10)")
        return target


# Whether an open case may close is not a question of its status but of AFS-7.
_STEPS = {
    CaseStatus.OPENED: {CaseStatus.EVIDENCE_REQUESTED, CaseStatus.DIAGNOSED, CaseStatus.CLOSED},
    CaseStatus.EVIDENCE_REQUESTED: {CaseStatus.DIAGNOSED, CaseStatus.CLOSED},
    CaseStatus.DIAGNOSED: {CaseStatus.EVIDENCE_REQUESTED, CaseStatus.PROPOSED, CaseStatus.CLOSED},
    CaseStatus.PROPOSED: {CaseStatus.AGREED, CaseStatus.DIAGNOSED, CaseStatus.CLOSED},
    CaseStatus.AGREED: {CaseStatus.IN_PROGRESS, CaseStatus.CLOSED},
    CaseStatus.IN_PROGRESS: {CaseStatus.FOLLOWING_UP, CaseStatus.CLOSED},
    CaseStatus.FOLLOWING_UP: {CaseStatus.DIAGNOSED, CaseStatus.CLOSED},
    CaseStatus.CLOSED: set[CaseStatus](),
}


class Cause(StrEnum):
    PRODUCT = "product"
    SERVICE = "service"
    COMMUNICATION = "communication"
    EXPECTATION = "expectation"
    BROKEN_PROMISE = "broken-promise"
    REGULATION = "regulation"


class Escalation(StrEnum):
    """Who has to see to a reply that was promised and did not come (AFS-8)."""

    SUPERVISOR = "supervisor"
    ADMIN = "admin"


def escalated(level: Escalation | None) -> Escalation | None:
    """The next one up; None above the last."""
    if level is None:
        return Escalation.SUPERVISOR
    return Escalation.ADMIN if level is Escalation.SUPERVISOR else None


@dataclass(frozen=True, slots=True)
class Complaint:
    """What AFS-7 looks at; `promised_until` is the next reply somebody promised in so many words."""

    heard: bool
    asked: bool
    answered: bool
    cause: str | None
    outcome: str | None
    open_refunds: int
    promised_until: datetime | None


def must_be_complete(complaint: Complaint, now: datetime) -> None:
    """CaseIncomplete with all that is missing (AFS-7)."""
    promised = complaint.promised_until is not None and complaint.promised_until > now
    found = {
        "heard": (complaint.heard, "the customer's account (description)"),
        "asked": (complaint.asked, "the facts established (diagnosis)"),
        "followed": (complaint.open_refunds == 0 or promised, "the end of its open refunds, or a promised next reply"),
        "answered": (complaint.answered, "an answer to the customer (a proposal or a reply)"),
        "recorded": (bool(complaint.cause and complaint.outcome), "cause and outcome"),
    }
    missing = [FieldProblem(name, "AFS-7", f"still needs {what}") for name, (there, what) in found.items() if not there]
    if missing:
        raise CaseIncomplete("; ".join(f"{problem.field}: {problem.message}" for problem in missing) + " (AFS-7)", missing)
