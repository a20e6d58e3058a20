"""The figures, as dictionaries in Plotly's schema with the look of the report site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from reports.figures import (
    CONFIG,
    DASHES,
    MARK_SCALE,
    MUTED,
    PALETTE,
    Json,
    day_axis,
    layout,
    name_axis,
    value_axis,
    week_axis,
)
from reports.text import MONTHS, plotly_text, short_date, wrapped_label

LABEL_WIDTH = 22
WEEKDAYS = ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")
ABSENCE_SCALE = [[0.0, "#eef4fa"], [0.4, "#f3c9a4"], [1.0, "#a13d12"]]
FELL, ROSE = "#b2542b", "#1a62a8"
LEAST_CHANGE = 0.3
LEAST_RANGE = 1.0
FEW_COLUMNS = 8
MINUS = "\N{MINUS SIGN}"
_DAYS = ("воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота")

#: Month and day names for Plotly, which knows English ones only unless it is told.
LOCALE: Json = {
    "ru": {
        "dictionary": {"Download plot": "Сохранить рисунок", "Download plot as a PNG": "Сохранить рисунок (PNG)"},
        "format": {
            "days": list(_DAYS),
            "shortDays": ["Вс", "Пн", "Вт", "Ср", "Чт", "Пт", "Сб"],
            "months": list(MONTHS),
            "shortMonths": [month[:3] for month in MONTHS],
            "date": "%d.%m.%Y",
        },
    }
}


def config(picture_format: str, name: str) -> Json:
    """What the reader may do with a figure: save it. The share button uploads the data and is off."""
    return {
        **CONFIG,
        "locales": LOCALE,
        "toImageButtonOptions": {"format": picture_format, "filename": name, "scale": 2},
    }


def bars(names: Sequence[str], values: Sequence[float | None], title: str, *, colour: str = PALETTE[0]) -> Json:
    """Bars from left to right, one for each name."""
    trace = {
        "type": "bar",
        "x": list(range(len(names))),
        "y": list(values),
        "marker": {"color": colour},
        "hovertemplate": "%{y:.1f}<extra></extra>",
    }
    return {
        "data": [trace],
        "layout": layout(300, xaxis=name_axis(names, width=14), yaxis=value_axis(title, rangemode="tozero")),
    }


def heat_map(rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float | None]]) -> Json:
    """Averages from 2 to 5, rows from top to bottom."""
    return _map(rows, columns, values, signed=False, ends=(2, 5))


def change_map(rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float | None]]) -> Json:
    """Changes of averages, pale where there is none: brown fell, blue rose."""
    return _map(rows, columns, values, signed=True, ends=_ends([value for row in values for value in row]))


def _ends(values: Sequence[float | None]) -> tuple[float, float]:
    """As far from zero on both sides, and never so near that a hundredth looks like a fall."""
    far = max([LEAST_CHANGE, *(abs(value) for value in values if value is not None)])
    return -far, far


def _map(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    signed: bool,
    ends: tuple[float, float],
) -> Json:
    trace = {
        "type": "heatmap",
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "z": [list(row) for row in values],
        "text": [["" if value is None else _hundredths(value, signed=signed) for value in row] for row in values],
        "texttemplate": "%{text}",
        "customdata": [[[plotly_text(row), plotly_text(column)] for column in columns] for row in rows],
        "hovertemplate": "%{customdata[0]}, %{customdata[1]}: %{text}<extra></extra>",
        "hoverongaps": False,
        "colorscale": MARK_SCALE,
        "zmin": ends[0],
        "zmax": ends[1],
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
    }
    vertical = name_axis(rows, width=LABEL_WIDTH, lines=2)
    vertical["range"] = [len(rows) - 0.5, -0.5]
    # A few columns have room for their names; those of many may be turned.
    look = {"width": 14, "tickangle": 0} if len(columns) <= FEW_COLUMNS else {"width": 10}
    horizontal = name_axis(columns, **look) | {"side": "top", "range": [-0.5, len(columns) - 0.5]}
    return {"data": [trace], "layout": layout(90 + 30 * len(rows), xaxis=horizontal, yaxis=vertical)}


def _hundredths(value: float, *, signed: bool) -> str:
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    return sign + f"{abs(value):.2f}".replace(".", ",")


def change_bars(names: Sequence[str], values: Sequence[float], title: str) -> Json:
    """Bars to the left of zero for what fell, to the right for what rose, each with its number."""
    ends = _ends(values)
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(len(names))),
        "x": list(values),
        "text": [_hundredths(value, signed=True) for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [FELL if value < 0 else ROSE for value in values]},
        "hovertemplate": "%{text}<extra></extra>",
    }
    vertical = name_axis(names, width=LABEL_WIDTH, lines=2) | {"range": [len(names) - 0.5, -0.5]}
    # Room for the number beyond the longest bar.
    horizontal = value_axis(title, range=[1.25 * ends[0], 1.25 * ends[1]], zeroline=True, zerolinecolor=MUTED)
    return {"data": [trace], "layout": layout(100 + 32 * len(names), xaxis=horizontal, yaxis=vertical)}


def lines(
    series: Sequence[tuple[str, Sequence[tuple[date, float | None]]]],
    title: str,
    *,
    weekly: bool = True,
    least: float = LEAST_RANGE,
) -> Json:
    """Values by week (or by day), one line for each series; a week without a value is a gap.

    least: how much of the scale is seen at least.
    """
    weeks = sorted({week for _, points in series for week, _ in points})
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": wrapped_label(name, 44, lines=2),
            "x": [week.isoformat() for week, _ in points],
            "y": [value for _, value in points],
            "line": {"color": PALETTE[place % len(PALETTE)], "dash": DASHES[place // len(PALETTE) % len(DASHES)]},
            "connectgaps": False,
            "hovertemplate": "%{y:.2f}",
        }
        for place, (name, points) in enumerate(series)
    ]
    known = [value for _, points in series for _, value in points if value is not None]
    span = (weeks[-1] - weeks[0]).days // 7 + 1 if weeks else 1
    return {
        "data": traces,
        "layout": layout(
            360 + 22 * len(series),
            xaxis=_time_axis(weeks, span, weekly=weekly),
            yaxis=value_axis(title, range=_around(known, least), nticks=8),
            hovermode="x unified",
            showlegend=True,
        ),
    }


def _time_axis(days: Sequence[date], weeks: int, *, weekly: bool) -> Json:
    if not days:
        return {}
    return week_axis(days[0], weeks) if weekly else day_axis(len(days), hoverformat="%d.%m.%Y")


def calendar(days: Sequence[tuple[date, float | None]], title: str) -> Json:
    """A square for each day: weeks from left to right, Monday on top; the darker, the more was missed."""
    if not days:
        return {"data": [], "layout": layout(240)}
    first = min(day for day, _ in days)
    monday = first - timedelta(days=first.weekday())
    weeks = (max(day for day, _ in days) - monday).days // 7 + 1
    height = 7 if any(day.weekday() == 6 for day, _ in days) else 6  # noqa: PLR2004 - Sunday
    values: list[list[float | None]] = [[None] * weeks for _ in range(height)]
    texts = [[""] * weeks for _ in range(height)]
    for day, value in days:
        week, weekday = (day - monday).days // 7, day.weekday()
        values[weekday][week] = value
        shown = "скрыто" if value is None else f"{value:.1f}".replace(".", ",") + " %"
        texts[weekday][week] = f"{short_date(day)}: {shown}"
    mondays = [monday + timedelta(weeks=week) for week in range(weeks)]
    step = -(-weeks // 10)
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(weeks)),
        "y": list(range(height)),
        "z": values,
        "text": texts,
        "hovertemplate": "%{text}<extra></extra>",
        "hoverongaps": False,
        "colorscale": ABSENCE_SCALE,
        "zmin": 0,
        "zmax": max([10.0, *(value for _, value in days if value is not None)]),
        "xgap": 2,
        "ygap": 2,
        "colorbar": {"title": {"text": title, "side": "right"}, "thickness": 12},
    }
    horizontal = {
        "tickmode": "array",
        "tickvals": list(range(0, weeks, step)),
        "ticktext": [f"{day.day:02d}.{day.month:02d}" for day in mondays[::step]],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }
    vertical = name_axis(WEEKDAYS[:height], width=4) | {"range": [height - 0.5, -0.5]}
    return {"data": [trace], "layout": layout(110 + 28 * height, xaxis=horizontal, yaxis=vertical)}


def dots(names: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], title: str) -> Json:
    """Averages as dots, a row for each name: bars would have to begin at a mark that nobody has."""
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "y": list(range(len(names))),
            "x": list(values),
            "marker": {"color": PALETTE[place], "size": 12, "symbol": ("circle", "diamond-open")[place % 2]},
            "hovertemplate": "%{x:.2f}",
        }
        for place, (name, values) in enumerate(series)
    ]
    known = [value for _, values in series for value in values if value is not None]
    vertical = name_axis(names, width=LABEL_WIDTH, lines=2) | {"range": [len(names) - 0.5, -0.5], "showgrid": True}
    horizontal = value_axis(title, range=_around(known), nticks=6)
    height = 110 + 30 * len(names)
    more = {"showlegend": len(series) > 1, "hovermode": "y"}
    return {"data": traces, "layout": layout(height, xaxis=horizontal, yaxis=vertical, **more)}


def _around(values: Sequence[float], least: float = LEAST_RANGE) -> list[float] | None:
    """A range in which the values can be told apart, and never so narrow that little looks like much."""
    if not values:
        return None
    low, high = min(values), max(values)
    room = max(least / 10, (least - (high - low)) / 2)
    return [low - room, high + room]


def stacked_bars(names: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], title: str) -> Json:
    """A horizontal bar for each name, made of one piece for each series; long names stand left of them."""
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": wrapped_label(name, 32, lines=2),
            "y": list(range(len(names))),
            "x": list(values),
            "marker": {"color": PALETTE[place % len(PALETTE)]},
            "hovertemplate": "%{x:.1f}",
        }
        for place, (name, values) in enumerate(series)
    ]
    vertical = name_axis(names, width=LABEL_WIDTH, lines=2) | {"range": [len(names) - 0.5, -0.5]}
    height = 110 + 30 * len(names) + 20 * len(series)
    more = {"barmode": "stack", "hovermode": "y", "showlegend": len(series) > 1}
    made = layout(height, xaxis=value_axis(title), yaxis=vertical, **more)
    made["legend"] = made["legend"] | {"traceorder": "normal"}
    return {"data": traces, "layout": made}
