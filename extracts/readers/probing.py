"""Telling a damaged source from trouble of our own (a full disk, too little memory)."""

from __future__ import annotations

import duckdb

from extracts.database import fetch
from extracts.typed_copy import FileJob


def raise_if_unreadable(job: FileJob, relation: str) -> None:
    """Reads every value of the relation and throws it away. Errors: BadInput if that alone already fails."""
    try:
        fetch(job.connection, f"SELECT bit_xor(hash(COLUMNS(*))) FROM {relation}")
    except duckdb.OutOfMemoryException:
        # Reading alone takes little: a part of the file is larger than all that the load may have, or says that it is.
        raise job.bad("данные не помещаются в память, файл повреждён или мала настройка memory_limit") from None
    except duckdb.Error:
        raise job.bad("файл повреждён: данные не читаются") from None
