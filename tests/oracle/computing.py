"""Every mart of 2-marts.md that can be computed from the deliveries alone."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

from .attendance import attendance, attendance_summary, class_attendance
from .averages import class_subject_averages, student_averages, student_subject_averages
from .events import (
    achievement_counts,
    achievement_ranks,
    achievements,
    calendar,
    current_year,
    upcoming_events,
)
from .finals import academic_debts, control_works, final_marks
from .forms import FormKinds
from .journal import YearView
from .marts import MARTS, row_key
from .reading import current_tables, load_dates
from .region import Region, Year
from .weekly import class_weekly_dynamics, weekly_dynamics

DEFAULT_THRESHOLD = Fraction(51, 100)
DEFAULT_ZONE = "Asia/Yekaterinburg"

Marts = dict[str, list[dict[str, object]]]


def compute(
    landing: Path,
    as_of: date | None = None,
    rounding_threshold: Fraction = DEFAULT_THRESHOLD,
    *,
    open_only: bool = True,
    zone: str = DEFAULT_ZONE,
) -> Marts:
    """The marts by name, each as rows by column, in the order of their keys.

    Takes the landing folder (all of its deliveries are read), the date as of which everything is computed (the newest
    load date), the fraction from which an average rounds up, whether closed years are left out, and the region's time
    zone. Averages are Fractions, `*_shown` are Decimals, ids are text. Raises ValueError for a landing without any
    delivery.
    """
    days = load_dates(landing)
    if not days:
        raise ValueError("the landing folder holds no delivery")
    as_of = as_of or days[-1]
    region = Region(current_tables(landing, zone), FormKinds.from_seed())
    marts: Marts = {name: [] for name in MARTS}
    for year in region.years:
        if year.begin <= as_of and (is_open(year, as_of) or not open_only):
            _add_year(marts, YearView(region, year, as_of), rounding_threshold)
    _add_tonight(marts, region, as_of)
    for name, rows in marts.items():
        rows.sort(key=lambda row: tuple((part is not None, part) for part in row_key(name, row)))
    return marts


def is_open(year: Year, as_of: date) -> bool:
    """Whether a year is still open: until 1 October after its end."""
    october = date(year.end.year, 10, 1)
    return as_of < (october if year.end < october else date(year.end.year + 1, 10, 1))


def _add_year(marts: Marts, view: YearView, threshold: Fraction) -> None:
    days = attendance(view)
    gained = achievements(view)
    marts["student_subject_averages"] += student_subject_averages(view, threshold)
    marts["student_averages"] += student_averages(view)
    marts["class_subject_averages"] += class_subject_averages(view)
    marts["weekly_dynamics"] += weekly_dynamics(view)
    marts["class_weekly_dynamics"] += class_weekly_dynamics(view)
    marts["attendance"] += days
    marts["class_attendance"] += class_attendance(view, days)
    marts["attendance_summary"] += attendance_summary(view, days)
    marts["final_marks"] += final_marks(view, threshold)
    marts["control_works"] += control_works(view)
    marts["academic_debts"] += academic_debts(view)
    marts["achievements"] += gained
    marts["achievement_counts"] += achievement_counts(view, gained)
    marts["achievement_ranks"] += achievement_ranks(view, gained)


def _add_tonight(marts: Marts, region: Region, as_of: date) -> None:
    year = current_year(region, as_of)
    if year is None:
        return
    marts["calendar"] += calendar(region, year, as_of)
    marts["upcoming_events"] += upcoming_events(YearView(region, year, as_of))
