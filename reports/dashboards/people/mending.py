"""What is to be mended in one organization: the rows of its nightly list, by the same code, and a choice of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from reports import text
from reports.dashboards.people.source import Opened
from reports.quality import ELSEWHERE_NAME, SEVERITIES, RuleText, rule_texts
from reports.quality_facts import add_list_facts
from reports.quality_lists import ListRow, list_bytes, list_order, read_lists

#: The class of what belongs to no class, in an address; as many hyphens as no class has for an id.
OUTSIDE = "-"


@dataclass(frozen=True)
class Mending:
    """Everything open in one organization (None: of no organization), in the order of its list.

    `changed_on`: when its findings last changed; the list is dated by it.
    """

    organization_id: str | None
    rows: Sequence[ListRow]
    texts: Mapping[str, RuleText]
    changed_on: date | None

    def findings(self, severity: str) -> int:
        """How many open findings of a severity there are; a row may stand for several."""
        return sum(row.findings for row in self.rows if row.severity == severity)


@dataclass(frozen=True)
class Choice:
    """A filter: its name in the address, its label, what may be chosen and what is."""

    key: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str


@dataclass(frozen=True)
class Chosen:
    """The rows that the filters leave. `unknown`: a filter asked for what is not there, and was left out."""

    rows: Sequence[ListRow]
    choices: tuple[Choice, ...]
    unknown: bool

    @property
    def query(self) -> dict[str, str]:
        """The filters as they stand in an address."""
        return {choice.key: choice.value for choice in self.choices if choice.value}


def read_mending(publication: Opened, organization_id: str | None) -> Mending:
    """Reads the findings of one organization and the names that they need; nobody else's."""
    connection = publication.connection
    add_list_facts(connection, organization_id)
    found = connection.execute("select distinct rule_id, severity from report_list_findings order by all").fetchall()
    [(changed_on,)] = connection.execute(
        "select max(greatest(first_seen, closed_on)) from report_list_findings"
    ).fetchall()
    texts = rule_texts(connection, found)
    [(_, rows)] = read_lists(connection, [organization_id])
    return Mending(organization_id, sorted(rows, key=list_order(texts)), texts, changed_on)


def list_file(publication: Opened, mending: Mending, name: str) -> bytes:
    """The list as XLSX: the bytes of the nightly one. name: the organization's full name, as `clean_name` gives it."""
    title = ELSEWHERE_NAME if mending.organization_id is None else name
    changed_on = mending.changed_on or publication.as_of
    with TemporaryDirectory(prefix="portfolio-list-") as folder:
        return list_bytes(title, mending.rows, mending.texts, changed_on=changed_on, temporary=Path(folder))


def chosen_rows(mending: Mending, asked: Mapping[str, str], urgency: Mapping[str, str]) -> Chosen:
    """The rows that `class`, `severity` and `rule` leave, each held against what stands in the list.

    urgency: severity → what it is called.
    """
    outside = OUTSIDE
    while any(row.class_unit_id == outside for row in mending.rows):
        outside += OUTSIDE
    columns = {
        "class": [outside if row.class_unit_id is None else row.class_unit_id for row in mending.rows],
        "severity": [row.severity for row in mending.rows],
        "rule": [row.rule_id for row in mending.rows],
    }
    names = {
        "class": {key: _class_name(row) for key, row in zip(columns["class"], mending.rows, strict=True)},
        "severity": {key: urgency[key] for key in SEVERITIES if key in set(columns["severity"])},
        "rule": {key: f"{key}. {rule.title}" for key, rule in mending.texts.items() if key in set(columns["rule"])},
    }
    labels = {"class": "Класс", "severity": "Срочность", "rule": "Что исправить"}
    values = {key: asked[key] if asked.get(key, "") in names[key] else "" for key in names}
    choices = tuple(Choice(key, labels[key], tuple(names[key].items()), values[key]) for key in names)
    kept = [
        row
        for place, row in enumerate(mending.rows)
        if all(not values[key] or columns[key][place] == values[key] for key in names)
    ]
    return Chosen(kept, choices, unknown=any(asked.get(key, "") and not values[key] for key in names))


def _class_name(row: ListRow) -> str:
    return "Вне классов" if row.class_unit_id is None else text.clean_name(row.class_name)
