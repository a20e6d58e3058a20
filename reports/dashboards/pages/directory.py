"""Which pages there are, in order: the part of the address, the title, the filters that matter there, the blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.dashboards.address import PERIOD, SCOPE, SUBJECT, View
from reports.dashboards.blocks import Block
from reports.dashboards.pages import achievements, attendance, averages, completeness, dynamics, finals, overview
from reports.dashboards.store import Reader


@dataclass(frozen=True)
class PageKind:
    """A page of the application."""

    title: str
    filters: tuple[str, ...]
    blocks: Callable[[Reader, View], list[Block]]
    many_subjects: bool = False


PAGES = {
    "": PageKind("Обзор", (SCOPE,), overview.blocks),
    "averages": PageKind("Средние баллы", (SUBJECT, SCOPE), averages.blocks),
    "dynamics": PageKind("Динамика", (SUBJECT,), dynamics.blocks, many_subjects=True),
    "attendance": PageKind("Посещаемость", (), attendance.blocks),
    "finals": PageKind("Итоговые и контрольные", (SUBJECT, PERIOD), finals.blocks),
    "completeness": PageKind("Полнота", (), completeness.blocks),
    "achievements": PageKind("Достижения", (), achievements.blocks),
}
