"""Pages from templates. Everything that comes from a source is escaped by the template engine; nothing is trusted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports import text
from reports.line_figures import attendance_by_date, weekly_dynamics
from reports.privacy import HIDDEN_TEXT, Measure
from reports.region import Organization, Region
from reports.region_figures import municipality_table, region_figures, school_table
from reports.school import School
from reports.school_figures import absences, averages_figure, distribution, finals_table, heat_map

TEMPLATES = Path(__file__).parent / "templates"
NEIGHBOUR_NOTE = (
    f"Группы «{HIDDEN_TEXT}» скрыты, а если скрытое нашлось бы вычитанием, скрыта и наименьшая соседняя. "
    "Внутри скрытого скрыто всё."
)
ALL_HIDDEN = f"Показатели организации скрыты: в ней {HIDDEN_TEXT}, или по ним можно вычислить скрытое в соседней."


def template_environment() -> Environment:
    """The templates: everything that comes from a source is escaped, and a name that is missing is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_environment(
    as_of: date, generated_at: datetime | None, *, has_quality: bool, has_overview: bool = False
) -> Environment:
    """The templates of a site, and what every page says: the date of the data, and which parts the site has."""
    environment = template_environment()
    environment.globals.update(
        as_of=text.long_date(as_of),
        generated_at=None if generated_at is None else text.long_time(generated_at),
        has_quality=has_quality,
        has_overview=has_overview,
    )
    return environment


class Pages:
    """Writes the text of each page; one object for a site, so that templates are read once."""

    def __init__(
        self,
        environment: Environment,
        region: Region,
        subjects: dict[str, str],
        *,
        quality_schools: Collection[str] = (),
    ) -> None:
        """`quality_schools`: the organizations that have a page of findings, too."""
        self._region = region
        self._subjects = subjects
        self._quality_schools = quality_schools
        self._index = environment.get_template("index.html")
        self._school = environment.get_template("school.html")

    def index(self) -> str:
        """The first page: the region at a glance."""
        region = self._region
        return self._index.render(
            years=", ".join(region.year_names),
            cards=_region_cards(region),
            municipalities=municipality_table(region),
            schools=school_table(region),
            figures=region_figures(region),
            has_marks=region.totals.marks > 0,
        )

    def school(self, organization: Organization, school: School) -> str:
        """The page of one school or college."""
        return self._school.render(
            organization=organization,
            organization_page=text.school_page_name(organization.organization_id),
            quality_page=text.quality_page_name(organization.organization_id)
            if organization.organization_id in self._quality_schools
            else None,
            kind="Колледж" if organization.kind == "college" else "Школа",
            cards=_school_cards(organization),
            periods=", ".join(school.periods),
            notices=_notices(organization, school),
            sections=self._sections(organization, school),
        )

    def _sections(self, organization: Organization, school: School) -> list[dict[str, object]]:
        """Sections of a school's page in order, each with what is said where there is nothing to show."""
        totals = organization.totals
        is_hidden = totals.current.is_hidden or totals.year.is_hidden
        no_marks = ALL_HIDDEN if is_hidden else "Отметок, по которым считается средний балл, пока нет."
        sections: list[dict[str, object]] = [
            {
                "id": "averages",
                "title": "Средний балл",
                "figures": [
                    averages_figure(
                        "classes", "Средний балл классов", "класс", school.classes.values(), NEIGHBOUR_NOTE
                    ),
                    averages_figure(
                        "parallels",
                        "Средний балл параллелей",
                        "параллель",
                        school.parallels,
                        NEIGHBOUR_NOTE,
                    ),
                    heat_map(school, self._subjects),
                    distribution(school),
                ],
                "empty": no_marks,
            },
            {
                "id": "dynamics-section",
                "title": "Динамика",
                "figures": [weekly_dynamics(school, self._subjects)],
                "empty": no_marks if is_hidden else f"{no_marks} Динамика появится с первыми отметками.",
            },
            {
                "id": "attendance",
                "title": "Посещаемость",
                "figures": [attendance_by_date(school), absences(school)],
                "empty": ALL_HIDDEN
                if totals.attendance.is_hidden
                else "Проведённых уроков пока нет: посещаемость не рассчитана.",
            },
            {
                "id": "finals",
                "title": "Итоговые отметки",
                "figures": [],
                "table": finals_table(school),
                "empty": "Итоговых отметок за завершённые периоды пока нет.",
            },
        ]
        return [{"table": None, **section} for section in sections]


def _region_cards(region: Region) -> list[tuple[str, str]]:
    totals = region.totals
    cards = [("Школы", text.number(totals.schools))]
    if totals.colleges:
        cards.append(("Колледжи", text.number(totals.colleges)))
    return [
        *cards,
        ("Классы и группы" if totals.colleges else "Классы", text.number(totals.classes)),
        ("Учащиеся", text.students_text(totals.students)),
        ("Учтено отметок", text.number(totals.marks)),
        *_measure_cards(totals.current, totals.year, totals.attendance),
    ]


def _school_cards(organization: Organization) -> list[tuple[str, str]]:
    totals = organization.totals
    return [
        ("Классы", text.number(totals.classes)),
        ("Учащиеся", text.students_text(totals.students)),
        *_measure_cards(totals.current, totals.year, totals.attendance),
    ]


def _measure_cards(current: Measure, year: Measure, attendance: Measure) -> list[tuple[str, str]]:
    return [
        ("Средний балл, текущий период", text.average_text(current)),
        ("Средний балл, учебный год", text.average_text(year)),
        ("Посещаемость", text.percent_text(attendance)),
    ]


def _notices(organization: Organization, school: School) -> list[str]:
    """What a reader must know before the figures: why something is empty."""
    if organization.year_name is None:
        return ["За текущий учебный год данных об этой организации нет: ни классов, ни учащихся."]
    notices = []
    if organization.totals.students.students == 0:
        notices.append("Зачисленных учащихся в этом учебном году нет.")
    notices += _missing(school.without_kug, school.calendar_classes, "Не заполнен календарный учебный график (КУГ)")
    notices += _missing(
        school.without_periods,
        school.calendar_classes,
        "Не заполнены аттестационные периоды: средний балл считается только за учебный год",
    )
    return notices


def _missing(count: int, classes: int, what: str) -> list[str]:
    if count == 0:
        return []
    whose = "у всех классов" if count == classes else f"у {text.number(count)} из {text.number(classes)} классов"
    return [f"{what} ({whose})."]
