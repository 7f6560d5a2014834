"""What departments answer, and what the answers must hold (AFS-6)."""

from typing import Annotated

from pydantic import StringConstraints

from shared.tasks import AnswerForm


class RefundNews(AnswerForm):
    """What has become of a refund, in words."""

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
