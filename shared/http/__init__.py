"""What endpoints are written with. The application that serves them is made in `shared.http.app`."""

from shared.http.dependencies import Now, Reason, Session
from shared.http.guard import Caller, Router, allow, operator, public
from shared.http.pages import Page, PageWanted, Paging
from shared.http.preconditions import IfMatch, Version
from shared.http.refs import path_ref

__all__ = [
    "Caller",
    "IfMatch",
    "Now",
    "Page",
    "PageWanted",
    "Paging",
    "Reason",
    "Router",
    "Session",
    "Version",
    "allow",
    "operator",
    "path_ref",
    "public",
]
