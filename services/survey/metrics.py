"""What is measured of surveys beside what every service measures."""

from prometheus_client import Counter

from services.survey.domain.scores import Result
from shared.telemetry.metrics import labelled

_SATISFIED = {True: "yes", False: "no", None: "unknown"}
_VERDICTS = ("exceeds", "meets", "below")

invited = Counter("kefu_surveys_invited_total", "Customers who were asked")
answered = Counter("kefu_surveys_answered_total", "Surveys answered, by whether the customer is satisfied", ("satisfied",))
csat = Counter("kefu_survey_csat_total", "Answers to how satisfied she is, 1 to 5", ("score",))
nps = Counter("kefu_survey_nps_total", "Answers to whether she would recommend the store, 0 to 10", ("score",))
verdicts = Counter("kefu_survey_verdicts_total", "What was perceived against what was expected (SERVQUAL)", ("verdict",))

labelled(answered, _SATISFIED.values())
labelled(csat, map(str, range(1, 6)))
labelled(nps, map(str, range(11)))
labelled(verdicts, _VERDICTS)


def count(result: Result) -> None:
    """What one customer answered."""
    answered.labels(_SATISFIED[result.satisfied]).inc()
    for counter, told in ((csat, result.csat), (nps, result.nps), (verdicts, result.verdict)):
        if told is not None:
            counter.labels(told).inc()
