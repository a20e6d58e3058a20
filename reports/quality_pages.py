"""The pages of data quality, from templates: counts only, no person's name or id."""

from __future__ import annotations

from jinja2 import Environment

from reports import text
from reports.quality import SEVERITIES, Counts, Quality, QualitySchool
from reports.quality_figures import (
    SEVERITY_HEADS,
    SEVERITY_NAMES,
    checks_table,
    classes_table,
    municipality_ranking,
    region_trend,
    rules_figure,
    rules_table,
    school_ranking,
    suites_table,
)


class QualityPages:
    """Writes the text of each page; one object for a site, so that templates are read once."""

    def __init__(self, environment: Environment, quality: Quality, *, lists: str) -> None:
        """`lists` is the folder of the lists, seen from the pages."""
        self._quality = quality
        self._lists = lists
        self._region = environment.get_template("quality.html")
        self._school = environment.get_template("quality_school.html")

    def region(self) -> str:
        """The region at a glance."""
        quality = self._quality
        counts = quality.region.counts
        return self._region.render(
            cards=[
                ("Учащиеся", text.number(quality.region.students)),
                *_cards(quality.region.students, quality.region.complete, counts),
            ],
            is_first_night=counts.appeared is None,
            figures=region_trend(quality.nights),
            municipalities=municipality_ranking(quality),
            schools=school_ranking(quality),
            rules=rules_table(quality.rules, "Правила и замечания", with_checked=True),
            texts=[row.rule for row in quality.rules],
            severity_names=SEVERITY_NAMES,
            suites=suites_table(quality.checks),
            checks=checks_table(quality.checks),
            elsewhere=None
            if quality.elsewhere is None
            else {
                "count": text.count_of(quality.elsewhere.unit.counts.open, "замечание", "замечания", "замечаний"),
                "list": self._list(None),
            },
        )

    def school(self, school: QualitySchool) -> str:
        """The page of one school or college. It does not name the night: it stays as long as nothing changes."""
        unit = school.unit
        found = [row for row in school.rules if row.counts.open]
        return self._school.render(
            school=school,
            organization_page=text.school_page_name(school.organization_id) if school.has_averages else None,
            quality_page=text.quality_page_name(school.organization_id),
            cards=[("Учащиеся", text.number(unit.students)), *_cards(unit.students, unit.complete, unit.counts)],
            is_assessed=unit.students > 0,
            is_first_night=unit.counts.appeared is None,
            figure=rules_figure(school),
            rules=rules_table(school.rules, "Замечания по правилам", with_checked=False),
            classes=classes_table(school),
            texts=[row.rule for row in found],
            severity_names=SEVERITY_NAMES,
            list_href=self._list(school.organization_id) if school.list_digest else None,
        )

    def _list(self, organization_id: str | None) -> str:
        return f"{self._lists}/{text.list_name(organization_id)}"


def _cards(students: int, complete: int, counts: Counts) -> list[tuple[str, str]]:
    of = "" if students == 0 else f" ({text.number(complete)} из {text.number(students)})"
    cards = [("Полных карточек" + of, text.share_text(complete, students))]
    cards += [
        (
            f"{SEVERITY_HEADS[name]} замечаний" if name != "advice" else SEVERITY_HEADS[name],
            text.number(counts.of(name)),
        )
        for name in SEVERITIES
    ]
    if counts.appeared is not None:
        cards.append(("Новых за ночь", text.number(counts.appeared)))
        cards.append(("Исправлено за ночь", text.number(counts.closed)))
    return cards
