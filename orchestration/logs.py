"""The log file: what libraries and the program had to say, never the message of an exception."""

from __future__ import annotations

import logging
import logging.handlers

from orchestration.failures import SafeFormatter
from orchestration.home import Home, make_private_folder

MEGABYTES = 5 * 2**20


def log_to_file(home: Home) -> None:
    """Sends all logging of this process to `logs/portfolio.log` and nothing to the terminal."""
    handler = _file_handler(home) or logging.NullHandler()
    handler.setFormatter(SafeFormatter("%(asctime)s %(levelname)s %(name)s %(process)d %(message)s"))
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # A log that cannot be written (a full disk) must not print a stack over the operator's one line.
    logging.raiseExceptions = False
    logging.captureWarnings(True)


def _file_handler(home: Home) -> logging.Handler | None:
    """None where no file can be written: that a log is missing must not hide why."""
    try:
        make_private_folder(home.log_file.parent)
        return logging.handlers.RotatingFileHandler(home.log_file, maxBytes=MEGABYTES, backupCount=3, encoding="utf-8")
    except OSError:
        return None
