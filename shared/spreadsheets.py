"""Tables as files for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from starlette.responses import Response

MEDIA_TYPE = "text/csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_of(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """What a row leaves out is empty. A text that a spreadsheet would take for a formula is led by an apostrophe; numbers never are."""
    written = io.StringIO()
    table = csv.DictWriter(written, columns, restval="")
    table.writeheader()
    table.writerows(_safe(row) for row in rows)
    return written.getvalue()


def csv_file(name: str, text: str) -> Response:
    return Response(text, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _safe(row: Mapping[str, object]) -> dict[str, object]:
    return {name: f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text for name, text in row.items()}
