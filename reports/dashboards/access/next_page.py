"""Where a log-in leads back to: a page of this server, never another one's."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 4000
START = "/"

# Printable ASCII without a backslash: browsers drop tabs and line ends, and read a backslash as a slash.
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def next_page(asked: str | None) -> str:
    """The address asked for if it is a path of this server, else the first page."""
    if not asked or len(asked) > LONGEST or not _PATH.fullmatch(asked):
        return START
    try:
        parts = urlsplit(asked)
    except ValueError:
        return START
    return START if parts.scheme or parts.netloc else asked
