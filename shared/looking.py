"""`python -m shared.looking URL`: exits with 0 when the URL answers well; for an image that has nothing else to ask with."""

import sys
from urllib.error import URLError
from urllib.request import urlopen

_PATIENCE = 4.0


def main(url: str) -> None:
    try:
        urlopen(url, timeout=_PATIENCE).close()  # noqa: S310 - the operator names it
    except (URLError, OSError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main(sys.argv[1])
