"""The aggregates of a published night against the students' own marts, and the command that serves them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.reading_order import READING_ORDER

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def night(first_night: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(first_night / "published" / "portfolio.duckdb"), read_only=True) as connection:
        yield connection


def both(night: duckdb.DuckDBPyConnection, aggregate: str, students: str) -> tuple[Rows, Rows]:
    """The rows of both queries, which must be something."""
    first, second = night.execute(aggregate).fetchall(), night.execute(students).fetchall()
    assert first
    return first, second


def test_averages_by_subject_are_those_of_the_active_students(night: duckdb.DuckDBPyConnection) -> None:
    made, wanted = both(
        night,
        "select class_unit_id, subject_id, scope, students_count, average_sum, students_at_risk,"
        " students_two + students_three + students_four + students_five"
        " from marts.agg_averages where subject_id is not null and students_count > 0 order by all",
        """
        select s.class_unit_id, s.subject_id, case when s.attestation_period_id is null then 'year' else 'current' end,
            count(*), sum(cast(s.average as decimal(18, 12))), count(*) filter (where s.average < 2.5), count(*)
        from marts.student_subject_averages s
        join marts.student_averages a using (academic_year_id, student_profile_id)
        where a.scope = 'year' and a.is_active and s.average is not null
          and (s.attestation_period_id is null or s.is_current)
        group by 1, 2, 3 order by all
        """,
    )
    assert made == wanted


def test_changes_are_those_of_students_with_an_average_in_both_periods(night: duckdb.DuckDBPyConnection) -> None:
    changes = """
        with before as (
            select p.attestation_period_id as period, (
                select max_by(q.attestation_period_id, (q.begin_date, q.attestation_period_id))
                from marts.attestation_periods q
                where q.attestation_periods_schedule_id = p.attestation_periods_schedule_id
                  and q.academic_year_id = p.academic_year_id
                  and (q.begin_date, q.attestation_period_id) < (p.begin_date, p.attestation_period_id)
            ) as previous
            from marts.attestation_periods p
        ), changes as (
            select n.class_unit_id, n.student_profile_id, n.subject_id,
                cast(n.average as decimal(18, 12)) - cast(o.average as decimal(18, 12)) as change
            from marts.student_subject_averages n
            join marts.student_averages a using (academic_year_id, student_profile_id)
            join before on before.period = n.attestation_period_id
            join marts.student_subject_averages o
                on o.student_profile_id = n.student_profile_id and o.subject_id = n.subject_id
                and o.attestation_period_id = before.previous
            where n.is_current and a.scope = 'year' and a.is_active and n.average is not null and o.average is not null
        )
    """
    made, wanted = both(
        night,
        "select class_unit_id, subject_id, compared_count, change_sum from marts.agg_averages"
        " where compared_count > 0 and subject_id is not null and scope = 'current' order by all",
        f"{changes} select class_unit_id, subject_id, count(*), sum(change) from changes group by 1, 2 order by all",
    )
    assert made == wanted
    made, wanted = both(
        night,
        "select class_unit_id, compared_count, change_sum from marts.agg_averages"
        " where compared_count > 0 and subject_id is null order by all",
        f"{changes}, own as (select class_unit_id, avg(change) as change from changes group by 1, student_profile_id)"
        " select class_unit_id, count(*), sum(change) from own group by 1 order by all",
    )
    assert [row[:2] for row in made] == [row[:2] for row in wanted]
    assert max(abs(float(one[2]) - other[2]) for one, other in zip(made, wanted, strict=True)) < 1e-9


def test_own_averages_and_the_spread_are_those_of_the_students(night: duckdb.DuckDBPyConnection) -> None:
    made, wanted = both(
        night,
        "select class_unit_id, scope, students_total, students_count, average_sum, students_two, students_three,"
        " students_four, students_five from marts.agg_averages where subject_id is null order by all",
        """
        select class_unit_id, scope, count(*), count(average), coalesce(sum(cast(average as decimal(18, 12))), 0),
            count(*) filter (where average < 2.51), count(*) filter (where average >= 2.51 and average < 3.51),
            count(*) filter (where average >= 3.51 and average < 4.51), count(*) filter (where average >= 4.51)
        from marts.student_averages where is_active group by 1, 2 order by all
        """,
    )
    assert made == wanted


def test_weeks_are_exactly_those_of_the_active_students_of_classes(night: duckdb.DuckDBPyConnection) -> None:
    made, wanted = both(
        night,
        "select organization_id, class_level, subject_id, week_begin, students_count, average_sum, marks_count"
        " from marts.agg_weeks order by all",
        """
        select c.organization_id, c.class_level, w.subject_id, w.week_begin, count(*),
            sum(cast(w.week_average as decimal(18, 12))), sum(w.marks_count)
        from marts.weekly_dynamics w
        join marts.student_averages a using (academic_year_id, student_profile_id)
        join marts.class_units c on c.class_unit_id = w.class_unit_id
        where a.scope = 'year' and a.is_active
        group by 1, 2, 3, 4 order by all
        """,
    )
    assert [row[:5] + row[6:] for row in made] == [row[:5] + row[6:] for row in wanted]
    # A sum over several classes may differ in the twelfth place, where their means were divided.
    assert max(abs(one[5] - other[5]) for one, other in zip(made, wanted, strict=True)) < 1e-10


def test_attendance_adds_up_by_day_month_and_year(night: duckdb.DuckDBPyConnection) -> None:
    sums = "sum(lessons_held), sum(lessons_missed), sum(missed_excused), sum(missed_unexcused), sum(missed_by_illness)"
    made, wanted = both(
        night,
        f"select organization_id, class_unit_id, date, sum(students_count), {sums} from marts.agg_attendance_days"
        " group by 1, 2, 3 order by all",
        f"select organization_id, class_unit_id, date, count(*), {sums} from marts.attendance"
        " group by 1, 2, 3 order by all",
    )
    assert made == wanted
    made, wanted = both(
        night,
        f"select class_unit_id, sum(students_count), sum(students_chronic), {sums} from marts.agg_attendance"
        " where month_begin is null group by 1 order by all",
        f"select class_unit_id, count(*), count(*) filter (where is_chronic), {sums} from marts.attendance_summary"
        " where attestation_period_id is null group by 1 order by all",
    )
    assert made == wanted
    made, wanted = both(
        night,
        f"select month_begin, sum(students_count), {sums} from marts.agg_attendance where month_begin is not null"
        " group by 1 order by all",
        f"select date_trunc('month', date)::date, count(distinct student_profile_id), {sums} from marts.attendance"
        " group by 1 order by all",
    )
    assert made == wanted


def test_finals_and_control_works_are_those_of_the_students(night: duckdb.DuckDBPyConnection) -> None:
    made, wanted = both(
        night,
        "select class_unit_id, subject_id, attestation_period_id, students_count, finals_count, final_sum, gap_count,"
        " gap_sum, finals_missing, compared_count, control_weighted_sum, control_weight_sum, other_weighted_sum,"
        " other_weight_sum from marts.agg_finals order by all",
        """
        with control as (
            select academic_year_id, student_profile_id, subject_id, attestation_period_id, five * weight as w, weight
            from marts.control_works where five is not null and attestation_period_id is not null
            union all
            select academic_year_id, student_profile_id, subject_id, null, five * weight, weight
            from marts.control_works where five is not null
        ),
        sums as (
            select academic_year_id, student_profile_id, subject_id, coalesce(attestation_period_id, '') as p,
                sum(w) as cw, sum(weight) as cn
            from control group by all
        )
        select a.class_unit_id, f.subject_id, f.attestation_period_id, count(*), count(f.final_five),
            coalesce(sum(f.final_five), 0), count(f.gap), coalesce(sum(cast(f.gap as decimal(18, 12))), 0),
            count(*) filter (where f.is_missing), count(*) filter (where s.weight_sum > cn),
            coalesce(sum(cw) filter (where s.weight_sum > cn), 0),
            coalesce(sum(cn) filter (where s.weight_sum > cn), 0),
            coalesce(sum(s.weighted_sum - cw) filter (where s.weight_sum > cn), 0),
            coalesce(sum(s.weight_sum - cn) filter (where s.weight_sum > cn), 0)
        from marts.final_marks f
        join marts.student_averages a using (academic_year_id, student_profile_id)
        left join sums on sums.academic_year_id = f.academic_year_id
            and sums.student_profile_id = f.student_profile_id and sums.subject_id = f.subject_id
            and sums.p = coalesce(f.attestation_period_id, '')
        left join marts.student_subject_averages s on s.academic_year_id = f.academic_year_id
            and s.student_profile_id = f.student_profile_id and s.subject_id = f.subject_id
            and s.attestation_period_id is not distinct from f.attestation_period_id
        where a.scope = 'year' and a.is_active
        group by 1, 2, 3 order by all
        """,
    )
    assert made == wanted
    assert any(row[9] for row in made)


@pytest.mark.parametrize("table", READING_ORDER)
def test_what_is_published_lies_as_it_is_read(night: duckdb.DuckDBPyConnection, table: str) -> None:
    columns = ", ".join(READING_ORDER[table])
    made, wanted = both(
        night,
        f"select {columns} from marts.{table} order by rowid",
        f"select {columns} from marts.{table} order by {columns}",
    )
    assert made == wanted


def test_the_command_serves_until_it_is_interrupted(first_night: Path) -> None:
    environment = os.environ | {"PORTFOLIO_HOME": str(first_night)}
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", "dashboards", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        [address] = re.findall(r"http://127\.0\.0\.1:\d+/", served.stdout.readline())
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200
        served.send_signal(signal.SIGINT)
        out, err = served.communicate(timeout=20)
    assert (served.returncode, out, err) == (0, "", "")
