"""Figures and tables of the first page."""

from __future__ import annotations

from reports import text
from reports.figures import (
    MUTED,
    PRIMARY,
    SECOND,
    WEEK_MS,
    Cell,
    Figure,
    Json,
    Table,
    layout,
    name_axis,
    on_grid,
    payload,
    value_axis,
    week_axis,
)
from reports.privacy import Measure
from reports.region import Organization, Region, Totals

MARK_AXIS = {"range": [1, 5], "tickformat": ".1f", "nticks": 5}


def average_cell(measure: Measure) -> Cell:
    """Cell of an average."""
    return Cell(text.average_text(measure), measure.value)


def percent_cell(measure: Measure) -> Cell:
    """Cell of a share in per cent."""
    return Cell(text.percent_text(measure), measure.value)


def students_cell(group: Measure) -> Cell:
    """Cell of a number of students; a hidden one sorts as nothing."""
    return Cell(text.students_text(group), None if group.is_hidden else float(group.students))


def municipality_table(region: Region) -> Table:
    """Municipalities with their averages and attendance."""
    return Table(
        "Средний балл и посещаемость по муниципалитетам",
        ("Муниципалитет", "Организаций", "Учащихся", "Средний балл, период", "Средний балл, год", "Посещаемость"),
        tuple(
            (
                Cell(name, name),
                Cell(text.number(totals.schools + totals.colleges), float(totals.schools + totals.colleges)),
                *_numbers(totals),
            )
            for name, totals in region.municipalities
        ),
        has_names=True,
    )


def school_table(region: Region) -> Table:
    """Schools and colleges with links to their pages."""
    return Table(
        "Средний балл и посещаемость по организациям",
        ("Организация", "Муниципалитет", "Учащихся", "Средний балл, период", "Средний балл, год", "Посещаемость"),
        tuple(
            (
                Cell(row.label, row.label, text.school_page_name(row.organization_id)),
                Cell(row.municipality, row.municipality),
                *_numbers(row.totals),
            )
            for row in region.organizations
        ),
        has_names=True,
    )


def _numbers(totals: Totals) -> tuple[Cell, ...]:
    return (
        students_cell(totals.students),
        average_cell(totals.current),
        average_cell(totals.year),
        percent_cell(totals.attendance),
    )


def region_figures(region: Region) -> list[Figure]:
    """The figures of the first page that have something to show."""
    figures = [_municipalities(region), _schools(region), _weeks(region)]
    return [figure for figure in figures if figure is not None]


def _best(totals: Totals) -> float | None:
    """The average of the current period, or of the year where no period has one."""
    return totals.year.value if totals.current.value is None else totals.current.value


def _municipalities(region: Region) -> Figure | None:
    known = [(_best(totals), name, totals) for name, totals in region.municipalities]
    rows = [(name, totals) for best, name, totals in sorted(known, key=lambda row: row[0] or 0) if best is not None]
    if not rows:
        return None
    names = [name for name, _ in rows]
    traces: list[Json] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": title,
            "y": list(range(len(rows))),
            "x": [measure.value for measure in measures],
            "customdata": [text.plotly_text(name) for name in names],
            "marker": {"color": color},
            "texttemplate": "%{x:.2f}",
            "textposition": "inside",
            "insidetextanchor": "end",
            "constraintext": "none",
            "textfont": {"size": 12},
            "hovertemplate": "%{customdata}<br>%{fullData.name}: %{x:.2f}<extra></extra>",
        }
        for title, color, measures in (
            ("учебный год", SECOND, [totals.year for _, totals in rows]),
            ("текущий период", PRIMARY, [totals.current for _, totals in rows]),
        )
    ]
    height = 110 + 46 * len(rows)
    return Figure(
        figure_id="municipalities",
        title="Средний балл по муниципалитетам",
        description="Столбчатая диаграмма: средний балл учащихся каждого муниципалитета за текущий период и за год",
        payload=payload(
            traces,
            layout(
                height,
                xaxis=value_axis("Средний балл", **MARK_AXIS),
                yaxis=name_axis(names, width=22),
                legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "reversed"},
                barmode="group",
            ),
        ),
        height=height,
        tables=(("", municipality_table(region)),),
    )


def _schools(region: Region) -> Figure | None:
    rows: list[tuple[Organization, float, float]] = []
    for row in region.organizations:
        average = _best(row.totals)
        attendance = row.totals.attendance.value
        if average is not None and attendance is not None:
            rows.append((row, attendance, average))
    if not rows:
        return None
    trace: Json = {
        "type": "scatter",
        "mode": "markers",
        "x": [attendance for _, attendance, _ in rows],
        "y": [average for _, _, average in rows],
        "customdata": [
            [text.plotly_text(row.label), text.plotly_text(row.municipality), text.students_text(row.totals.students)]
            for row, _, _ in rows
        ],
        "marker": {"color": PRIMARY, "opacity": 0.7, "size": 10, "line": {"color": "#ffffff", "width": 1}},
        "hovertemplate": (
            "%{customdata[0]}<br>%{customdata[1]}<br>Учащихся: %{customdata[2]}"
            "<br>Средний балл: %{y:.2f}<br>Посещаемость: %{x:.1f} %<extra></extra>"
        ),
    }
    return Figure(
        figure_id="schools",
        title="Средний балл и посещаемость организаций",
        description="Точечная диаграмма: точка — организация, по горизонтали посещаемость, по вертикали средний балл",
        note="Каждая точка — школа или колледж. Наведите или нажмите на точку, чтобы увидеть название.",
        payload=payload(
            [trace],
            layout(
                420,
                hovermode="closest",
                xaxis=value_axis("Посещаемость, %", tickformat=".1f", nticks=6),
                yaxis=value_axis("Средний балл", tickformat=".2f", nticks=7),
            ),
        ),
        height=420,
        tables=(
            (
                "",
                Table(
                    "Средний балл и посещаемость организаций",
                    ("Организация", "Муниципалитет", "Средний балл", "Посещаемость"),
                    tuple(
                        (
                            Cell(row.label),
                            Cell(row.municipality),
                            Cell(text.number(average, 2), average),
                            Cell(f"{text.number(attendance, 1)}{text.NBSP}%", attendance),
                        )
                        for row, attendance, average in rows
                    ),
                    has_names=True,
                ),
            ),
        ),
    )


def _weeks(region: Region) -> Figure | None:
    averages = {week: measure.value for week, measure in region.average_weeks}
    rates = {week: measure.value for week, measure in region.attendance_weeks}
    weeks = sorted(averages.keys() | rates.keys())
    if not weeks:
        return None
    traces: list[Json] = []
    for name, axis, color, values, unit in (
        ("средний балл недели", "y", PRIMARY, averages, ":.2f"),
        ("посещаемость, %", "y2", "#c4500a", rates, ":.1f"),
    ):
        known = [(week, value) for week, value in sorted(values.items()) if value is not None]
        if not known:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "yaxis": axis,
                "x0": weeks[0].isoformat(),
                "dx": WEEK_MS,
                "y": on_grid([week for week, _ in known], [value for _, value in known], weeks[0], 7),
                "connectgaps": True,
                "line": {"color": color, "width": 2.5},
                "marker": {"size": 6},
                "hovertemplate": f"неделя с %{{x|%d.%m.%Y}}: %{{y{unit}}}<extra>%{{fullData.name}}</extra>",
            }
        )
    return Figure(
        figure_id="weeks",
        title="Динамика региона по неделям",
        description="Два графика по неделям учебного года: средний балл недели и посещаемость в процентах",
        payload=payload(
            traces,
            layout(
                480,
                hovermode="x",
                xaxis=week_axis(weeks[0], (weeks[-1] - weeks[0]).days // 7 + 1, anchor="y2"),
                yaxis=value_axis("Средний балл", domain=[0.55, 1], tickformat=".2f", nticks=5),
                yaxis2=value_axis("Посещаемость, %", domain=[0, 0.42], tickformat=".1f", nticks=5, color=MUTED),
            ),
        ),
        height=480,
        tables=(
            (
                "",
                Table(
                    "Динамика региона по неделям",
                    ("Неделя с", "Средний балл недели", "Посещаемость"),
                    tuple(
                        (
                            Cell(text.short_date(week)),
                            Cell(_or_dash(averages.get(week), 2, "")),
                            Cell(_or_dash(rates.get(week), 1, f"{text.NBSP}%")),
                        )
                        for week in weeks
                    ),
                ),
            ),
        ),
    )


def _or_dash(value: float | None, digits: int, unit: str) -> str:
    return text.NO_DATA if value is None else text.number(value, digits) + unit
