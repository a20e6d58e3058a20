"""What is true of a drawn region in the end: the rows of an odd region, one version of each, before any delivery.

Does not belong here: how these rows came about and in which deliveries they arrive.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from oracle.odd_region import OddRegion

Row = dict[str, Any]


class Truth(OddRegion):
    """`tables`: dataset → the rows that hold in the end, one for each key; drawn by the seed alone."""

    def __init__(self, seed: int) -> None:
        self.tables: dict[str, list[Row]] = defaultdict(list)
        super().__init__(seed, nights=1)

    def _draw(self) -> None:
        super()._draw()
        for student in self.students:
            self._representative(student)
            self._document(f"p-{student}")
        for number in range(6):
            self.tables["calendar_transpositions"].append(
                {
                    "organization_id": self._one_of(["O1", "O2"]),
                    "date": self.as_of + timedelta(days=number),
                    "is_holiday": self._one_of([True, False]),
                    "note": self._one_of(["", "Перенос"]),
                }
            )

    def _representative(self, student: str) -> None:
        row = {"representative_id": f"r-{student}", "student_profile_id": student, "person_id": f"pr-{student}"}
        names = {"last_name": self._one_of(["", "Ильина", "Ёлкин"]), "first_name": self._one_of(["", "Анна"])}
        self.tables["representatives"].append(row | names | {"type_id": self._one_of([1, 2, 7])})

    def _document(self, person: str) -> None:
        row = {"document_id": f"d-{person}", "person_id": person, "document_type_id": self._one_of(["1", "2", "99"])}
        number = {"series": self._one_of(["", "6501", "II-ИВ"]), "number": self._one_of(["", "123456", "12"])}
        self.tables["identity_documents"].append(row | number)

    def _snapshot(self, dataset: str, rows: list[Row], *, may_vanish: bool = False) -> None:
        self.tables[dataset] += rows

    def _history(self, dataset: str, row: Row, version: str = "updated_at") -> None:
        self.tables[dataset].append(row)
