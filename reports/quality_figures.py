"""Figures and tables of the pages of data quality."""

from __future__ import annotations

from collections.abc import Sequence

from reports import text
from reports.figures import (
    PRIMARY,
    Cell,
    Choice,
    Figure,
    Json,
    Table,
    date_axis,
    day_axis,
    layout,
    name_axis,
    payload,
    value_axis,
)
from reports.quality import (
    SEVERITIES,
    CheckFound,
    Counts,
    Night,
    Quality,
    QualitySchool,
    RuleFound,
    Unit,
    share,
)

#: How a severity is called: of one finding, at the head of a column, and its colour.
SEVERITY_NAMES = {
    "blocker": "портфолио не показывается",
    "section": "раздел пуст или неверен",
    "advice": "рекомендация",
}
SEVERITY_HEADS = {"blocker": "Блокирующих", "section": "По разделам", "advice": "Рекомендаций"}
SEVERITY_COLORS = {"blocker": "#a52a1a", "section": "#c77c11", "advice": "#3b7dd8"}

NIGHT_HEAD = ("Новых", "Исправлено")
COUNT_HEAD = (*SEVERITY_HEADS.values(), *NIGHT_HEAD)
MANY_NIGHTS = 8


def count_cell(count: int | None) -> Cell:
    """Cell of a count; None is a dash and sorts as nothing."""
    return Cell(text.NO_DATA) if count is None else Cell(text.number(count), float(count))


def share_cell(unit: Unit) -> Cell:
    """Cell of the share of complete students with its denominator, «не оценивалось» where there is nobody."""
    return Cell(text.share_of(unit.complete, unit.students), share(unit))


def _finding_cells(counts: Counts) -> tuple[Cell, ...]:
    return (
        *(count_cell(counts.of(name)) for name in SEVERITIES),
        count_cell(counts.appeared),
        count_cell(counts.closed),
    )


def municipality_ranking(quality: Quality) -> Table:
    """Municipalities, the least complete first."""
    return Table(
        "Полнота и замечания по муниципалитетам",
        ("Муниципалитет", "Полных карточек", *COUNT_HEAD),
        tuple(
            (Cell(unit.name, unit.name), share_cell(unit), *_finding_cells(unit.counts))
            for unit in quality.municipalities
        ),
        has_names=True,
    )


def school_ranking(quality: Quality) -> Table:
    """Schools and colleges with links to their pages, the least complete first."""
    return Table(
        "Полнота и замечания по организациям",
        ("Организация", "Муниципалитет", "Полных карточек", *COUNT_HEAD),
        tuple(
            (
                Cell(row.unit.name, row.unit.name, text.quality_page_name(row.organization_id)),
                Cell(row.municipality, row.municipality),
                share_cell(row.unit),
                *_finding_cells(row.unit.counts),
            )
            for row in quality.schools
        ),
        has_names=True,
    )


def rules_table(rules: Sequence[RuleFound], caption: str, *, with_checked: bool) -> Table:
    """Rules with their findings; `with_checked` adds how many objects each looked at."""
    checked = ("Проверено",) if with_checked else ("Учащихся",)
    return Table(
        caption,
        ("Правило", "Название", "Важность", "Открыто", *checked, *NIGHT_HEAD),
        tuple(
            (
                # A school's page has the texts of what is open only.
                Cell(
                    row.rule.rule_id,
                    row.rule.rule_id,
                    f"#rule-{row.rule.rule_id}" if with_checked or row.counts.open else None,
                ),
                Cell(row.rule.title, row.rule.title),
                Cell(SEVERITY_NAMES[row.rule.severity], float(SEVERITIES.index(row.rule.severity))),
                count_cell(row.counts.open),
                count_cell(row.checked if with_checked else row.students or None),
                count_cell(row.counts.appeared),
                count_cell(row.counts.closed),
            )
            for row in rules
        ),
    )


def classes_table(school: QualitySchool) -> Table:
    """Classes × the rules that found something in the school; a class without students was not assessed."""
    found = [row.rule.rule_id for row in school.rules if row.counts.open]
    rows = []
    for row in school.classes:
        by_rule = dict(row.by_rule)
        rows.append(
            (
                Cell(row.unit.name, f"{row.level or 0:02d} {row.unit.name}"),
                Cell(text.NO_DATA) if row.class_unit_id is None else share_cell(row.unit),
                count_cell(row.unit.counts.open),
                *(
                    Cell(text.number(by_rule[name]) if name in by_rule else "", float(by_rule.get(name, 0)))
                    for name in found
                ),
            )
        )
    return Table(
        "Замечания по классам и правилам",
        ("Класс", "Полных карточек", "Замечаний", *found),
        tuple(rows),
    )


def checks_table(checks: Sequence[CheckFound]) -> Table:
    """The validation results of Great Expectations."""
    return Table(
        "Результаты проверок Great Expectations",
        ("Набор", "Правило", "Признак", "Ожидание", "Просмотрено", "Не прошло"),
        tuple(
            (
                Cell(row.suite_title, row.suite_title),
                Cell(row.rule_id, row.rule_id),
                Cell(row.fact, row.fact),
                Cell(row.expectation, row.expectation),
                count_cell(row.checked),
                count_cell(row.failed),
            )
            for row in checks
        ),
    )


def suites_table(checks: Sequence[CheckFound]) -> Table:
    """The same by suite: expectations, and how many of them were not met."""
    suites: dict[str, list[CheckFound]] = {}
    for row in checks:
        suites.setdefault(row.suite_title, []).append(row)
    return Table(
        "Проверки Great Expectations по наборам",
        ("Набор", "Просмотрено объектов", "Ожиданий", "Выполнено", "Не выполнено"),
        tuple(
            (
                Cell(title, title),
                count_cell(max(row.checked for row in rows)),
                count_cell(len(rows)),
                count_cell(sum(1 for row in rows if not row.failed)),
                count_cell(sum(1 for row in rows if row.failed)),
            )
            for title, rows in suites.items()
        ),
        has_names=True,
    )


def region_trend(nights: Sequence[Night]) -> list[Figure]:
    """How the share of complete students and the open findings went from night to night."""
    return [_share_by_night(nights), _findings_by_night(nights)] if nights else []


def _share_by_night(nights: Sequence[Night]) -> Figure:
    shown = [None if row.students == 0 else round(100 * row.complete / row.students, 3) for row in nights]
    trace: Json = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [row.night.isoformat() for row in nights],
        "y": shown,
        "customdata": [f"{text.number(row.complete)} из {text.number(row.students)}" for row in nights],
        "connectgaps": False,
        "line": {"color": PRIMARY, "width": 2.5},
        "marker": {"size": 7},
        "hovertemplate": "%{x|%d.%m.%Y}: %{y:.1f} % (%{customdata})<extra></extra>",
    }
    return Figure(
        figure_id="complete-nights",
        title="Доля полных карточек по ночам",
        description="Линейный график: доля учащихся без блокирующих замечаний на каждую опубликованную ночь",
        note="Полная карточка — та, у которой нет блокирующих замечаний: учащегося можно показать на портале.",
        payload=payload(
            [trace],
            layout(300, hovermode="x", xaxis=_night_axis(nights), yaxis=value_axis("Полных, %", nticks=6)),
        ),
        height=300,
        tables=(("", _nights_table("Доля полных карточек по ночам", nights)),),
    )


def _findings_by_night(nights: Sequence[Night]) -> Figure:
    traces: list[Json] = [
        {
            "meta": {"severity": severity},
            "name": SEVERITY_HEADS[severity],
            "y": [row.counts.of(severity) for row in nights],
            "line": {"color": SEVERITY_COLORS[severity], "width": 2.5},
        }
        for severity in SEVERITIES
    ]
    options = tuple((severity, SEVERITY_HEADS[severity]) for severity in SEVERITIES)
    return Figure(
        figure_id="findings-nights",
        title="Открытые замечания по ночам",
        description="Линейный график: число открытых замечаний выбранной важности на каждую опубликованную ночь",
        payload=payload(
            traces,
            layout(
                320,
                hovermode="x",
                showlegend=False,
                xaxis=_night_axis(nights),
                yaxis=value_axis("Замечаний", rangemode="tozero", tickformat=",d", nticks=6),
            ),
            common={
                "type": "scatter",
                "mode": "lines+markers",
                "x": [row.night.isoformat() for row in nights],
                "marker": {"size": 7},
                "hovertemplate": "%{x|%d.%m.%Y}: %{y}<extra></extra>",
            },
        ),
        height=320,
        choices=(Choice("severity", "Важность", options),),
        tables=(("", _nights_table("Открытые замечания по ночам", nights)),),
    )


def _night_axis(nights: Sequence[Night]) -> Json:
    days = (nights[-1].night - nights[0].night).days + 1
    return day_axis(days) if days <= MANY_NIGHTS else date_axis(nticks=MANY_NIGHTS)


def _nights_table(caption: str, nights: Sequence[Night]) -> Table:
    return Table(
        caption,
        ("Ночь", "Полных карточек", *SEVERITY_HEADS.values()),
        tuple(
            (
                Cell(text.short_date(row.night)),
                Cell(text.share_of(row.complete, row.students)),
                *(Cell(text.number(row.counts.of(severity))) for severity in SEVERITIES),
            )
            for row in reversed(nights)
        ),
    )


def rules_figure(school: QualitySchool) -> Figure | None:
    """The open findings of a school by rule, as bars; None where there are none."""
    rows = [row for row in school.rules if row.counts.open]
    if not rows:
        return None
    rows.reverse()
    titles = [f"{row.rule.rule_id}. {row.rule.title}" for row in rows]
    traces: list[Json] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": SEVERITY_NAMES[severity],
            "y": list(range(len(rows))),
            "x": [row.counts.of(severity) or None for row in rows],
            "customdata": [text.plotly_text(title) for title in titles],
            "marker": {"color": SEVERITY_COLORS[severity]},
            "hovertemplate": "%{customdata}<br>%{fullData.name}: %{x}<extra></extra>",
        }
        for severity in SEVERITIES
        if any(row.counts.of(severity) for row in rows)
    ]
    height = 110 + 40 * len(rows)
    title = "Открытые замечания по правилам"
    return Figure(
        figure_id="rules",
        title=title,
        description="Столбчатая диаграмма: сколько открытых замечаний у каждого правила, по важности",
        payload=payload(
            traces,
            layout(
                height,
                showlegend=True,
                legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
                barmode="stack",
                xaxis=value_axis("Замечаний", tickformat=",d", nticks=6, rangemode="tozero"),
                yaxis=name_axis(titles, width=24, lines=2, tickfont={"size": 11}),
            ),
        ),
        height=height,
        tables=(
            (
                "",
                Table(
                    title,
                    ("Правило", *SEVERITY_HEADS.values()),
                    tuple(
                        (Cell(title), *(Cell(text.number(row.counts.of(severity))) for severity in SEVERITIES))
                        for row, title in zip(reversed(rows), reversed(titles), strict=True)
                    ),
                    has_names=True,
                ),
            ),
        ),
    )
