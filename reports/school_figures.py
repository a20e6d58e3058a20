"""Figures and tables of a school's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reports import text
from reports.figures import (
    MARK_SCALE,
    PRIMARY,
    REASONS,
    SECOND,
    Cell,
    Choice,
    Figure,
    Json,
    Table,
    layout,
    name_axis,
    payload,
    value_axis,
)
from reports.privacy import Measure, hide_small_counts
from reports.region_figures import MARK_AXIS, average_cell, percent_cell, students_cell
from reports.school import Averages, Finals, School

SCOPES = (("current", "текущий период"), ("year", "учебный год"))
# Intervals of half a mark for schools with few students: narrower ones would mostly be hidden.
NARROW_FROM = 150
TOP = 500  # the best average, in hundredths


def averages_figure(figure_id: str, title: str, noun: str, rows: Iterable[Averages], note: str = "") -> Figure | None:
    """Averages of classes or parallels as bars, None where nobody has an average."""
    rows = list(rows)
    if all(row.current.value is None and row.year.value is None for row in rows):
        return None
    labels = [row.label for row in rows]
    traces: list[Json] = []
    for name, color, measures in (
        ("текущий период", PRIMARY, [row.current for row in rows]),
        ("учебный год", SECOND, [row.year for row in rows]),
    ):
        if all(measure.value is None for measure in measures):
            continue
        traces.append(
            {
                "type": "bar",
                "name": name,
                "x": list(range(len(rows))),
                "y": [measure.value for measure in measures],
                "customdata": [text.plotly_text(label) for label in labels],
                "marker": {"color": color},
                "hovertemplate": f"{noun} %{{customdata}}, %{{fullData.name}}: %{{y:.2f}}<extra></extra>",
            }
        )
    table = Table(
        title,
        (noun.capitalize(), "Учащихся", "Средний балл, период", "Средний балл, год"),
        tuple(
            (
                Cell(row.label, f"{row.level or 0:02d} {row.label}"),
                students_cell(row.students),
                average_cell(row.current),
                average_cell(row.year),
            )
            for row in rows
        ),
    )
    return Figure(
        figure_id=figure_id,
        title=title,
        description=f"Столбчатая диаграмма. {title} за текущий период и за учебный год",
        note=note,
        payload=payload(
            traces,
            layout(
                360,
                showlegend=True,
                barmode="group",
                xaxis=name_axis(labels, width=12),
                yaxis=value_axis("Средний балл", **MARK_AXIS),
            ),
        ),
        height=360,
        min_width=60 + 28 * len(rows),
        tables=(("", table),),
    )


def heat_map(school: School, subjects: Mapping[str, str]) -> Figure | None:
    """Class × subject, of the current period and of the year; None without marks that are shown."""
    scopes = [(scope, name) for scope, name in SCOPES if school.cells.get(scope)]
    if all(cell.value is None for scope, _ in scopes for cell in school.cells[scope].values()):
        return None
    used = {subject_id for scope, _ in scopes for _, subject_id in school.cells[scope]}
    subject_ids = [subject_id for subject_id in subjects if subject_id in used]
    class_ids = [
        class_id
        for class_id in school.classes
        if any((class_id, subject_id) in school.cells[scope] for scope, _ in scopes for subject_id in subject_ids)
    ]
    if not subject_ids or not class_ids:
        return None
    labels = [school.classes[class_id].label for class_id in class_ids]
    traces: list[Json] = []
    tables: list[tuple[str, Table]] = []
    nothing = Measure(None, 0)
    for scope, name in scopes:
        grid = [
            [school.cells[scope].get((class_id, subject_id), nothing) for class_id in class_ids]
            for subject_id in subject_ids
        ]
        traces.append(
            {
                "type": "heatmap",
                "meta": {"scope": scope},
                "z": [[measure.value for measure in row] for row in grid],
                "x": list(range(len(class_ids))),
                "y": list(range(len(subject_ids))),
                "text": [
                    [f"{text.plotly_text(label)}, {text.plotly_text(subjects[subject_id])}" for label in labels]
                    for subject_id in subject_ids
                ],
                "zmin": 2,
                "zmax": 5,
                "colorscale": MARK_SCALE,
                "showscale": False,
                "xgap": 1,
                "ygap": 1,
                "hoverongaps": False,
                "texttemplate": "%{z:.2f}",
                "textfont": {"size": 12},
                "hovertemplate": "%{text}: %{z:.2f}<extra></extra>",
            }
        )
        tables.append(
            (
                scope,
                Table(
                    f"Средний балл по классам и предметам, {name}",
                    ("Предмет", *labels),
                    tuple(
                        (Cell(subjects[subject_id]), *(average_cell(measure) for measure in row))
                        for subject_id, row in zip(subject_ids, grid, strict=True)
                    ),
                    has_names=True,
                ),
            )
        )
    height = 90 + 34 * len(subject_ids)
    return Figure(
        figure_id="heat",
        title="Средний балл по классам и предметам",
        description="Тепловая карта: классы по горизонтали, предметы по вертикали, в клетке средний балл класса",
        note="От 2 (коричневый) до 5 (синий). Пустая клетка: нет отметок, меньше 5 учащихся с отметками "
        "или по этой клетке можно вычислить скрытую рядом.",
        payload=payload(
            traces,
            layout(
                height,
                xaxis=name_axis(labels, width=12, side="top", range=[-0.5, len(labels) - 0.5]),
                yaxis=name_axis(
                    [subjects[subject_id] for subject_id in subject_ids],
                    width=20,
                    lines=2,
                    range=[len(subject_ids) - 0.5, -0.5],
                ),
            ),
        ),
        height=height,
        min_width=170 + 42 * len(class_ids),
        choices=(Choice("scope", "Период", tuple(scopes)),) if len(scopes) > 1 else (),
        tables=tuple(tables),
    )


def interval_labels(count: int) -> list[str]:
    """Names of `count` equal intervals from 2 to 5, after one for everything below; averages have two decimals."""
    width = 300 // count
    starts = range(200, TOP, width)
    ends = (TOP if start + width == TOP else start + width - 1 for start in starts)
    pairs = zip(starts, ends, strict=True)
    return ["ниже 2,00", *(f"{text.number(start / 100, 2)} – {text.number(end / 100, 2)}" for start, end in pairs)]


def distribution(school: School) -> Figure | None:
    """How many students have which average; small intervals are hidden."""
    scope, scope_name = next(((scope, name) for scope, name in SCOPES if school.distribution.get(scope)), ("", ""))
    if not scope:
        return None
    counts = school.distribution[scope]
    if sum(counts) < NARROW_FROM:
        counts = [counts[0], *(counts[place] + counts[place + 1] for place in range(1, len(counts), 2))]
    labels = interval_labels(len(counts) - 1)
    shown = hide_small_counts(counts)
    if not any(shown):
        return None
    trace: Json = {
        "type": "bar",
        "x": list(range(len(shown))),
        "y": shown,
        "customdata": labels,
        "marker": {"color": PRIMARY},
        "texttemplate": "%{y}",
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "средний балл %{customdata}: %{y} учащихся<extra></extra>",
    }
    return Figure(
        figure_id="distribution",
        title="Распределение учащихся по среднему баллу",
        description="Гистограмма: число учащихся в каждом интервале среднего балла",
        note=f"Средний балл: {scope_name}. Интервалы, в которых меньше 5 учащихся, скрыты; "
        "если такой интервал один, вместе с ним скрыт и соседний по величине.",
        payload=payload(
            [trace],
            layout(
                340,
                bargap=0.08,
                xaxis=name_axis(labels, width=7, title={"text": "Средний балл", "font": {"size": 12}}),
                yaxis=value_axis("Учащихся", rangemode="tozero", tickformat=",d"),
            ),
        ),
        height=340,
        min_width=60 + 44 * len(labels),
        tables=(
            (
                "",
                Table(
                    "Распределение учащихся по среднему баллу",
                    ("Средний балл", "Учащихся"),
                    tuple(
                        (Cell(label), Cell("скрыто" if count is None else text.number(count), count))
                        for label, count in zip(labels, shown, strict=True)
                    ),
                ),
            ),
        ),
    )


def absences(school: School) -> Figure | None:
    """Lessons missed by class and kind of reason, as shares of the lessons held."""
    rows = [
        (school.classes[class_id], school.absences[class_id])
        for class_id in school.classes
        if class_id in school.absences
    ]
    if all(row.attendance.value is None for _, row in rows):
        return None
    labels = [averages.label for averages, _ in rows]
    reasons = (
        ("illness", "по болезни", [row.illness for _, row in rows]),
        ("excused", "по другой уважительной причине", [row.excused for _, row in rows]),
        ("unexcused", "без уважительной причины", [row.unexcused for _, row in rows]),
    )
    traces: list[Json] = [
        {
            "type": "bar",
            "name": name,
            "x": list(range(len(rows))),
            "y": [measure.value for measure in measures],
            "customdata": [text.plotly_text(label) for label in labels],
            "marker": {"color": REASONS[reason]},
            "hovertemplate": "%{customdata}, %{fullData.name}: %{y:.1f} %<extra></extra>",
        }
        for reason, name, measures in reasons
    ]
    table = Table(
        "Посещаемость и пропуски по классам",
        (
            "Класс", "Посещаемость", "По болезни", "Другая уважительная причина", "Без уважительной причины",
            "Пропущено уроков",
        ),
        tuple(
            (
                Cell(averages.label, f"{averages.level or 0:02d} {averages.label}"),
                percent_cell(row.attendance),
                percent_cell(row.illness),
                percent_cell(row.excused),
                percent_cell(row.unexcused),
                _lessons_cell(row.attendance, sum(row.lessons)),
            )
            for averages, row in rows
        ),
    )  # fmt: skip
    return Figure(
        figure_id="absences",
        title="Пропуски по классам и причинам",
        description="Столбчатая диаграмма с накоплением: доля пропущенных уроков каждого класса по видам причин",
        note="Доля от проведённых уроков. Причина не указана — пропуск считается неуважительным.",
        payload=payload(
            traces,
            layout(
                360,
                barmode="stack",
                xaxis=name_axis(labels, width=12),
                yaxis=value_axis("Пропущено уроков, %", tickformat=".1f", rangemode="tozero"),
            ),
        ),
        height=360,
        min_width=60 + 28 * len(rows),
        tables=(("", table),),
    )


def finals_table(school: School) -> Table | None:
    """Quality and success by final marks; None where there are none."""
    order = {class_id: place for place, class_id in enumerate(school.classes)}
    rows: list[Finals] = sorted(school.finals, key=lambda row: order[row.class_unit_id])
    if not rows:
        return None
    return Table(
        "Качество и успеваемость по итоговым отметкам",
        ("Класс", "Период", "Аттестовано учащихся", "Качество", "Успеваемость"),
        tuple(
            (
                Cell(school.classes[row.class_unit_id].label, float(order[row.class_unit_id])),
                Cell(row.period, row.period),
                students_cell(row.quality),
                percent_cell(row.quality),
                percent_cell(row.success),
            )
            for row in rows
        ),
    )


def _lessons_cell(group: Measure, lessons: int) -> Cell:
    if group.is_hidden:
        return Cell(group.hidden_text)
    return Cell(text.number(lessons), float(lessons))
