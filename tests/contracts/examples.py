import json

from shared.events.base import Event


def example(kind: type[Event], **changes: object) -> Event:
    """The contract's own example as it is read from the wire, with some fields changed."""
    return kind.read(json.dumps({**kind.example, **changes}).encode())
