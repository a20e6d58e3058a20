"""What the pages of data quality say: the region, its municipalities and schools, their classes and rules, in counts.

No name or id of a person is here. A unit without students was not assessed («не оценивалось»), which is not complete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import duckdb

from expectations.rules import load_rules
from reports.region import in_order
from reports.text import clean_name

SEVERITIES = ("blocker", "section", "advice")

#: What belongs to no organization: the list of the region.
ELSEWHERE_NAME = "Общие справочники региона"

ORGANIZATIONS = """
with units as (
    select organization_id, students, complete_students from marts.completeness_rollup where level = 'organization'
),
named as (
    select organization_id from units
    union
    select organization_id from report_quality_cells where organization_id is not null and open > 0
)
select
    n.organization_id, o.name, o.short_name, o.municipality, coalesce(u.students, 0), coalesce(u.complete_students, 0),
    r.organization_id is not null, coalesce(d.things, 0), d.digest
from named as n
left join units as u on n.organization_id = u.organization_id
left join marts.organizations as o on n.organization_id = o.organization_id
left join report_organizations as r on n.organization_id = r.organization_id
left join report_list_digests as d on n.organization_id = d.organization_id
"""

CLASSES = """
with units as (
    select organization_id, class_unit_id, students, complete_students
    from marts.completeness_rollup
    where level = 'class_unit'
),
named as (
    select organization_id, class_unit_id from units
    union
    select organization_id, class_unit_id from report_quality_cells where class_unit_id is not null and open > 0
)
select
    n.organization_id, n.class_unit_id, c.name, c.class_level, coalesce(u.students, 0), coalesce(u.complete_students, 0)
from named as n
left join units as u on n.organization_id = u.organization_id and n.class_unit_id = u.class_unit_id
left join marts.class_units as c on n.class_unit_id = c.class_unit_id
order by n.organization_id, n.class_unit_id
"""

CELLS = """
select organization_id, class_unit_id, rule_id, severity, open, students, appeared, closed, changed_on
from report_quality_cells
order by all
"""

UNITS = """
select municipality, students, complete_students
from marts.completeness_rollup
where level = ?
order by municipality
"""

NIGHTS = """
select night, students, complete_students, blocker_findings, section_findings, advice_findings
from marts.completeness_history
where level = 'region'
order by night
"""

CHECKS = """
select suite_title, suite, rule_id, severity, expectation, fact, checked, failed
from marts.quality_checks
order by rule_id, suite, severity, expectation, fact, checked, failed
"""

RULES = """
select rule_id, severity, title, what, milder, portal_section, impact, how_to_fix, who_fixes
from marts.quality_rules
order by place
"""


@dataclass(frozen=True)
class RuleText:
    """A rule and what people are told of it; the texts are those of rules.yaml, as they were published."""

    rule_id: str
    severity: str
    title: str
    field: str
    what: str
    milder: str | None
    portal_section: str
    impact: str
    how_to_fix: str
    who_fixes: str


@dataclass(frozen=True)
class Counts:
    """How many findings are open, by severity; how many of them are new since the last night, and how many closed.

    `appeared` is None on the first night there was: nothing can be new.
    """

    blocker: int = 0
    section: int = 0
    advice: int = 0
    appeared: int | None = None
    closed: int = 0

    @property
    def open(self) -> int:
        """All open findings."""
        return self.blocker + self.section + self.advice

    def of(self, severity: str) -> int:
        """The open findings of a severity."""
        return int(getattr(self, severity))


@dataclass(frozen=True)
class Unit:
    """The region, a municipality or a class: its active students, how many are complete, and its findings."""

    name: str
    students: int
    complete: int
    counts: Counts


@dataclass(frozen=True)
class RuleFound:
    """A rule and its findings; `students` is how many students they speak of."""

    rule: RuleText
    counts: Counts
    students: int
    checked: int | None = None


@dataclass(frozen=True)
class SchoolClass:
    """A class of a school (or, without an id, what belongs to no class) and the open findings of each rule."""

    class_unit_id: str | None
    level: int | None
    unit: Unit
    by_rule: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class QualitySchool:
    """A school: everything its page is made of. `list_digest` is of what stands in its list; None: it has no list."""

    organization_id: str
    full_name: str
    municipality: str
    has_averages: bool
    unit: Unit
    rules: tuple[RuleFound, ...]
    classes: tuple[SchoolClass, ...]
    changed_on: date | None
    list_digest: str | None


@dataclass(frozen=True)
class Night:
    """The region on a published night."""

    night: date
    students: int
    complete: int
    counts: Counts


@dataclass(frozen=True)
class CheckFound:
    """What one expectation found."""

    suite_title: str
    rule_id: str
    severity: str
    expectation: str
    fact: str
    checked: int
    failed: int


@dataclass(frozen=True)
class Quality:
    """Everything of the pages. `elsewhere`: what belongs to no organization; its list is the region's."""

    as_of: date
    texts: Mapping[str, RuleText]
    region: Unit
    municipalities: tuple[Unit, ...]
    schools: tuple[QualitySchool, ...]
    rules: tuple[RuleFound, ...]
    nights: tuple[Night, ...]
    checks: tuple[CheckFound, ...]
    elsewhere: QualitySchool | None


@dataclass(frozen=True)
class _Cell:
    organization_id: str | None
    class_unit_id: str | None
    rule_id: str
    severity: str
    open: int
    students: int
    appeared: int
    closed: int
    changed_on: date | None


def read_quality(connection: duckdb.DuckDBPyConnection) -> Quality:
    """Reads the pages' numbers from the facts of `quality_facts.add_quality_facts`."""
    as_of = connection.execute("select max(as_of) from marts.publication").fetchall()[0][0]
    nights = _nights(connection)
    is_first = all(row.night == as_of for row in nights)
    cells = [_Cell(*row) for row in connection.execute(CELLS).fetchall()]
    texts = rule_texts(connection, ((cell.rule_id, cell.severity) for cell in cells))
    by_organization: dict[str | None, list[_Cell]] = defaultdict(list)
    for cell in cells:
        by_organization[cell.organization_id].append(cell)
    schools = _schools(connection, by_organization, texts, is_first=is_first)
    checks = _checks(connection)
    checked = _checked_by_rule(checks)
    rules = [
        RuleFound(found.rule, found.counts, found.students, checked.get(found.rule.rule_id))
        for found in _rules_found(cells, texts, is_first=is_first, all_rules=True)
    ]
    return Quality(
        as_of=as_of,
        texts=texts,
        region=_region(connection, cells, is_first=is_first),
        municipalities=_municipalities(connection, schools, is_first=is_first),
        schools=schools,
        rules=tuple(rules),
        nights=nights,
        checks=checks,
        elsewhere=_elsewhere(connection, by_organization[None], texts, is_first=is_first),
    )


def share(unit: Unit) -> float | None:
    """The share of complete students; None where nobody was assessed."""
    return None if unit.students == 0 else unit.complete / unit.students


def rule_texts(connection: duckdb.DuckDBPyConnection, found: Iterable[tuple[str, str]]) -> dict[str, RuleText]:
    """The published texts in their order; `field` is only in rules.yaml.

    found: rule and severity of findings: their rules are there in any case.
    """
    known = load_rules().rules
    texts = {
        row[0]: RuleText(row[0], row[1], row[2], known[row[0]].field if row[0] in known else "", *row[3:])
        for row in connection.execute(RULES).fetchall()
    }
    for rule_id, severity in found:
        if rule_id not in texts:
            texts[rule_id] = RuleText(rule_id, severity, rule_id, "", "", None, "", "", "", "")
    return texts


def _counts(cells: Iterable[_Cell], *, is_first: bool) -> Counts:
    totals = dict.fromkeys(SEVERITIES, 0)
    appeared = closed = 0
    for cell in cells:
        totals[cell.severity] += cell.open
        appeared += cell.appeared
        closed += cell.closed
    return Counts(**totals, appeared=None if is_first else appeared, closed=closed)


def _rules_found(
    cells: Sequence[_Cell], texts: Mapping[str, RuleText], *, is_first: bool, all_rules: bool = False
) -> list[RuleFound]:
    """What each rule found, in the order of the rules: of all of them, or of those with something to say."""
    of_rule: dict[str, list[_Cell]] = defaultdict(list)
    for cell in cells:
        of_rule[cell.rule_id].append(cell)
    found = []
    for rule_id, text in texts.items():
        counts = _counts(of_rule[rule_id], is_first=is_first)
        if all_rules or counts.open or counts.closed:
            found.append(RuleFound(text, counts, sum(cell.students for cell in of_rule[rule_id])))
    return found


def _schools(
    connection: duckdb.DuckDBPyConnection,
    cells: Mapping[str | None, Sequence[_Cell]],
    texts: Mapping[str, RuleText],
    *,
    is_first: bool,
) -> tuple[QualitySchool, ...]:
    classes: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for organization_id, *row in connection.execute(CLASSES).fetchall():
        classes[organization_id].append(tuple(row))
    schools = []
    for organization_id, name, short_name, municipality, *numbers in connection.execute(ORGANIZATIONS).fetchall():
        students, complete, has_averages, things, digest = numbers
        own = cells.get(organization_id, ())
        label = clean_name(short_name or name)
        schools.append(
            QualitySchool(
                organization_id=organization_id,
                full_name=clean_name(name),
                municipality=clean_name(municipality),
                has_averages=bool(has_averages),
                unit=Unit(label, int(students), int(complete), _counts(own, is_first=is_first)),
                rules=tuple(_rules_found(own, texts, is_first=is_first)),
                classes=_classes(classes[organization_id], own, texts, is_first=is_first),
                changed_on=_changed_on(own),
                list_digest=digest if things else None,
            )
        )
    return tuple(sorted(schools, key=_worst_first))


def _worst_first(school: QualitySchool) -> tuple[float, int, int, str, str, str]:
    """Where to call first: the smallest share complete, then the most findings; those not assessed at the end."""
    known = share(school.unit)
    counts = school.unit.counts
    return (
        2.0 if known is None else known,
        -counts.blocker,
        -counts.section,
        in_order(school.municipality),
        in_order(school.unit.name),
        school.organization_id,
    )


def _changed_on(cells: Sequence[_Cell]) -> date | None:
    return max((cell.changed_on for cell in cells if cell.changed_on is not None), default=None)


def _classes(
    rows: Sequence[tuple[Any, ...]], cells: Sequence[_Cell], texts: Mapping[str, RuleText], *, is_first: bool
) -> tuple[SchoolClass, ...]:
    of_class: dict[str | None, list[_Cell]] = defaultdict(list)
    for cell in cells:
        of_class[cell.class_unit_id].append(cell)

    def found(class_id: str | None) -> list[RuleFound]:
        return _rules_found(of_class[class_id], texts, is_first=is_first)

    classes = [
        _school_class(class_id, level, Unit(clean_name(name), int(students), int(complete), Counts()), found(class_id))
        for class_id, name, level, students, complete in rows
    ]
    classes.sort(key=lambda row: (row.level or 0, in_order(row.unit.name), row.class_unit_id or ""))
    outside = _school_class(None, None, Unit("Вне классов", 0, 0, Counts()), found(None))
    return (*classes, outside) if outside.by_rule else tuple(classes)


def _school_class(class_id: str | None, level: int | None, unit: Unit, found: Sequence[RuleFound]) -> SchoolClass:
    """A class, with the counts of what was found in it."""
    counts = _sum([row.counts for row in found], is_first=False)
    return SchoolClass(
        class_unit_id=class_id,
        level=level,
        unit=replace(unit, counts=counts),
        by_rule=tuple((row.rule.rule_id, row.counts.open) for row in found if row.counts.open),
    )


def _region(connection: duckdb.DuckDBPyConnection, cells: Sequence[_Cell], *, is_first: bool) -> Unit:
    rows = connection.execute(UNITS, ["region"]).fetchall()
    _, students, complete = rows[0] if rows else (None, 0, 0)
    return Unit("Регион", int(students), int(complete), _counts(cells, is_first=is_first))


def _municipalities(
    connection: duckdb.DuckDBPyConnection, schools: Sequence[QualitySchool], *, is_first: bool
) -> tuple[Unit, ...]:
    own: dict[str, list[Counts]] = defaultdict(list)
    for school in schools:
        own[school.municipality].append(school.unit.counts)
    units = [
        Unit(clean_name(name), int(students), int(complete), _sum(own[clean_name(name)], is_first=is_first))
        for name, students, complete in connection.execute(UNITS, ["municipality"]).fetchall()
    ]
    return tuple(sorted(units, key=_worst_unit_first))


def _worst_unit_first(unit: Unit) -> tuple[float, int, str, str]:
    known = share(unit)
    return (2.0 if known is None else known, -unit.counts.blocker, in_order(unit.name), unit.name)


def _sum(counts: Sequence[Counts], *, is_first: bool) -> Counts:
    return Counts(
        blocker=sum(one.blocker for one in counts),
        section=sum(one.section for one in counts),
        advice=sum(one.advice for one in counts),
        appeared=None if is_first else sum(one.appeared or 0 for one in counts),
        closed=sum(one.closed for one in counts),
    )


def _elsewhere(
    connection: duckdb.DuckDBPyConnection, cells: Sequence[_Cell], texts: Mapping[str, RuleText], *, is_first: bool
) -> QualitySchool | None:
    """What belongs to no organization (a dictionary that all share), as if it were one."""
    digests = connection.execute("select digest from report_list_digests where organization_id is null").fetchall()
    if not digests:
        return None
    return QualitySchool(
        organization_id="",
        full_name=ELSEWHERE_NAME,
        municipality="",
        has_averages=False,
        unit=Unit(ELSEWHERE_NAME, 0, 0, _counts(cells, is_first=is_first)),
        rules=tuple(_rules_found(cells, texts, is_first=is_first)),
        classes=(),
        changed_on=_changed_on(cells),
        list_digest=digests[0][0],
    )


def _nights(connection: duckdb.DuckDBPyConnection) -> tuple[Night, ...]:
    return tuple(
        Night(night, int(students), int(complete), Counts(int(blocker), int(section), int(advice)))
        for night, students, complete, blocker, section, advice in connection.execute(NIGHTS).fetchall()
    )


def _checks(connection: duckdb.DuckDBPyConnection) -> tuple[CheckFound, ...]:
    """The validation results of Great Expectations, in the order of suites and rules."""
    suites = {name: place for place, name in enumerate(load_rules().suites)}
    rows = connection.execute(CHECKS).fetchall()
    rows.sort(key=lambda row: suites.get(row[1], len(suites)))
    return tuple(CheckFound(title, *found) for title, _, *found in rows)


def _checked_by_rule(checks: Sequence[CheckFound]) -> dict[str, int]:
    """How many objects each rule looked at, as `expectations.counting` counts them.

    Within a suite a rule's conditions exclude each other (their rows add up), unless one of its checks has no condition
    and so looks at every object.
    """
    book = load_rules()
    whole = {
        (book.suites[check.suite].title, rule.rule_id)
        for rule in book.rules.values()
        for check in rule.checks
        if not check.where or book.suites[check.suite].has_population
    }
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for check in checks:
        seen[check.suite_title, check.rule_id].append(check.checked)
    totals: dict[str, int] = defaultdict(int)
    for (suite_title, rule_id), counts in seen.items():
        totals[rule_id] += max(counts) if (suite_title, rule_id) in whole else sum(counts)
    return dict(totals)
