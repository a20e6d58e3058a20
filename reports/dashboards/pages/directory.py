"""Which pages there are, in order: the part of the address, the title, the filters that matter there, the blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.dashboards.address import PERIOD, SCOPE, SUBJECT, View
from reports.dashboards.blocks import Block
from reports.dashboards.pages import achievements, attendance, averages, completeness, dynamics, finals, overview
from reports.dashboards.sorting import in_order
from reports.dashboards.store import Reader


@dataclass(frozen=True)
class PageKind:
    """A page of the application."""

    title: str
    filters: tuple[str, ...]
    make: Callable[[Reader, View], list[Block]]
    many_subjects: bool = False

    def blocks(self, reader: Reader, view: View) -> list[Block]:
        """What the page shows of a view, the table that was put in an order in that order."""
        return [in_order(block, view.order) for block in self.make(reader, view)]


PAGES = {
    "": PageKind("Обзор", (SCOPE,), overview.blocks),
    "averages": PageKind("Средние баллы", (SUBJECT, SCOPE), averages.blocks),
    "dynamics": PageKind("Динамика", (SUBJECT,), dynamics.blocks, many_subjects=True),
    "attendance": PageKind("Посещаемость", (), attendance.blocks),
    "finals": PageKind("Итоговые и контрольные", (SUBJECT, PERIOD), finals.blocks),
    "completeness": PageKind("Полнота", (), completeness.blocks),
    "achievements": PageKind("Достижения", (), achievements.blocks),
}
