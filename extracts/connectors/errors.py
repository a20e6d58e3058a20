"""How a pull fails. What trying again cannot mend (settings, rights, a wrong address) is BadInput, exit status 5."""

from __future__ import annotations

from collections.abc import Sequence


class SourceFailed(Exception):
    """A source could not be reached, or broke off, and still did after all attempts (exit status 1).

    The messages name the connector, the dataset and the page; never a secret, never a value.
    """

    def __init__(self, messages: str | Sequence[str]) -> None:
        self.messages: tuple[str, ...] = (messages,) if isinstance(messages, str) else tuple(messages)
        super().__init__("\n".join(self.messages))
