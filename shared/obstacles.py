"""What keeps a process from its work: a probe tells it as long as it is there, the log once."""

import structlog

log = structlog.get_logger()


class CannotServe(Exception):
    """This process cannot do its work here; the text is all there is to say, in one line."""


class NotPermitted(CannotServe):
    """A server does not let this login do what the service needs; the text names what. Somebody has to mend it."""


class NoAnswer(CannotServe):
    """A server was waited for as long as was allowed."""


class Obstacle:
    """Of one part of a process; a line in the log when it comes, when it changes, and when it is gone."""

    def __init__(self, part: str) -> None:
        self._part = part
        self.why: str | None = None

    def met(self, why: str) -> None:
        if why != self.why:
            self.why = why
            log.warning("not ready", part=self._part, because=why)

    def gone(self) -> None:
        if self.why is not None:
            self.why = None
            log.info("goes on", part=self._part)

    def turns_out(self, why: str | None) -> None:
        if why is None:
            self.gone()
        else:
            self.met(why)
