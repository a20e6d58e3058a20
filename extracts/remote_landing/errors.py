"""What can go wrong with a landing zone on another machine and is nobody's bad input."""

from __future__ import annotations


class LandingFailed(Exception):
    """The zone does not answer, breaks off, or does not fit onto the disk: one Russian line (exit status 1)."""


class Incomplete(LandingFailed):
    """A file came shorter or longer than the listing said: tried again, unless the listing has changed."""
