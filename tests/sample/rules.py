"""The rules of specification 3-quality.md for a whole region, row by row: who breaks what, without what was planted."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from .reading import Region

Row = dict[str, Any]
Finding = tuple[str, str, str]

NOTHING = {"", "-", "нет"}
BIRTH_CERTIFICATE = re.compile(r"(?=[IVXLC])[IVXLC]+-[А-ЯЁ]{2}")


def is_empty(value: str | None) -> bool:
    return value is None or value.strip().lower() in NOTHING


def is_valid_snils(value: str | None) -> bool:
    digits = re.sub(r"[\s-]", "", value or "")
    if not re.fullmatch(r"\d{11}", digits) or len(set(digits)) == 1:
        return False
    if int(digits[:9]) <= 1001998:
        return True
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True))
    return int(digits[9:]) == (total % 101) % 100


def is_complete(document: Row) -> bool:
    series, number = document["series"] or "", document["number"] or ""
    if document["document_type_id"] == "2":
        return bool(re.fullmatch(r"\d{4}", series) and re.fullmatch(r"\d{6}", number))
    if document["document_type_id"] == "1":
        return bool(BIRTH_CERTIFICATE.fullmatch(series) and re.fullmatch(r"\d{6}", number))
    return bool(series and number)


def age_on(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


class Rules:
    """All findings of S, R, C and P rules as of a day."""

    def __init__(self, region: Region, as_of: date, year_begin: date = date(2026, 9, 1)) -> None:
        self.region = region
        self.as_of = as_of
        self.year_begin = year_begin
        self.year_end = date(year_begin.year + 1, 8, 31)
        self.year_id = region.value(f"SELECT academic_year_id FROM academic_years WHERE begin_date = '{year_begin}'")
        self.documents: dict[str, list[Row]] = defaultdict(list)
        for document in region.dicts("identity_documents"):
            self.documents[document["person_id"]].append(document)
        self.kinds = {row["organization_id"]: row["kind"] for row in region.dicts("organizations")}
        self.students = [row for row in region.dicts("students") if row["merged_to"] is None]
        self.home = {
            row["student_profile_id"]: row["organization_id"]
            for row in region.dicts("enrollments")
            if row["begin_date"] <= as_of and (row["end_date"] is None or row["end_date"] >= as_of)
        }

    def findings(self) -> set[Finding]:
        blocked_by = {"S01", "S02", "S03", "S05", "S06", "S08"}
        found = {*self._students(), *self._twins(), *self._representatives(), *self._classes(), *self._schedules()}
        blocked = {key for rule, kind, key in found if kind == "student" and rule in blocked_by}
        return found | set(self._applications(blocked))

    def _students(self) -> Iterator[Finding]:
        watched = {row["student_profile_id"] for row in self.region.dicts("representatives")}
        for student in self.students:
            key = student["student_profile_id"]
            if key not in self.home:
                continue
            for rule in self._broken_by(student, key in watched):
                yield rule, "student", key

    def _broken_by(self, student: Row, has_representative: bool) -> Iterator[str]:
        papers, birth, snils = self.documents[student["person_id"]], student["birth_date"], student["snils"]
        has_papers = any(is_complete(paper) for paper in papers)
        youngest, oldest = (13, 60) if self.kinds[self.home[student["student_profile_id"]]] == "college" else (5, 25)
        is_fourteen = birth is not None and age_on(birth, self.as_of) >= 14
        checks = {
            "S01": is_empty(student["last_name"]),
            "S02": is_empty(student["first_name"]),
            "S03": birth is None,
            "S04": birth is not None and not youngest <= age_on(birth, self.year_begin) <= oldest,
            "S05": student["sex"] is None,
            "S06": not is_valid_snils(snils) and not has_papers,
            "S07": snils is not None and not is_valid_snils(snils),
            "S09": any(not is_complete(paper) for paper in papers),
            "S10": snils is None and has_papers,
            "S11": is_fourteen and bool(papers) and {paper["document_type_id"] for paper in papers} == {"1"},
            "S12": is_empty(student["middle_name"]),
            "R05": birth is not None and age_on(birth, self.as_of) < 18 and not has_representative,
        }
        yield from (rule for rule, is_broken in checks.items() if is_broken)

    def _twins(self) -> Iterator[Finding]:
        persons: dict[str, set[str]] = defaultdict(set)
        people = [*self.students, *self.region.dicts("representatives")]
        for person in people:
            if is_valid_snils(person["snils"]):
                persons[re.sub(r"\D", "", person["snils"])].add(person["person_id"])
        shared = {number for number, owners in persons.items() if len(owners) > 1}
        for student in self.students:
            if re.sub(r"\D", "", student["snils"] or "") in shared:
                yield "S08", "student", student["student_profile_id"]

    def _representatives(self) -> Iterator[Finding]:
        for person in self.region.dicts("representatives"):
            snils = person["snils"]
            papers = any(is_complete(paper) for paper in self.documents[person["person_id"]])
            checks = {
                "R01": is_empty(person["last_name"]) or is_empty(person["first_name"]),
                "R02": person["sex"] is None,
                "R03": not is_valid_snils(snils) and not papers,
                "R04": snils is not None and not is_valid_snils(snils),
            }
            for rule in (rule for rule, is_broken in checks.items() if is_broken):
                yield rule, "representative", person["representative_id"]

    def _classes(self) -> Iterator[Finding]:
        units = [row for row in self.region.dicts("class_units") if row["academic_year_id"] == self.year_id]
        groups = [row for row in self.region.dicts("groups") if row["academic_year_id"] == self.year_id]
        kug: dict[str, list[Row]] = defaultdict(list)
        for period in self.region.dicts("kug_periods"):
            kug[period["periods_schedule_id"]].append(period)
        attested = {row["attestation_periods_schedule_id"] for row in self.region.dicts("attestation_periods")}
        filled = {
            row[0] for row in self.region.rows("SELECT DISTINCT class_unit_id FROM enrollments WHERE end_date IS NULL")
        }
        joined = {
            row[0] for row in self.region.rows("SELECT DISTINCT group_id FROM group_members WHERE end_date IS NULL")
        }
        taught = {
            row[0]
            for row in self.region.rows(
                f"""SELECT DISTINCT class_unit_id FROM lessons JOIN groups USING (group_id)
                WHERE NOT coalesce(cancelled, FALSE)
                AND date BETWEEN DATE '{self.as_of}' - 7 AND DATE '{self.as_of}' + 7"""
            )
        }
        schedule_of = {unit["class_unit_id"]: unit["attestation_periods_schedule_id"] for unit in units}
        for unit in units:
            key, periods = unit["class_unit_id"], kug[unit["periods_schedule_id"]]
            checks = {
                "C01": not periods,
                "C03": unit["attestation_periods_schedule_id"] not in attested,
                "C05": key not in taught and not self._is_all_vacation(periods),
                "C06": key not in filled,
            }
            yield from ((rule, "class_unit", key) for rule, is_broken in checks.items() if is_broken)
        for group in groups:
            schedule = group["attestation_periods_schedule_id"] or schedule_of.get(group["class_unit_id"])
            if schedule not in attested:
                yield "C03", "group", group["group_id"]
            if group["group_id"] not in joined:
                yield "C06", "group", group["group_id"]
        for schedule, periods in kug.items():
            if periods and not any(period["kind"] == "vacation" for period in periods):
                yield "C02", "periods_schedule", schedule

    def _is_all_vacation(self, periods: list[Row]) -> bool:
        days = [self.as_of + timedelta(days=shift) for shift in range(-7, 8)]
        free = [period for period in periods if period["kind"] == "vacation"]
        return all(any(period["begin_date"] <= day <= period["end_date"] for period in free) for day in days)

    def _schedules(self) -> Iterator[Finding]:
        schedules: dict[str, list[Row]] = defaultdict(list)
        for period in self.region.dicts("attestation_periods"):
            if period["academic_year_id"] == self.year_id:
                schedules[period["attestation_periods_schedule_id"]].append(period)
        for key, periods in schedules.items():
            ordered = sorted(periods, key=lambda period: period["begin_date"])
            overlaps = any(one["end_date"] >= two["begin_date"] for one, two in pairwise(ordered))
            leaves = any(one["begin_date"] < self.year_begin or one["end_date"] > self.year_end for one in periods)
            if overlaps or leaves:
                yield "C04", "attestation_periods_schedule", key

    def _applications(self, blocked: set[str]) -> Iterator[Finding]:
        latest: dict[str, Row] = {}
        for row in sorted(
            self.region.dicts("portal_applications"), key=lambda row: (row["changed_at"], row["application_id"])
        ):
            latest[row["student_profile_id"]] = row
        known = {student["student_profile_id"] for student in self.students}
        for key, row in latest.items():
            assert key in known
            if row["status"] == "connected" and (key in blocked or key not in self.home):
                yield "P01", "portal_application", row["application_id"]


def count_by_rule(findings: set[Finding]) -> Counter[str]:
    """How many objects break each rule."""
    return Counter(rule for rule, _, _ in findings)
