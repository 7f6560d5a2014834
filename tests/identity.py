"""A running development issuer, and headers for whoever a test wants to be."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from deploy.local.children import free_port
from deploy.local.issuer import Issuer

AN_HOUR = timedelta(hours=1)


@contextmanager
def serving(app: ASGIApp, port: int) -> Iterator[None]:
    """Over HTTP, in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        thread.join(0.01)
    yield
    server.should_exit = True
    thread.join(10)


@contextmanager
def running_issuer(directory: Path) -> Iterator[Issuer]:
    port = free_port()
    issuer = Issuer(f"http://127.0.0.1:{port}", directory)
    with serving(issuer.app, port):
        yield issuer


def as_role(issuer: Issuer, *roles: str, stores: tuple[str, ...] = ("demo",), sub: str = "u-1") -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.mint(sub, 'Wang Fang', roles, stores, AN_HOUR)}"}
