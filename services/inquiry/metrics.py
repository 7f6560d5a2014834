"""What is measured of conversations beside what every service measures."""

from prometheus_client import Counter, Histogram

from services.inquiry.domain.clocks import CHAT, EMAIL
from services.inquiry.domain.conversation import Outcome
from shared.telemetry.metrics import labelled

MET, BREACHED = "met", "breached"
SOCIAL = "social"
_CHANNELS = (CHAT, EMAIL, SOCIAL)
_MINUTE, _HOUR = 60, 3600
_WAITS = (5, 10, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 24 * _HOUR)

first_responses = Counter(
    "kefu_first_responses_total",
    "First responses that came in time (met), or were due before a person answered (breached); not by phone",
    ("channel", "result"),
)
first_response_time = Histogram(
    "kefu_first_response_seconds", "Business time until a person answered first, late ones too; not by phone", ("channel",), buckets=_WAITS
)
closed = Counter("kefu_inquiries_closed_total", "Conversations that ended; one that is opened again may end again", ("outcome",))

labelled(first_responses, _CHANNELS, (MET, BREACHED))
labelled(first_response_time, _CHANNELS)
labelled(closed, Outcome)


def channel_of(channel: str) -> str:
    """Everything that is not chat, e-mail or phone is social (INQ-5); a channel's own name could be anything."""
    return channel if channel in _CHANNELS else SOCIAL
