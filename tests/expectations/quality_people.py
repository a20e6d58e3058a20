"""Students with everything that the rules S01…S12 and R01…R05 ask about: what is written, and what must be found.

All are judged as of Wednesday 28 October 2026 in the academic year that began on 1 September 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

AS_OF = date(2026, 10, 28)

Row = dict[str, Any]
Tables = dict[str, list[Row]]

PASSPORT: Row = {"document_type_id": "2", "series": "4508", "number": "123456"}
CERTIFICATE: Row = {"document_type_id": "1", "series": "II-АБ", "number": "123456"}
PARENT: Row = {"type_id": 1, "last_name": "Иванова", "first_name": "Мария", "sex": "female"}


def control(nine: str) -> str:
    """The control number of a СНИЛС, in the words of the specification."""
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(9, 0, -1), strict=True))
    if total > 101:
        total %= 101
    return "00" if total in (100, 101) else f"{total:02d}"


def weighted(nine: str) -> int:
    """Σ dᵢ·(9…1)."""
    return sum(int(digit) * weight for digit, weight in zip(nine, range(9, 0, -1), strict=True))


def numbers(first: int = 112_233_000) -> Iterator[str]:
    """Nine digits above 001-001-998, one after another."""
    return (f"{number:09d}" for number in count(first))


def with_sum(fits: Callable[[int], bool]) -> str:
    """The first nine digits whose weighted sum fits."""
    return next(nine for nine in numbers() if fits(weighted(nine)))


_FRESH = numbers(500_000_000)


def fresh_snils() -> str:
    """A valid СНИЛС that nobody else has."""
    nine = next(_FRESH)
    return nine + control(nine)


@dataclass(frozen=True)
class Case:
    """One student: what differs from a flawless one, papers, representatives, and the rules that must be found."""

    name: str
    found: tuple[str, ...] = ()
    student: Mapping[str, Any] = field(default_factory=dict)
    documents: tuple[Row, ...] = ()
    representatives: tuple[Row, ...] = (PARENT,)
    college: bool = False


def _named(rule: str, column: str, blanks: tuple[str | None, ...], names: tuple[str, ...]) -> list[Case]:
    bad = [Case(f"{column}-blank-{place}", (rule,), {column: text}) for place, text in enumerate(blanks)]
    return bad + [Case(f"{column}-{place}", (), {column: text}) for place, text in enumerate(names)]


BLANKS = (None, "-", "нет", "НЕТ", "—", "--", "- нет -", "\u00a0", "\u2212")
NAMES = ("Нетребко", "Ли", "Аль-Нет", "Нет-нет")


def _snils(name: str, snils: str | None, *found: str) -> Case:
    return Case(f"snils-{name}", found, {"snils": snils})


def _wrong_control(nine: str) -> str:
    return nine + f"{(int(control(nine)) + 1) % 100:02d}"


def _born(name: str, birth_date: str, *found: str, college: bool = False) -> Case:
    return Case(f"born-{name}", found, {"birth_date": birth_date}, college=college)


def _paper(name: str, document: Row, *found: str, **student: Any) -> Case:
    return Case(f"paper-{name}", found, student, (document,))


def _certificate(name: str, series: str | None, *found: str, number: str | None = "123456") -> Case:
    document = CERTIFICATE | {"series": series, "number": number}
    return Case(f"certificate-{name}", found, {"birth_date": "2016-03-03"}, (document,))


def _parent(name: str, *found: str, **parent: Any) -> Case:
    return Case(f"parent-{name}", found, representatives=(PARENT, PARENT | parent))


SUM_100 = with_sum(lambda total: total == 100)
SUM_101 = with_sum(lambda total: total == 101)
SUM_201 = with_sum(lambda total: total > 101 and total % 101 == 100)
SUM_202 = with_sum(lambda total: total > 101 and total % 101 == 0)

CASES: list[Case] = [
    Case("flawless"),
    *_named("S01", "last_name", BLANKS, NAMES),
    *_named("S02", "first_name", BLANKS, NAMES),
    *_named("S12", "middle_name", BLANKS, NAMES),
    Case("no-birth-date", ("S03",), {"birth_date": None}),
    Case("no-birth-date-no-parent", ("S03",), {"birth_date": None}, representatives=()),
    # On 1 September: 4, 5, 25, 26 at a school; 12, 13, 60, 61 at a college.
    _born("school-4", "2021-09-02", "S04"),
    _born("school-5", "2021-09-01"),
    _born("school-25", "2000-09-02"),
    _born("school-26", "2000-09-01", "S04"),
    _born("school-not-yet", "2027-01-01", "S04"),
    _born("college-12", "2013-09-02", "S04", college=True),
    _born("college-13", "2013-09-01", college=True),
    _born("college-60", "1965-09-02", college=True),
    _born("college-61", "1965-09-01", "S04", college=True),
    Case("no-sex", ("S05",), {"sex": None}),
    # СНИЛС: without a document an invalid one blocks, too.
    _snils("none", None, "S06"),
    _snils("dash", "-", "S06"),
    _snils("ten-digits", "1122334459", "S06", "S07"),
    _snils("twelve-digits", "112233445950", "S06", "S07"),
    _snils("letter", "112-233-445 9O", "S06", "S07"),
    _snils("dots", "112.233.445.95", "S06", "S07"),
    _snils("wrong-control", _wrong_control("223344556"), "S06", "S07"),
    _snils("spaces", f" 334-455-667 {control('334455667')} "),
    _snils("hyphens", f"334-455-668-{control('334455668')}"),
    _snils("nbsp", f"334-455-669\u00a0{control('334455669')}"),
    _snils("last-unchecked", "001-001-998 99"),
    _snils("first-checked", _wrong_control("001001999"), "S06", "S07"),
    _snils("first-checked-right", "001001999" + control("001001999")),
    _snils("all-alike", "11111111111", "S06", "S07"),
    _snils("zeros", "000-000-000 00", "S06", "S07"),
    _snils("sum-100", SUM_100 + "00"),
    _snils("sum-101", SUM_101 + "00"),
    _snils("sum-100-mod", SUM_201 + "00"),
    _snils("sum-0-mod", SUM_202 + "00"),
    _snils("sum-100-as-01", SUM_100[:-1] + SUM_100[-1] + "01", "S06", "S07"),
    _snils("arabic-digits", "١١٢٢٣٣٤٤٥٩٥", "S06", "S07"),
    # Documents beside a valid СНИЛС.
    _paper("passport", PASSPORT),
    _paper("passport-spaced", PASSPORT | {"series": "45 08"}),
    _paper("passport-series-3", PASSPORT | {"series": "450"}, "S09"),
    _paper("passport-number-5", PASSPORT | {"number": "12345"}, "S09"),
    _paper("passport-no-series", PASSPORT | {"series": None}, "S09"),
    _paper("passport-dash", PASSPORT | {"number": "-"}, "S09"),
    _paper("foreign", {"document_type_id": "6", "number": "AB123"}),
    _paper("travel-no-series", {"document_type_id": "7", "number": "1234567"}, "S09"),
    _paper("unknown-kind", {"document_type_id": "99", "number": "1"}),
    _paper("unknown-kind-empty", {"document_type_id": "99"}, "S09"),
    _certificate("right", "II-АБ"),
    _certificate("lower-case", "ii-аб"),
    _certificate("spaced", "XIV - ЁЖ"),
    _certificate("latin-letters", "II-AB", "S09"),
    _certificate("mixed-letters", "II-АB", "S09"),
    _certificate("cyrillic-numeral", "ХІ-АБ", "S09"),
    _certificate("not-lookalike", "II-DF", "S09"),
    _certificate("four-ones", "IIII-АБ", "S09"),
    _certificate("no-numeral", "-АБ", "S09"),
    _certificate("no-hyphen", "IIАБ", "S09"),
    _certificate("long-dash", "II–АБ", "S09"),
    _certificate("three-letters", "II-АБВ", "S09"),
    _certificate("number-7", "II-АБ", "S09", number="1234567"),
    # What stands for a missing СНИЛС.
    _paper("instead", PASSPORT, "S10", snils=None),
    _paper("instead-of-invalid", PASSPORT, "S07", snils="11111111111"),
    _paper("instead-wrong-form", PASSPORT | {"number": "1"}, "S06", "S09", snils=None),
    _paper("instead-lookalike", CERTIFICATE | {"series": "II-AB"}, "S09", "S10", snils=None, birth_date="2016-03-03"),
    Case("instead-one-of-two", ("S09", "S10"), {"snils": None}, (PASSPORT, PASSPORT | {"number": "1"})),
    # 14 years on the day itself; only birth certificates.
    _paper("certificate-at-14", CERTIFICATE, "S11", birth_date="2012-10-28"),
    _paper("certificate-at-13", CERTIFICATE, birth_date="2012-10-29"),
    _paper("foreign-certificate-at-15", {"document_type_id": "19", "number": "7"}, "S11"),
    Case("both-at-15", (), {}, (CERTIFICATE, PASSPORT)),
    Case("two-certificates-at-15", ("S11",), {}, (CERTIFICATE, CERTIFICATE)),
    # Representatives: the second one is at fault.
    _parent("fine"),
    _parent("no-last-name", "R01", last_name="-"),
    _parent("no-first-name", "R01", first_name=None),
    _parent("no-sex", "R02", sex=None),
    _parent("nothing", "R03", snils=None),
    _parent("invalid", "R03", "R04", snils="22222222222"),
    Case("no-parent-17", ("R05",), {"birth_date": "2008-10-29"}, representatives=()),
    Case("no-parent-18", (), {"birth_date": "2008-10-28"}, representatives=()),
]


def people(cases: list[Case]) -> Tables:
    """The rows of the cases: students, their enrollments in class 9А (or college course К1), papers, parents."""
    tables: Tables = {name: [] for name in ("students", "enrollments", "identity_documents", "representatives")}
    for case in cases:
        tables["students"].append(student(case.name, **case.student))
        place = {"organization_id": "O2", "class_unit_id": "K1"} if case.college else {}
        tables["enrollments"].append(enrollment(case.name, **place))
        for number, document in enumerate(case.documents):
            tables["identity_documents"].append(
                {"document_id": f"{case.name}-{number}", "person_id": f"p-{case.name}", **document}
            )
        for number, parent in enumerate(case.representatives):
            tables["representatives"].append(representative(case.name, number, **parent))
    return tables


def student(name: str, **more: Any) -> Row:
    """A flawless student of 15."""
    return {
        "student_profile_id": name,
        "person_id": f"p-{name}",
        "last_name": "Иванов",
        "first_name": "Пётр",
        "middle_name": "Сергеевич",
        "birth_date": "2011-05-05",
        "sex": "male",
        "snils": fresh_snils(),
        **more,
    }


def enrollment(name: str, **more: Any) -> Row:
    """In class 9А of school O1 since the year began."""
    return {
        "enrollment_id": f"e-{name}",
        "student_profile_id": name,
        "organization_id": "O1",
        "class_unit_id": "9A",
        "begin_date": "2026-09-01",
        **more,
    }


def representative(name: str, number: int, **more: Any) -> Row:
    """A representative with a valid СНИЛС."""
    return {
        "representative_id": f"r-{name}-{number}",
        "student_profile_id": name,
        "person_id": f"rp-{name}-{number}",
        "snils": fresh_snils(),
        **more,
    }
