"""How names and numbers are written, and which counts are hidden."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import text
from reports.privacy import MIN_GROUP, Measure, hide_small_counts
from reports.school_figures import interval_labels


def test_names_are_one_visible_line() -> None:
    assert text.clean_name("  Школа\n№ 1\u202e\x00 ") == "Школа № 1"
    assert text.clean_name("\u200b") == text.clean_name(None) == "без названия"


def test_plotly_labels_hold_no_tags() -> None:
    assert text.wrapped_label("<b>&</b>", 40) == "&lt;b&gt;&amp;&lt;/b&gt;"
    assert text.wrapped_label("Очень длинное название", 10, lines=2) == "Очень<br>длинное…"


@given(st.text(), st.text())
def test_pages_of_two_organizations_never_share_a_name(first: str, second: str) -> None:
    names = {text.school_page_name(first).lower(), text.school_page_name(second).lower()}
    assert len(names) == len({first, second})
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") for name in names)


def test_numbers_are_written_in_russian() -> None:
    assert text.number(1234567) == "1\u00a0234\u00a0567"
    assert text.number(4.0833, 2) == "4,08"
    assert text.percent_text(Measure(Decimal("94.2"), 30)) == "94,2\u00a0%"


@pytest.mark.parametrize(
    ("students", "expected"), [(0, "—"), (1, "менее 5 учащихся"), (4, "менее 5 учащихся"), (5, "4,08")]
)
def test_a_small_group_is_hidden(students: int, expected: str) -> None:
    assert text.average_text(Measure(Decimal("4.08"), students)) == expected


@given(st.lists(st.integers(min_value=0, max_value=30), max_size=13))
def test_hidden_counts_cannot_be_subtracted_from_the_total(counts: list[int]) -> None:
    shown = hide_small_counts(counts)
    hidden = [count for count, kept in zip(counts, shown, strict=True) if kept is None]
    assert all(kept is None or kept == count for count, kept in zip(counts, shown, strict=True))
    assert all(kept is None or kept == 0 or kept >= MIN_GROUP for kept in shown)
    assert not hidden or sum(hidden) >= MIN_GROUP or not any(shown)


def test_intervals_have_no_gaps() -> None:
    assert interval_labels(6)[:3] == ["ниже 2,00", "2,00 – 2,49", "2,50 – 2,99"]
    assert interval_labels(12)[-1] == "4,75 – 5,00"
