"""A real PostgreSQL: what is new is taken and nothing else, in true types, whatever stands in the settings."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from postgres_server import PASSWORD, Server
from pull_station import DAY, NEXT, THIRD, ZONE, PullStation, local, table_source

from extracts.connectors import pull_log, pulling
from extracts.connectors.errors import SourceFailed
from extracts.connectors.options import PostgresSource, TableDataset
from extracts.errors import BadInput

STUDENTS = TableDataset("students", table="kontingent.students", cursor="updated_at")

SCHEMA = """
    DROP SCHEMA IF EXISTS kontingent CASCADE;
    CREATE SCHEMA kontingent;
    CREATE TABLE kontingent.students (
        student_profile_id bigint PRIMARY KEY,
        person_id uuid NOT NULL,
        last_name text,
        first_name varchar(50),
        birth_date date,
        residence_confirmed boolean,
        inner_note jsonb DEFAULT '{"a": 1}',
        updated_at timestamptz,
        deleted_at timestamp
    );
"""


class Register:
    """The regional system: its tables, and pulls from them."""

    def __init__(self, server: Server, station: PullStation) -> None:
        self.server = server
        self.station = station
        self.environment = {"REGISTER_DSN": server.dsn}
        self.connection = psycopg.connect(server.dsn, autocommit=True)
        self.connection.execute(SCHEMA)

    def put(self, number: int, updated_at: str | None, **facts: Any) -> None:
        """A student, new or changed."""
        row = {
            "student_profile_id": number,
            "person_id": f"00000000-0000-4000-8000-{number:012d}",
            "last_name": "Тестов",
            "updated_at": updated_at,
        } | facts
        names = ", ".join(row)
        changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in row)
        self.connection.execute(
            f"INSERT INTO kontingent.students ({names}) VALUES ({', '.join(['%s'] * len(row))}) "
            f"ON CONFLICT (student_profile_id) DO UPDATE SET {changed}",
            list(row.values()),
        )

    def pull(self, *datasets: TableDataset, day: date = DAY, **facts: Any) -> None:
        """One pull of these datasets (of the students without any)."""
        limits = {key: facts.pop(key) for key in list(facts) if key in PostgresSource.__dataclass_fields__}
        source = table_source(datasets=list(datasets) or [STUDENTS], **limits)
        self.station.pull(source, day=day, environment=self.environment, **facts)

    def ids(self, day: date = DAY) -> list[int]:
        """The students of a delivery."""
        return sorted(int(row["student_profile_id"]) for row in self.station.table("students", day))


@pytest.fixture
def register(postgres: Server, station: PullStation) -> Iterator[Register]:
    made = Register(postgres, station)
    yield made
    made.connection.close()


def test_true_types(register: Register) -> None:
    register.connection.execute(
        """
        CREATE TABLE kontingent.marks (
            mark_id numeric, student_profile_id bigint, group_id int, subject_id text, schedule_lesson_id uuid,
            date date, name varchar(10), five numeric(4, 2), weight smallint, is_exam boolean, comment json,
            teacher_id numeric(20, 0), created_at timestamp, updated_at timestamptz, deleted_at timestamptz,
            control_form_id char(6)
        );
        INSERT INTO kontingent.marks VALUES (
            9007199254740993, 700, 40, '007', '00000000-0000-4000-8000-00000000000a', '2024-11-10', 'н', 4.50, 3, true,
            '{"b":  1, "a": [1, "ё"]}', 12345678901234567890, '2024-11-10 08:30:15.123456',
            '2024-11-10 08:30:15.5+05', NULL, '5'
        ), (1, 2, 3, '4', NULL, '2024-11-10', '5', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        """
    )
    register.pull(TableDataset("marks", table="kontingent.marks", cursor="updated_at"))
    [part] = (register.station.landing / f"{DAY}").glob("marks.*.parquet")
    assert part.name == "marks.register.part-000001.parquet"
    assert part.stat().st_mode & 0o777 == 0o600
    types = {field.name: field.type for field in pq.read_schema(part)}
    assert types == {
        **dict.fromkeys(("mark_id", "student_profile_id", "group_id", "subject_id"), pa.string()),
        **dict.fromkeys(("schedule_lesson_id", "control_form_id", "teacher_id"), pa.string()),
        **dict.fromkeys(("name", "comment"), pa.string()),
        "date": pa.date32(),
        "five": pa.decimal128(4, 2),
        "weight": pa.int64(),
        "is_exam": pa.bool_(),
        "created_at": pa.timestamp("us"),
        "updated_at": pa.timestamp("us", "UTC"),
        "deleted_at": pa.timestamp("us", "UTC"),
    }
    first, second = register.station.table("marks")
    assert first == {
        "mark_id": "9007199254740993",
        "student_profile_id": "700",
        "group_id": "40",
        "subject_id": "007",
        "schedule_lesson_id": "00000000-0000-4000-8000-00000000000a",
        "date": date(2024, 11, 10),
        "name": "н",
        "five": Decimal("4.50"),
        "weight": 3,
        "is_exam": True,
        "comment": '{"b":  1, "a": [1, "ё"]}',
        "teacher_id": "12345678901234567890",
        "created_at": datetime(2024, 11, 10, 8, 30, 15, 123456),  # noqa: DTZ001
        "updated_at": datetime(2024, 11, 10, 3, 30, 15, 500000, tzinfo=UTC),
        "deleted_at": None,
        "control_form_id": "5     ",
    }
    assert {name for name, value in second.items() if value is not None} == {
        *("mark_id", "student_profile_id", "group_id", "subject_id", "date", "name")
    }
    report = register.station.load()
    [file] = report.files
    assert (file.rows_read, file.rows_loaded, file.unknown_columns) == (2, 2, ())


def test_only_columns_of_the_contract_leave_the_source(register: Register) -> None:
    register.put(1, "2024-11-10 12:00+05")
    register.pull()
    [row] = register.station.table("students")
    assert "inner_note" not in row
    assert any("inner_note" in line for line in register.station.said)


def test_only_what_is_new_is_taken(register: Register) -> None:
    for number, moment in enumerate(["2024-11-08 10:00+05", "2024-11-10 23:59:59.999999+05"], start=1):
        register.put(number, moment)
    register.pull()
    assert register.ids() == [1, 2]
    register.put(3, "2024-11-11 09:00+05")
    register.put(1, "2024-11-11 10:00+05", last_name="Сменова")
    register.pull(day=NEXT, overlap=timedelta(0))
    assert [row["last_name"] for row in register.station.table("students", NEXT)] == ["Тестов", "Сменова"]
    assert register.ids(NEXT) == [1, 3]
    register.pull(day=THIRD, overlap=timedelta(0))
    assert register.station.table("students", THIRD) == []
    assert register.station.names(THIRD) == ["students.register.part-000001.parquet"]


def test_a_row_at_the_bound_comes_once(register: Register) -> None:
    """Midnight belongs to the day that begins."""
    register.put(1, "2024-11-11 00:00:00+05")
    register.put(2, "2024-11-10 23:59:59.999999+05")
    register.pull(overlap=timedelta(0))
    assert register.ids() == [2]
    register.pull(day=NEXT, overlap=timedelta(0))
    assert register.ids(NEXT) == [1]
    register.pull(day=THIRD, overlap=timedelta(0))
    assert register.ids(THIRD) == []


def test_the_overlap_takes_what_was_committed_late(register: Register) -> None:
    register.put(1, "2024-11-10 12:00+05")
    register.pull()
    register.put(2, "2024-11-10 23:30+05")
    register.put(3, "2024-11-10 22:30+05")
    register.pull(day=NEXT)
    assert register.ids(NEXT) == [2]


def test_a_late_pull_gives_the_state_of_its_day(register: Register) -> None:
    register.put(1, "2024-11-10 12:00+05")
    register.put(2, "2024-11-11 12:00+05")
    register.pull(now="2024-11-14T09:00:00")
    assert register.ids() == [1]
    register.pull(day=NEXT, now="2024-11-14T09:00:00")
    assert register.ids(NEXT) == [2]


def test_a_day_that_goes_on_is_taken_up_to_now(register: Register) -> None:
    """The end of what was taken is the database's clock, and the rest of the day comes with the next delivery."""
    [(now,)] = register.connection.execute("SELECT now()").fetchall()
    today = now.astimezone(ZONE).date()
    register.put(1, (now - timedelta(minutes=5)).isoformat())
    clock = now.astimezone(ZONE).replace(tzinfo=None).isoformat()
    register.pull(day=today, now=clock)
    assert register.ids(today) == [1]
    end = pull_log.taken_until(
        register.station.home, "register", "students", before=today + timedelta(days=1), holds=lambda *_: True
    )
    assert end is not None
    assert abs(end - now) < timedelta(minutes=1)


def test_rows_that_do_not_say_when_they_changed_come_every_time(register: Register) -> None:
    register.put(1, None)
    register.put(2, "infinity")
    register.put(3, "2024-11-10 12:00+05")
    register.pull(overlap=timedelta(0))
    register.pull(day=NEXT, overlap=timedelta(0))
    assert register.ids() == [1, 2, 3]
    assert register.ids(NEXT) == [1, 2]


def test_rows_of_the_future_are_told_of(register: Register) -> None:
    register.put(1, "2999-01-01 00:00+05")
    register.pull()
    assert register.ids() == []
    assert any("в будущем: 1" in line for line in register.station.said)


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
def test_any_history_comes_as_an_independent_count_says(register: Register, kind: str) -> None:
    """Pulls on odd days of a random history, against the history itself."""
    register.connection.execute(f"ALTER TABLE kontingent.students ALTER updated_at TYPE {kind} USING NULL")
    generator = random.Random(kind)
    first = local("2024-11-01T00:00:00")
    pulled_until: datetime | None = None
    history: dict[int, datetime] = {}
    for day in sorted(generator.sample(range(1, 20), 7)):
        last = first + timedelta(days=day)
        for _ in range(30):
            begin = pulled_until or first
            minutes = int((last - begin).total_seconds() // 60)
            moment = begin + timedelta(minutes=generator.randrange(minutes))
            number = generator.randrange(60)
            history[number] = moment
            shown = moment.isoformat() if kind == "timestamptz" else moment.replace(tzinfo=None).isoformat()
            register.put(number, shown)
        load_date = (last - timedelta(days=1)).date()
        register.pull(day=load_date, overlap=timedelta(0))
        since = pulled_until
        expected = {
            number for number, moment in history.items() if (since is None or moment >= since) and moment < last
        }
        assert register.ids(load_date) == sorted(expected)
        pulled_until = last


def test_a_delivery_that_was_thrown_away_is_made_up_for(register: Register) -> None:
    register.put(1, "2024-11-09 12:00+05")
    register.pull(day=date(2024, 11, 9), overlap=timedelta(0))
    register.put(2, "2024-11-10 12:00+05")
    register.pull(overlap=timedelta(0))
    register.put(3, "2024-11-11 12:00+05")
    register.pull(day=NEXT, overlap=timedelta(0))
    assert register.ids(NEXT) == [3]
    (register.station.landing / f"{DAY}").rename(register.station.landing / "away")
    register.pull(day=THIRD, overlap=timedelta(0))
    assert register.ids(THIRD) == [2, 3]


def test_a_delivery_that_was_loaded_without_the_dataset_is_made_up_for(register: Register) -> None:
    register.put(1, "2024-11-10 12:00+05")
    register.connection.execute("CREATE TABLE kontingent.subjects AS SELECT '1' AS subject_id, 'Алгебра' AS name")
    both = [STUDENTS, TableDataset("subjects", table="kontingent.subjects")]
    register.pull(*both)
    register.station.load(without=["students"])
    register.pull(*both, day=NEXT, overlap=timedelta(0))
    assert register.ids(NEXT) == [1]
    register.station.load(NEXT)
    register.pull(*both, day=THIRD, overlap=timedelta(0))
    assert register.ids(THIRD) == []


def test_a_query_and_names_of_its_own(register: Register) -> None:
    register.connection.execute(
        """
        CREATE TABLE kontingent."Учащиеся; DROP" ("Код" int, "персона""х" text, "Имя %s" text, "изм" timestamp);
        INSERT INTO kontingent."Учащиеся; DROP" VALUES (1, 'p1', '100%', '2024-11-10 12:00'), (2, 'p2', 'x', NULL);
        """
    )
    rename = {"Код": "student_profile_id", 'персона"х': "person_id", "изм": "updated_at"}
    table = TableDataset(
        "students", table="kontingent.Учащиеся; DROP", cursor="изм", rename=rename | {"Имя %s": "first_name"}
    )
    register.pull(table)
    assert [row["first_name"] for row in register.station.table("students")] == ["100%", "x"]
    query = TableDataset(
        "students",
        query="""SELECT s."Код" AS student_profile_id, 'p' AS person_id, "изм" AS updated_at
                 FROM kontingent."Учащиеся; DROP" AS s WHERE "Имя %s" LIKE '1%%' -- done""",
        cursor="updated_at",
    )
    register.pull(query, day=NEXT)
    assert register.ids(NEXT) == []
    register.pull(query, day=THIRD, name="other")
    assert register.ids(THIRD) == [1]


def test_names_of_the_regions_settings_count_too(register: Register) -> None:
    register.connection.execute("CREATE TABLE kontingent.s AS SELECT 1 AS nr, 'p' AS person_id")
    table = TableDataset("students", table="kontingent.s")
    register.pull(table, rename={"students": {"nr": "student_profile_id"}})
    assert register.ids() == [1]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS student_profile_id, 'p' AS person_id) AS x; DROP TABLE kontingent.students; --",
        "SELECT 1 AS student_profile_id, 'p' AS person_id) AS x; COMMIT; DROP TABLE kontingent.students; SELECT (1",
        "WITH gone AS (DELETE FROM kontingent.students RETURNING 1) SELECT 1 AS student_profile_id, 'p' AS person_id",
        "SELECT setval('kontingent.number', 7) AS student_profile_id, 'p' AS person_id",
    ],
)
def test_no_setting_can_change_the_source(register: Register, query: str) -> None:
    register.connection.execute("CREATE SEQUENCE kontingent.number")
    register.put(1, "2024-11-10 12:00+05")
    with pytest.raises(BadInput, match="Источник register, набор students: "):
        register.pull(TableDataset("students", query=query))
    with pytest.raises(BadInput, match="такой таблицы нет"):
        register.pull(TableDataset("students", table='kontingent.students"; DROP TABLE students; --'))
    [(rows, number)] = register.connection.execute(
        "SELECT (SELECT count(*) FROM kontingent.students), last_value FROM kontingent.number"
    ).fetchall()
    assert (rows, number) == (1, 1)


@pytest.mark.parametrize(
    ("dataset", "told"),
    [
        (TableDataset("students", table="kontingent.nowhere"), "такой таблицы нет"),
        (TableDataset("students", table="nowhere.students"), "такой таблицы нет"),
        (TableDataset("students", table="kontingent.students", cursor="changed"), "«changed»"),
        (TableDataset("students", table="kontingent.students", cursor="last_name"), "timestamptz"),
        (TableDataset("students", table="kontingent.students", rename={"nr": "snils"}), "rename: nr"),
        (TableDataset("students", query="SELECT 1 AS student_profile_id, nobody AS person_id"), "столбца нет"),
        (TableDataset("students", query="SELECT 1 AS person_id"), "нет ключевого столбца student_profile_id"),
        (TableDataset("students", query="SELECT 1 AS a, 2 AS a"), "одним названием"),
        (TableDataset("students", query="SELECT FROM WHERE"), "query"),
        (TableDataset("students", query="SELECT 1/0 AS student_profile_id, 'p' AS person_id"), "посчитать"),
    ],
)
def test_what_has_to_be_mended_is_told_in_one_line(register: Register, dataset: TableDataset, told: str) -> None:
    with pytest.raises(BadInput) as failed:
        register.pull(dataset)
    [message] = failed.value.messages
    assert message.startswith("Источник register, набор students: ")
    assert told in message
    assert "\n" not in message
    assert "--without" not in message
    assert not (register.station.landing / f"{DAY}").exists()


def test_rights_that_are_missing_are_told(register: Register) -> None:
    register.connection.execute("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN")
    register.environment["REGISTER_DSN"] = register.server.dsn.replace("user=postgres", "user=reader")
    with pytest.raises(BadInput, match="не хватает прав"):
        register.pull()


def test_dates_that_no_type_holds_cost_no_other_row(register: Register) -> None:
    register.put(1, "2024-11-10 12:00+05", birth_date="12024-01-01")
    register.put(2, "2024-11-10 12:00+05", birth_date="2010-05-04")
    register.put(3, "2024-11-10 12:00+05", birth_date="infinity", deleted_at="infinity")
    register.pull()
    report = register.station.load()
    [file] = report.files
    assert (file.rows_read, file.rows_loaded, file.rows_rejected) == (3, 2, 1)
    assert [row["birth_date"] for row in register.station.table("students")] == ["12024-01-01", "2010-05-04", None]
    assert any("infinity" in line and line.endswith(": 2") for line in register.station.said)


def test_times_without_an_offset_are_meant_in_the_sources_zone(register: Register) -> None:
    register.connection.execute("ALTER TABLE kontingent.students ALTER updated_at TYPE timestamp USING NULL")
    register.put(1, "2024-11-10 18:59:59", deleted_at="2024-11-10 12:00:00")
    register.put(2, "2024-11-10 19:00:00")
    register.pull(time_zone="UTC", overlap=timedelta(0))
    [row] = register.station.table("students")
    assert row["student_profile_id"] == "1"
    assert row["deleted_at"] == datetime(2024, 11, 10, 12, tzinfo=UTC)
    register.pull(day=NEXT, time_zone="UTC", overlap=timedelta(0))
    assert register.ids(NEXT) == [2]


def test_large_tables_come_in_parts(register: Register) -> None:
    register.connection.execute(
        """
        INSERT INTO kontingent.students (student_profile_id, person_id, last_name, updated_at)
        SELECT n, gen_random_uuid(), repeat('я', n % 50), '2024-11-10 12:00+05' FROM generate_series(1, 40000) AS n
        """
    )
    register.pull(part_rows=10_000)
    parts = [register.station.landing / f"{DAY}" / name for name in register.station.names()]
    assert [part.name for part in parts] == [
        f"students.register.part-00000{number}.parquet" for number in range(1, len(parts) + 1)
    ]
    assert max(pq.read_metadata(part).num_rows for part in parts) <= 30_000
    assert len(parts) > 1
    assert register.ids() == list(range(1, 40_001))


def test_fat_rows_do_not_fill_the_memory(register: Register) -> None:
    import resource

    register.connection.execute(
        """
        INSERT INTO kontingent.students (student_profile_id, person_id, last_name, updated_at)
        SELECT n, gen_random_uuid(), repeat(n::text, 60000), '2024-11-10 12:00+05' FROM generate_series(1001, 2000) AS n
        """
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    register.pull()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024
    assert sum(pq.read_metadata(file).num_rows for file in (register.station.landing / f"{DAY}").glob("s*")) == 1000


def test_all_datasets_are_of_one_moment(register: Register) -> None:
    """A change between two tables, made while the first is being read, is in neither."""
    register.put(1, "2024-11-10 12:00+05")
    register.connection.execute(
        "CREATE TABLE kontingent.enrollments AS SELECT '1' AS enrollment_id, '1' AS student_profile_id, "
        "'1' AS organization_id, DATE '2024-09-01' AS begin_date"
    )
    second = TableDataset("enrollments", table="kontingent.enrollments")
    source = table_source(datasets=[STUDENTS, second])
    plan = register.station.plan(source, environment=register.environment)

    def disturb(line: str) -> None:
        if "inner_note" in line:
            register.connection.execute("INSERT INTO kontingent.enrollments VALUES ('2', '1', '1', '2024-09-01')")

    pulling.pull_source(pulling.Pull(**{**vars(plan), "say": disturb}), "register")
    pulling.seal_delivery(plan)
    assert [row["enrollment_id"] for row in register.station.table("enrollments")] == ["1"]


def test_a_broken_connection_is_tried_again(register: Register) -> None:
    register.put(1, "2024-11-10 12:00+05")
    source = table_source(datasets=[STUDENTS])
    plan = register.station.plan(source, environment=register.environment)
    told: list[str] = []

    def disturb(line: str) -> None:
        if "inner_note" in line and not told:
            told.append(line)
            register.connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portfolio'"
            )

    pulling.pull_source(pulling.Pull(**{**vars(plan), "say": disturb}), "register")
    pulling.seal_delivery(plan)
    assert told
    assert register.ids() == [1]


def test_a_query_that_takes_too_long_is_given_up(register: Register) -> None:
    slow = TableDataset("students", query="SELECT 1 AS student_profile_id, pg_sleep(20)::text AS person_id")
    with pytest.raises(SourceFailed, match="statement_seconds"):
        register.pull(slow, statement_seconds=1, attempts=1)


def test_a_table_that_is_locked_is_not_waited_for_without_end(register: Register) -> None:
    with psycopg.connect(register.server.dsn) as other:
        other.execute("LOCK TABLE kontingent.students IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(SourceFailed, match="занята"):
            register.pull(timeout_seconds=2, attempts=1)
        other.rollback()


@pytest.mark.parametrize(
    ("dsn", "kind", "told"),
    [
        ("postgresql://postgres:wrong-7261@127.0.0.1:{port}/postgres", BadInput, "имя или пароль"),
        ("postgresql://postgres:{password}@127.0.0.1:{port}/nowhere", BadInput, "нет такой базы"),
        ("postgresql://postgres:{password}@127.0.0.1:9/postgres", SourceFailed, "нет связи"),
        ("postgresql://postgres@127.0.0.1:{port}/postgres", BadInput, "пароль"),
        ("host=127.0.0.1 passwort={password}", BadInput, "написана неверно"),
        ("{password}", BadInput, "написана неверно"),
        ("postgresql://postgres:{password}@[127", BadInput, "написана неверно"),
        ("host=127.0.0.1 port=x{password}", BadInput, "написана неверно"),
        ("", BadInput, "пуста"),
    ],
)
def test_a_database_that_does_not_let_us_in(
    register: Register, dsn: str, kind: type[Exception], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    register.environment["REGISTER_DSN"] = dsn.format(port=register.server.port, password=PASSWORD)
    with pytest.raises(kind, match=told) as failed:
        register.pull(attempts=1)
    [message] = failed.value.messages  # type: ignore[attr-defined]
    shown = f"{message} {failed.value.__context__!r} {failed.value.__cause__!r} {caplog.text}"
    assert "REGISTER_DSN" in message or kind is SourceFailed
    assert failed.value.__context__ is None
    for secret in (PASSWORD, "wrong-7261", "passwort", "127.0.0.1"):
        assert secret not in shown


def test_the_connection_string_stands_nowhere(
    register: Register, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    register.environment["REGISTER_DSN"] = register.server.remote_dsn()
    register.put(1, "2024-11-10 12:00+05")
    register.pull()
    assert register.ids() == [1]
    assert PASSWORD.encode() not in register.station.everything_written()
    assert PASSWORD not in caplog.text + "".join(capfd.readouterr()) + "".join(register.station.said)


def test_what_is_there_is_not_asked_for_again(register: Register) -> None:
    register.put(1, "2024-11-10 12:00+05")
    source = table_source(datasets=[STUDENTS])
    plan = register.station.plan(source, environment=register.environment)
    assert pulling.pull_source(plan, "register").rows == {"students": 1}
    register.put(2, "2024-11-10 12:00+05")
    assert pulling.pull_source(plan, "register").rows == {"students": 1}
    pulling.seal_delivery(plan)
    assert register.ids() == [1]


def test_a_pull_that_was_killed_begins_its_source_anew(register: Register) -> None:
    register.put(1, "2024-11-10 12:00+05")
    folder = register.station.landing / f"{DAY}.part"
    source = table_source(datasets=[STUDENTS])
    plan = register.station.plan(source, environment=register.environment)
    stopped = threading.Event()

    def kill(line: str) -> None:
        if not stopped.is_set():
            stopped.set()
            (folder / "students.register.part-000002.parquet").write_bytes(b"PAR1")
            (folder / ".students.register.part-000003.parquet.part").write_bytes(b"PAR1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pulling.pull_source(pulling.Pull(**{**vars(plan), "say": kill}), "register")
    pulling.pull_source(plan, "register")
    pulling.seal_delivery(plan)
    assert sorted(file.name for file in (register.station.landing / f"{DAY}").iterdir()) == [
        ".pull.json",
        "students.register.part-000001.parquet",
    ]
