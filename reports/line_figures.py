"""Lines over dates on a school's page: a reader chooses a subject, a parallel or a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from reports import text
from reports.figures import (
    DASHES,
    DAY_MS,
    PALETTE,
    WEEK_MS,
    Cell,
    Choice,
    Figure,
    Json,
    Table,
    day_axis,
    layout,
    on_grid,
    payload,
    value_axis,
    week_axis,
)
from reports.school import Line, School

ALL = "all"
WHOLE = "Вся организация"
DAY, WEEK = 1, 7
STEP_MS = {DAY: DAY_MS, WEEK: WEEK_MS}


def weekly_dynamics(school: School, subjects: Mapping[str, str]) -> Figure | None:
    """Week averages of the school and its classes; a subject and a parallel are chosen. None without marks."""
    lines = [line for line in school.weeks if line.subject_id is None or line.subject_id in subjects]
    if not lines:
        return None
    lines = _in_order(school, lines)
    first = min(line.days[0] for line in lines)
    used = {line.subject_id for line in lines if line.subject_id is not None}
    subject_keys = {subject_id: f"{place}" for place, subject_id in enumerate(s for s in subjects if s in used)}
    places = _places_in_parallel(school)
    traces = [
        {
            **_line(school, line, first, WEEK, places),
            "meta": {
                "label": _label(school, line),
                "subject": ALL if line.subject_id is None else subject_keys[line.subject_id],
                "level": _level(school, line),
            },
        }
        for line in lines
    ]
    subject_options = [(ALL, "Все предметы"), *((key, subjects[subject]) for subject, key in subject_keys.items())]
    level_options = dict.fromkeys(trace["meta"]["level"] for trace in traces)
    names = [(level, WHOLE if level == ALL else f"{level} параллель") for level in level_options]
    choices = (Choice("subject", "Предмет", tuple(subject_options)), Choice("level", "Классы", tuple(names)))
    title = "Динамика среднего балла по неделям"
    return Figure(
        figure_id="dynamics",
        title=title,
        description="Линейный график: средний балл недели по выбранному предмету и выбранной параллели",
        note="Средний балл недели — среднее недельных баллов учащихся. "
        "Недели, за которые отметки есть меньше чем у 5 учащихся, скрыты.",
        payload=payload(
            traces,
            layout(
                400,
                showlegend=True,
                hovermode="x unified",
                xaxis=week_axis(first, max(len(trace["y"]) for trace in traces)),
                yaxis=value_axis("Средний балл недели", tickformat=".2f"),
            ),
            common=_common(first, WEEK, "%{y:.2f}"),
        ),
        height=400,
        choices=choices,
        tables=(("", _table(title, "Неделя с", _opening(traces, choices), first, WEEK, digits=2)),),
        table_follows=True,
    )


def attendance_by_date(school: School) -> Figure | None:
    """Share of lessons attended on each day, of the school or of a class chosen. None without lessons."""
    lines = _in_order(school, school.attendance_days)
    if not lines:
        return None
    first = min(line.days[0] for line in lines)
    keys = {class_id: f"{place}" for place, class_id in enumerate(school.classes)}
    traces = [
        {
            **_line(school, line, first, DAY, {}),
            "meta": {
                "label": _label(school, line),
                "class": ALL if line.class_unit_id is None else keys[line.class_unit_id],
            },
        }
        for line in lines
    ]
    choices = (Choice("class", "Класс", tuple((t["meta"]["class"], t["meta"]["label"]) for t in traces)),)
    title = "Посещаемость по датам"
    return Figure(
        figure_id="attendance-days",
        title=title,
        description="Линейный график: доля посещённых уроков в процентах по дням, по организации или выбранному классу",
        note="Доля уроков, на которых учащиеся присутствовали. Дни, когда в классе меньше 5 учащихся, скрыты.",
        payload=payload(
            traces,
            layout(
                340,
                showlegend=False,
                hovermode="x",
                xaxis=day_axis(max(len(trace["y"]) for trace in traces)),
                yaxis=value_axis("Посещаемость, %", tickformat=".0f"),
            ),
            common=_common(first, DAY, "%{x|%a, %d.%m.%Y}: %{y:.1f} %"),
        ),
        height=340,
        choices=choices,
        tables=(("", _table(title, "Дата", _opening(traces, choices), first, DAY, digits=1)),),
        table_follows=True,
    )


def _in_order(school: School, lines: Sequence[Line]) -> list[Line]:
    """The school first, then its classes; all subjects together before each of them."""
    order = {class_id: place for place, class_id in enumerate(school.classes)}
    return sorted(lines, key=lambda line: (order.get(line.class_unit_id or "", -1), line.subject_id or ""))


def _places_in_parallel(school: School) -> dict[str, int]:
    """Place of each class in its parallel: classes that are drawn together get different colours."""
    counts: dict[int | None, int] = {}
    places: dict[str, int] = {}
    for class_id, row in school.classes.items():
        places[class_id] = counts.get(row.level, 0)
        counts[row.level] = places[class_id] + 1
    return places


def _common(first: date, step: int, hover: str) -> Json:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x0": first.isoformat(),
        "dx": STEP_MS[step],
        "connectgaps": True,
        "marker": {"size": 5 if step == DAY else 7},
        "hovertemplate": f"{hover}<extra>%{{fullData.name}}</extra>",
    }


def _line(school: School, line: Line, first: date, step: int, places: Mapping[str, int]) -> Json:
    place = places.get(line.class_unit_id or "", 0)
    return {
        "name": text.plotly_text(_label(school, line)),
        "y": on_grid(line.days, line.values, first, step),
        "line": {
            "color": PALETTE[place % len(PALETTE)],
            "dash": DASHES[place // len(PALETTE) % len(DASHES)],
            "width": 2,
        },
    }


def _label(school: School, line: Line) -> str:
    return WHOLE if line.class_unit_id is None else school.classes[line.class_unit_id].label


def _level(school: School, line: Line) -> str:
    return ALL if line.class_unit_id is None else str(school.classes[line.class_unit_id].level)


def _opening(traces: Sequence[Json], choices: Sequence[Choice]) -> list[Json]:
    """The traces that a page opens with."""
    return [trace for trace in traces if all(trace["meta"][choice.key] == choice.selected for choice in choices)]


def _table(caption: str, head: str, traces: Sequence[Json], first: date, step: int, *, digits: int) -> Table:
    """The table of the traces drawn; the browser writes it anew in the same way after a choice."""
    rows: list[tuple[Cell, ...]] = []
    for place in range(max((len(trace["y"]) for trace in traces), default=0)):
        values = [trace["y"][place] if place < len(trace["y"]) else None for trace in traces]
        if all(value is None for value in values):
            continue
        day = first + timedelta(days=place * step)
        shown = (text.NO_DATA if value is None else text.number(value, digits) for value in values)
        rows.append((Cell(text.short_date(day)), *(Cell(cell) for cell in shown)))
    return Table(caption, (head, *(trace["meta"]["label"] for trace in traces)), tuple(rows))
