"""Odd regions drawn by chance: few students, every strange thing that the contract allows, over several nights.

Nothing here is realistic; each draw is a region that a hurried regional system could send. The same seed draws the same
region. Rows are drawn as *histories* (a first version and corrections, deletions, repeats) and dealt out to the nights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from .small_region import write_delivery

Row = dict[str, Any]
Nights = list[dict[str, list[Row]]]

YEARS = {"Y25": (date(2025, 9, 1), date(2026, 8, 31)), "Y26": (date(2026, 9, 1), date(2027, 8, 31))}
MARK_NAMES = ["5", "4", "3", "2", "4-", "5+", "1", "н", "Н ", "осв", "Зачёт", "А/З", "4=", "45", "0"]
FORMS = [
    ("Контрольная работа", ""),
    ("контрольный  ДИКТАНТ", ""),
    ("Сочинение", "Контрольная"),
    ("Ответ", "Классная"),
    ("Домашнее задание", ""),
    ("Что-то своё", ""),
    ("Контрольная по домашнему чтению", "Домашняя"),
    ("Зачётная", " контрольная "),
]
#: What a region can be made to be throughout, beside what chance does to it.
WHIMS = (
    "no marks",
    "all points",
    "edge weights",
    "schedules change mid-year",
    "marks in vacations",
    "chains of merged profiles",
)
FINAL_NAMES = ["5", "4", "3", "2", "Зачёт", "н/а", "А/З", "5-"]


class OddRegion:
    """One drawn region: `write` puts its nights into a landing folder."""

    def __init__(self, seed: int, nights: int = 3, students: int = 14, whims: Collection[str] = ()) -> None:
        self.random = Random(seed)
        self.whims = whims
        self.vacations: dict[str, list[date]] = {year: [] for year in YEARS}
        first = date(2026, 6, 1) + timedelta(days=self.random.randrange(0, 480))
        gaps = [self.random.choice([1, 1, 2, 20, 60]) for _ in range(nights - 1)]
        self.days = [first + timedelta(days=sum(gaps[:night])) for night in range(nights)]
        self.nights: Nights = [defaultdict(list) for _ in range(nights)]
        self.students = [f"s{number}" for number in range(students)]
        self.subjects = ["alg", "phy", "rus"]
        self._draw()

    @property
    def as_of(self) -> date:
        """The newest load date."""
        return self.days[-1]

    def write(self, landing: Path) -> None:
        """Write every night's delivery as CSV."""
        for day, tables in zip(self.days, self.nights, strict=True):
            for rows in tables.values():
                self.random.shuffle(rows)
            write_delivery(landing, day.isoformat(), tables)

    # Drawing

    def _draw(self) -> None:
        self._calendars()
        self._dictionaries()
        self._people()
        self._journal()
        self._finals()
        self._portfolio()

    def _calendars(self) -> None:
        self.schedules: dict[str, list[str]] = {}
        years = [{"academic_year_id": y, "name": y, "begin_date": b, "end_date": e} for y, (b, e) in YEARS.items()]
        periods, kug = [], []
        for year, (begin, _) in YEARS.items():
            for schedule in ("quarters", "halves", "own", "single"):
                self.schedules.setdefault(schedule, [])
                start = begin + timedelta(days=self.random.choice([0, 0, 7, 40]))
                for number in range({"quarters": 4, "halves": 2, "own": 3, "single": 1}[schedule]):
                    length = self.random.choice([40, 55, 80])
                    period = f"{schedule[0]}{self.random.randrange(100, 999)}-{number}-{year}"
                    self.schedules[schedule].append(period)
                    periods.append(
                        {
                            "attestation_period_id": period,
                            "attestation_periods_schedule_id": schedule,
                            "organization_id": self.random.choice(["O1", "O2"]),
                            "academic_year_id": year,
                            "name": f"{number + 1} период",
                            "begin_date": start,
                            "end_date": start + timedelta(days=length),
                        }
                    )
                    self.vacations[year].append(start + timedelta(days=length + 1))
                    start += timedelta(days=length + self.random.choice([1, 9, 0]))
            for number in range(5):
                start = begin + timedelta(days=self.random.randrange(0, 300))
                kug.append(
                    {
                        "kug_period_id": f"k{number}-{year}",
                        "periods_schedule_id": self.random.choice(["kug1", "kug2"]),
                        "organization_id": "O1",
                        "academic_year_id": year,
                        "kind": self.random.choice(["study", "vacation", "vacation", "holiday"]),
                        "name": f"Период {number}",
                        "begin_date": start,
                        "end_date": start + timedelta(days=self.random.randrange(1, 14)),
                    }
                )
        for name, rows in (("academic_years", years), ("attestation_periods", periods), ("kug_periods", kug)):
            self._snapshot(name, rows, may_vanish=name != "academic_years")

    def _dictionaries(self) -> None:
        organizations = [
            {"organization_id": one, "name": f"Школа {one}", "kind": kind, "municipality": "Город"}
            for one, kind in (("O1", "school"), ("O2", "college"))
        ]
        self.classes = {}
        units = []
        for year in YEARS:
            for number in range(4):
                unit = f"c{number}-{year}"
                self.classes[unit] = year
                units.append(
                    {
                        "class_unit_id": unit,
                        "organization_id": self.random.choice(["O1", "O1", "O2"]),
                        "academic_year_id": year,
                        "class_level": self.random.choice([9, 9, 10]),
                        "name": unit,
                        "periods_schedule_id": self.random.choice(["kug1", "kug2", "", "lost"]),
                        "attestation_periods_schedule_id": self.random.choice(["quarters", "halves", "", "lost"]),
                    }
                )
        self.groups = {}
        groups = []
        for year in YEARS:
            for number in range(8):
                group = f"g{number}-{year}"
                subject = self.random.choice([*self.subjects, "lost"] if number > 5 else self.subjects)
                self.groups[group] = (subject, year)
                groups.append(
                    {
                        "group_id": group,
                        "organization_id": "O1",
                        "academic_year_id": year,
                        "subject_id": subject,
                        "name": group,
                        "attestation_periods_schedule_id": self.random.choice(
                            ["", "", "own", "quarters", "single", "lost"]
                        ),
                    }
                )
        forms = [
            {
                "control_form_id": f"f{number}",
                "name": name,
                "kind": kind,
                "deleted_at": self.random.choice(["", "", "", "", "2026-09-01 10:00"]),
            }
            for number, (name, kind) in enumerate(FORMS)
        ]
        subjects = [{"subject_id": one, "name": one} for one in self.subjects]
        types = [{"achievement_type_id": f"t{one}", "name": name} for one, name in enumerate(["Олимпиада", "Конкурс"])]
        self._snapshot("organizations", organizations)
        self._snapshot("class_units", units, may_vanish=True)
        if "schedules change mid-year" in self.whims:
            for tables in self.nights[1:]:
                tables["class_units"] = [self._rescheduled(row) for row in tables["class_units"]]
        self._snapshot("groups", groups, may_vanish=True)
        self._snapshot("control_forms", forms, may_vanish=True)
        self._snapshot("subjects", subjects, may_vanish=True)
        self._snapshot("achievement_types", types)

    def _rescheduled(self, unit: Row) -> Row:
        other = {"quarters": "halves", "halves": "quarters"}.get(unit["attestation_periods_schedule_id"], "single")
        return unit | {"attestation_periods_schedule_id": other, "periods_schedule_id": "kug2"}

    def _people(self) -> None:
        for place, student in enumerate(self.students):
            merged = self._one_of(["", "", "", "", self.random.choice(self.students), "lost", student])
            if "chains of merged profiles" in self.whims:
                merged = self.students[place - 1] if place % 3 else ""
            self._history("students", {"student_profile_id": student, "person_id": f"p-{student}", "merged_to": merged})
            for number in range(self.random.choice([0, 1, 1, 1, 2, 3])):
                begin = self._day(date(2025, 8, 20), 500)
                end = self._one_of(["", "", begin + timedelta(days=self.random.randrange(-2, 400))])
                self._history(
                    "enrollments",
                    {
                        "enrollment_id": f"e{self.random.randrange(1, 30)}-{student}-{number}",
                        "student_profile_id": student,
                        "organization_id": self._one_of(["O1", "O1", "O2"]),
                        "class_unit_id": self._one_of([*self.classes, "", "lost"]),
                        "begin_date": self._one_of([begin, date(2025, 9, 1), date(2026, 9, 1)]),
                        "end_date": end,
                    },
                )
            for number in range(self.random.choice([0, 1, 2])):
                self._history(
                    "portal_applications",
                    {
                        "application_id": f"a{number}-{student}",
                        "student_profile_id": student,
                        "status": self._one_of(["submitted", "connected", "withdrawn"]),
                        "changed_at": f"{self._day(date(2026, 9, 1), 30)} 10:00",
                    },
                    version="changed_at",
                )
            for group in self.random.sample(sorted(self.groups), 6):
                begin = self._one_of([date(2025, 9, 1), date(2026, 9, 1), self._day(date(2026, 9, 1), 200)])
                end = self._one_of(["", "", begin + timedelta(days=self.random.randrange(0, 200))])
                row = {"group_id": group, "student_profile_id": student, "begin_date": begin, "end_date": end}
                self._history("group_members", row)

    def _journal(self) -> None:
        lessons = {}
        for number in range(90):
            group = self._one_of([*self.groups, "lost"])
            day = self._school_day(group)
            lessons[f"l{number}"] = (group, day)
            self._history(
                "lessons",
                {
                    "schedule_lesson_id": f"l{number}",
                    "group_id": group,
                    "date": day,
                    "lesson_number": self.random.randrange(1, 8),
                    "cancelled": self._one_of(["", "false", "да"]) if self.random.random() < 0.3 else "",
                    "topic": self._one_of(["", 'Тема; «с кавычками "и" точкой с запятой»']),
                },
            )
        for number in range(0 if "no marks" in self.whims else 280):
            lesson = self._one_of(["", *lessons])
            group, day = lessons.get(lesson, (self._one_of(list(self.groups)), None))
            day = day or self._school_day(group)
            if "marks in vacations" in self.whims:
                day = self._one_of(self.vacations["Y25" if group.endswith("Y25") else "Y26"])
            subject = self.groups.get(group, ("alg", ""))[0]
            is_point = "all points" in self.whims or self.random.random() < 0.15
            weights = ["1", "5"] if "edge weights" in self.whims else ["", "1", "1", "2", "3.0", "5"]
            self._history(
                "marks",
                {
                    "mark_id": f"m{number}",
                    "student_profile_id": self._one_of([*self.students, "lost"] if number < 20 else self.students),
                    "group_id": group,
                    "subject_id": self._one_of([subject] * 9 + ["rus"]),
                    "schedule_lesson_id": lesson,
                    "control_form_id": self._one_of(["", "lost", *(f"f{one}" for one in range(len(FORMS)))]),
                    "date": day,
                    "name": self._one_of(MARK_NAMES),
                    "five": self._one_of(["", "", "5", "4.0", "3", "2", "4.5", "0", "3.3"]),
                    "grade_system_type": self._one_of(["", "five", "five", "ten", "hundred"]),
                    "weight": self._one_of(weights),
                    "is_point": "True" if is_point else self._one_of(["", "0"]),
                    "point_date": self._one_of(["", day + timedelta(days=self.random.randrange(0, 90))]),
                    "created_at": self._one_of(["", f"{day} 09:00"]),
                },
            )
        for number in range(120):
            lesson = self._one_of([*lessons, "lost"])
            self._history(
                "attendances",
                {
                    "attendance_id": f"n{self.random.randrange(1, 9)}-{number}",
                    "student_profile_id": self._one_of(self.students),
                    "schedule_lesson_id": lesson,
                    "date": lessons.get(lesson, ("", date(2026, 10, 1)))[1],
                    "absence_reason_id": self._one_of(["", *map(str, range(1, 14)), "77"]),
                },
            )

    def _finals(self) -> None:
        periods = [period for schedule in self.schedules.values() for period in schedule]
        for number in range(70):
            period = self._one_of(["", *periods, "lost"])
            is_year = self._one_of([True, False, False]) if period else self._one_of([True, True, False])
            self._history(
                "final_marks",
                {
                    "final_mark_id": f"x{number}",
                    "student_profile_id": self._one_of(self.students),
                    "subject_id": self._one_of([*self.subjects, "lost"]),
                    "academic_year_id": period[-3:] if period[-3:] in YEARS else self._one_of(list(YEARS)),
                    "attestation_period_id": period,
                    "is_year_mark": is_year,
                    "name": self._one_of(FINAL_NAMES),
                    "five": self._one_of(["", "", "5", "2", "3.0"]),
                    "academic_debt": self._one_of(["", "", "true", "нет"]),
                },
            )

    def _portfolio(self) -> None:
        for number in range(8):
            begin = self._day(self.as_of - timedelta(days=20), 40)
            self._history(
                "events",
                {
                    "event_id": f"v{number}",
                    "organization_id": "O1",
                    "name": f"Мероприятие {number}",
                    "begin_date": begin,
                    "end_date": self._one_of(["", begin + timedelta(days=3)]),
                },
            )
        for event, student in {(f"v{self.random.randrange(9)}", self._one_of(self.students)) for _ in range(25)}:
            self._history("event_participants", {"event_id": event, "student_profile_id": student})
        for number in range(25):
            self._history(
                "achievements",
                {
                    "achievement_id": f"h{number}",
                    "student_profile_id": self._one_of(self.students),
                    "achievement_type_id": self._one_of(["t0", "t1", "lost"]),
                    "name": "Грамота",
                    "level": self._one_of(["", "школьный", "международный"]),
                    "date": self._school_day("-Y26"),
                    "subject_id": self._one_of(["", "alg", "lost"]),
                    "has_document": self._one_of(["", "да"]),
                },
            )

    # Dealing out

    def _snapshot(self, dataset: str, rows: list[Row], *, may_vanish: bool = False) -> None:
        """The whole table in every night that has it; a row may vanish, and a night may leave the dataset out."""
        for night, tables in enumerate(self.nights):
            if night and self.random.random() < 0.3:
                continue
            kept = [row for row in rows if not (may_vanish and self.random.random() < 0.05)]
            tables[dataset] += [self._spoilt(dataset, row) if self.random.random() < 0.04 else row for row in kept]

    def _history(self, dataset: str, row: Row, version: str = "updated_at") -> None:
        """A first version on some night; sometimes a correction, an older version that comes late, a deletion."""
        night = self.random.randrange(len(self.nights))
        stamp = f"{self.days[night] - timedelta(days=self.random.randrange(0, 3))} {self.random.randrange(8, 20):02}:30"
        first = row if version != "updated_at" else row | {"updated_at": self._one_of([stamp] * 9 + [""])}
        self.nights[night][dataset].append(first)
        if self.random.random() > 0.25:
            return
        later = self.random.randrange(night, len(self.nights))
        change: dict[str, Callable[[], Row]] = {
            "same version again": lambda: first,
            "older version late": lambda: row | {version: "2025-08-01 10:00"} | self._changed(dataset, row),
            "correction": lambda: row | {version: f"{self.days[later]} 21:00:01"} | self._changed(dataset, row),
            "equal version": lambda: first | self._changed(dataset, row),
            "deletion": lambda: row | {version: f"{self.days[later]} 22:00"} | self._deleted(dataset),
            "spoilt correction": lambda: self._spoilt(dataset, row | {version: f"{self.days[later]} 23:00"}),
        }
        self.nights[later][dataset].append(change[self._one_of(list(change))]())

    def _spoilt(self, dataset: str, row: Row) -> Row:
        """The row with a cell that cannot be typed, where its dataset has such a cell: a reject."""
        cells = {
            "class_units": {"class_level": "девятый"},
            "kug_periods": {"kind": "отдых"},
            "attestation_periods": {"begin_date": "31.02.2026"},
            "groups": {"name": ""},
            "subjects": {"name": " "},
            "marks": self.random.choice([{"weight": "9"}, {"date": "31.02.2026"}, {"five": "6"}, {"name": ""}]),
            "enrollments": {"begin_date": ""},
            "final_marks": {"is_year_mark": "возможно"},
        }
        return row | cells.get(dataset, {})

    def _changed(self, dataset: str, row: Row) -> Row:
        changes = {"marks": {"name": "3", "five": "3"}, "final_marks": {"name": "4", "five": ""}}
        return dict(changes.get(dataset, {}))

    def _deleted(self, dataset: str) -> Row:
        if dataset == "portal_applications":
            return {}
        # Some sources send little more of a deleted row than its key.
        left_out = {
            "marks": ("date", "name", "group_id"),
            "lessons": ("date", "group_id"),
            "attendances": ("date",),
            "enrollments": ("begin_date",),
            "final_marks": ("name", "subject_id"),
            "achievements": ("date", "name"),
            "events": ("name", "begin_date"),
        }
        is_bare = self.random.random() < 0.5
        bare = dict.fromkeys(left_out.get(dataset, ()), "") if is_bare else {}
        return {"deleted_at": f"{self.days[-1]} 22:00"} | bare

    def _one_of(self, choices: list[Any]) -> Any:
        return self.random.choice(choices)

    def _day(self, start: date, spread: int) -> date:
        return start + timedelta(days=self.random.randrange(spread))

    def _school_day(self, group: str) -> date:
        begin = YEARS["Y25" if group.endswith("Y25") else "Y26"][0]
        # Now and then before the year, or far in the summer.
        return begin + timedelta(days=self.random.choice([-1, 0, 300, *range(1, 240)]))
