"""What the command shows: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestration import progress


class Plain:
    """One line for each thing that is done; nothing for what is counted."""

    def say(self, text: str) -> None:
        """Prints the line at once, also into a pipe."""
        print(text, flush=True)

    def count(self, text: str, done: int, total: int) -> None:
        """Stays silent: a log file is no place for a counter."""


class Moving:
    """The last line moves; what has been done stays above it."""

    def __init__(self, bar: Progress) -> None:
        self.bar = bar
        self.task = bar.add_task("", total=None)

    def say(self, text: str) -> None:
        """Prints the line above the moving one."""
        self.bar.console.print(text, markup=False, highlight=False)
        # A new line of its own: a task whose total is known cannot forget it.
        self.bar.remove_task(self.task)
        self.task = self.bar.add_task(text, total=None)

    def count(self, text: str, done: int, total: int) -> None:
        """Moves the bar."""
        self.bar.update(self.task, description=text, total=total or None, completed=done)


@contextmanager
def shown_progress() -> Iterator[None]:
    """Shows the progress of the body to whoever sits at the other end of the standard output."""
    console = Console()
    if not console.is_terminal:
        progress.listen(Plain())
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        progress.listen(Moving(bar))
        yield
    progress.listen(Plain())
