"""Pages people read or print: HTML of the server's, without a script, that nobody on the way keeps."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"


def templates(directory: Path) -> Environment:
    """What is filled in is escaped, and a value that is missing raises: half a page is shown to nobody."""
    return Environment(loader=FileSystemLoader(directory), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page(content: str, status: int = 200, *, has_form: bool = False) -> HTMLResponse:
    """Nothing but what is in it is loaded, and only a form of its own is sent, to where it came from."""
    policy = _POLICY.format(forms="'self'" if has_form else "'none'")
    return HTMLResponse(content, status, {"Content-Security-Policy": policy, **_HEADERS})
