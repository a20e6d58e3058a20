"""Building blocks of the figures: plain dictionaries in Plotly's schema, with one look, one configuration, fixed ids.

Plain dictionaries rather than plotly.graph_objects: a region has thousands of figures, and validating each would cost
minutes. The tests validate every kind of figure with plotly instead.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.text import wrapped_label

Json = dict[str, Any]

# Colours that stay apart in print and for colour-blind readers (after Okabe and Ito, darkened for contrast on white).
INK = "#1b2733"
MUTED = "#5b6875"
GRID = "#e3e8ee"
PRIMARY = "#0b5394"
SECOND = "#7fb2df"
PALETTE = ("#0b5394", "#c4500a", "#00735c", "#a1307a", "#7a5c00", "#3b7dd8", "#5a4aa2", "#8c2d19", "#40798c", "#4d4d4d")
DASHES = ("solid", "dash", "dot", "dashdot")
REASONS = {"illness": "#3b7dd8", "excused": "#9aa7b4", "unexcused": "#c4500a"}
# From red-brown (2) over a pale middle to blue (5): readable without telling red from green.
MARK_SCALE = [[0.0, "#b2542b"], [0.3, "#eab38c"], [0.5, "#f6efe6"], [0.75, "#9cc3e6"], [1.0, "#1a62a8"]]

FONT = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"

# The share button uploads the figure's data: it is off, and the only button there is saves a picture.
CONFIG: Json = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "locale": "ru",
    "modeBarButtons": [["toImage"]],
    "plotlyServerURL": "",
    "responsive": True,
    "showSendToCloud": False,
    "toImageButtonOptions": {"format": "png", "scale": 2},
}

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
WEEK_TICKS = 8
FEW_DAYS = 8


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what is shown, what it sorts by, where it leads."""

    text: str
    sort: float | str | None = None
    href: str | None = None


@dataclass(frozen=True)
class Table:
    """A table of a page; the first column names the row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    has_names: bool = False  # long names in the first column


@dataclass(frozen=True)
class Choice:
    """A list to choose from above a figure: traces whose `meta[key]` is the value chosen are drawn."""

    key: str
    label: str
    options: tuple[tuple[str, str], ...]

    @property
    def selected(self) -> str:
        """The first option is the one a page opens with."""
        return self.options[0][0]


@dataclass(frozen=True)
class Figure:
    """A figure with its choices and the table behind it.

    `tables` are (value of the only choice or "", table); `table_follows` says that the browser rewrites the one table
    from the traces drawn.
    """

    figure_id: str
    title: str
    description: str
    payload: str
    height: int
    tables: tuple[tuple[str, Table], ...]
    note: str = ""
    min_width: int = 0
    choices: tuple[Choice, ...] = ()
    table_follows: bool = False


def payload(data: Sequence[Json], layout: Json, *, common: Json | None = None) -> str:
    """The figure as JSON that may stand in an HTML script element: no character of it can end the element.

    `common` is what all traces share; the browser adds it to each, which keeps pages with hundreds of lines small.
    """
    text = json.dumps(
        {"data": list(data), "common": common or {}, "layout": layout, "config": CONFIG},
        ensure_ascii=False,
        allow_nan=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def layout(height: int, **more: Any) -> Json:
    """The common look: no dragging (a finger scrolls the page), legend under the figure, Russian separators."""
    return {
        "autosize": True,
        "height": height,
        "dragmode": False,
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "colorway": list(PALETTE),
        "margin": {"l": 12, "r": 12, "t": 16, "b": 12},
        "separators": ",\u00a0",
        "hoverlabel": {"bgcolor": "#ffffff", "bordercolor": MUTED, "font": {"color": INK}, "namelength": -1},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        "bargap": 0.3,
        **more,
    }


def value_axis(title: str, **more: Any) -> Json:
    """An axis of numbers."""
    return {
        "title": {"text": title, "font": {"size": 12, "color": MUTED}},
        "gridcolor": GRID,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        **more,
    }


def name_axis(labels: Sequence[str], *, width: int, lines: int = 3, **more: Any) -> Json:
    """An axis of names by position, so that two schools or classes of one name stay two."""
    return {
        "tickmode": "array",
        "tickvals": list(range(len(labels))),
        "ticktext": [wrapped_label(label, width, lines=lines) for label in labels],
        "range": [-0.6, len(labels) - 0.4],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        **more,
    }


def date_axis(**more: Any) -> Json:
    """An axis of dates."""
    return {
        "type": "date",
        "tickformat": "%d.%m",
        "gridcolor": GRID,
        "fixedrange": True,
        "automargin": True,
        **more,
    }


def day_axis(days: int, **more: Any) -> Json:
    """An axis of days: few of them get a tick each, lest Plotly write one date at every twelve hours."""
    return date_axis(dtick=DAY_MS, **more) if days <= FEW_DAYS else date_axis(**more)


def week_axis(first: date, weeks: int, **more: Any) -> Json:
    """An axis of weeks, with ticks on Mondays and few enough for a phone."""
    return date_axis(
        tick0=first.isoformat(),
        dtick=WEEK_MS * -(-weeks // WEEK_TICKS),
        hoverformat="неделя с %d.%m.%Y",
        **more,
    )


def on_grid(days: Sequence[date], values: Sequence[float], first: date, step_days: int) -> list[float | None]:
    """Values on an even grid of dates that begins with `first` (Plotly's x0 and dx), with gaps as None."""
    if not days:
        return []
    grid: list[float | None] = [None] * ((days[-1] - first).days // step_days + 1)
    for day, value in zip(days, values, strict=True):
        grid[(day - first).days // step_days] = value
    return grid
