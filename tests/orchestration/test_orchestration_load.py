"""`portfolio load` and its relatives through the real command: exit statuses, and what readers see before and after."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from conftest import FIRST, SECOND, THIRD, Portfolio, deliver, home_of, state

from orchestration.locking import holder
from orchestration.plan import REBUILD, Task, plan_repair
from orchestration.publication import in_force
from orchestration.settings import load_settings

COMMAND = [sys.executable, "-c", "from orchestration.cli import main; main()"]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PORTFOLIO_HOME": str(home)}


def as_of(home: Path) -> str:
    publication = in_force(home_of(home))
    assert publication is not None
    return publication.as_of.isoformat()


def test_help_and_status_import_neither_dagster_nor_dbt(home: Path) -> None:
    code = (
        "import sys; sys.argv = ['portfolio', '{}']\n"
        "from orchestration.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {{'dagster', 'dbt', 'dagster_dbt', 'great_expectations', 'pandas', 'plotly'}} & set(sys.modules)\n"
        "sys.exit(','.join(heavy) or 0)"
    )
    for argument in ("--help", "status"):
        ran = subprocess.run(
            [sys.executable, "-c", code.format(argument)],
            env=environment(home),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, ""), argument


def test_a_night_is_loaded_published_packaged_and_reported(home: Path, portfolio: Portfolio) -> None:
    assert as_of(home) == FIRST.isoformat()
    assert [path.name for path in (home / "exports").iterdir()] == [f"{FIRST}-1"]
    manifest = json.loads((home / "exports" / f"{FIRST}-1" / "manifest.json").read_text())
    assert manifest["as_of"] == FIRST.isoformat()
    assert (home / "reports" / "index.html").is_file()
    ran = portfolio(home, "status")
    assert ran.status == 0
    for fact in (f"{FIRST}-1", f"данные на {FIRST}", "Ждёт загрузки: ничего", str(home / "exports" / f"{FIRST}-1")):
        assert fact in ran.out


def findings_keep_the_night_on_which_they_were_first_published(home: Path) -> None:
    """Of a home whose second night has just been published."""
    with duckdb.connect(str(home / "published" / "portfolio.duckdb"), read_only=True) as connection:
        nights = connection.execute("SELECT DISTINCT first_seen, last_seen FROM marts.findings").fetchall()
        exported = connection.execute("SELECT count(*) FROM marts.completeness WHERE is_complete").fetchall()
    assert (FIRST, SECOND) in nights
    assert exported != [(0,)]


def test_nothing_new_is_3_and_changes_nothing(home: Path, portfolio: Portfolio) -> None:
    before = state(home)
    assert portfolio(home, "load").status == 3
    assert portfolio(home, "load", "--date", str(FIRST)).status == 3
    assert portfolio(home, "load", "--as-of", str(FIRST)).status == 3
    assert state(home) == before


def test_what_another_version_or_other_settings_made_is_published_anew(home: Path) -> None:
    settings = load_settings({"PORTFOLIO_HOME": str(home)})
    assert plan_repair(settings) == []
    assert plan_repair(replace(settings, rounding_threshold=0.6)) == [Task(REBUILD)]
    facts = home / "published" / "publication.json"
    document = json.loads(facts.read_text("utf-8"))
    facts.write_text(json.dumps({**document, "circumstances": "0123"}), "utf-8")
    assert plan_repair(settings) == [Task(REBUILD)]


def test_folders_that_no_date_names_are_told(home: Path, portfolio: Portfolio) -> None:
    told = "Не поставки: "
    for name in (".hidden", "2026-11-12.part", "empty"):
        (home / "landing" / name).mkdir()
        (home / "landing" / name / "marks.csv").write_text("")
    (home / "landing" / "empty" / "marks.csv").unlink()
    (home / "landing" / "notes.txt").write_text("")
    assert told not in portfolio(home, "status").out
    for name in ("11.11.2026", "2026-11-1", "20261111", "вчера"):
        (home / "landing" / name).mkdir()
        (home / "landing" / name / "marks.csv").write_text("")
    for command, status in (("status", 0), ("load", 3)):
        ran = portfolio(home, command)
        assert ran.status == status
        assert f"{told}11.11.2026, 2026-11-1, 20261111 и ещё 1 в {home / 'landing'}." in ran.out


def test_a_home_without_a_landing_zone_is_5(tmp_path: Path, portfolio: Portfolio) -> None:
    ran = portfolio(tmp_path / "home", "load")
    assert ran.status == 5
    assert str(tmp_path / "home" / "landing") in ran.err
    assert portfolio(tmp_path / "home", "status").status == 0


def test_a_date_that_is_not_there_is_5_and_says_where_it_looked(home: Path, portfolio: Portfolio) -> None:
    ran = portfolio(home, "load", "--date", "2026-12-01")
    assert ran.status == 5
    assert str(home / "landing" / "2026-12-01") in ran.err
    assert str(FIRST) in ran.err


@pytest.mark.parametrize("argument", ["31.12.2026", "2026-02-30", "вчера", ""])
def test_a_wrong_date_is_a_wrong_use(home: Path, portfolio: Portfolio, argument: str) -> None:
    ran = portfolio(home, "load", "--date", argument)
    assert ran.status == 2
    assert "Traceback" not in ran.err


def spoil(delivery: Path, kind: str) -> None:
    if kind == "unknown dataset":
        (delivery / "markz.csv").write_text("mark_id\n1\n")
    if kind == "no key column":
        (delivery / "marks.csv").write_text("name;date\n5;2026-11-10\n")


@pytest.mark.parametrize("kind", ["unknown dataset", "no key column"])
def test_a_file_that_cannot_be_read_is_5_and_readers_see_no_change(
    home: Path, region: Path, portfolio: Portfolio, kind: str
) -> None:
    deliver(home, region, SECOND)
    spoil(home / "landing" / str(SECOND), kind)
    before = state(home)
    ran = portfolio(home, "load")
    assert ran.status == 5
    assert str(SECOND) in ran.err
    assert re.search("[а-я]{5}", ran.err)
    assert "Traceback" not in ran.err
    assert state(home) == before
    assert not (home / "raw" / str(SECOND)).exists()


def add_bad_rows(delivery: Path) -> None:
    """A mark with a weight that does not exist, and one on a day that does not."""
    path = delivery / "marks.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        dialect = csv.Sniffer().sniff(file.readline())
        file.seek(0)
        rows = list(csv.DictReader(file, dialect=dialect))
    heavy = {**rows[0], "mark_id": "bad-weight", "weight": "9"}
    late = {**rows[0], "mark_id": "bad-date", "date": "31.02.2026"}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=dialect.delimiter)
        writer.writeheader()
        writer.writerows([*rows, heavy, late])


def test_earlier_deliveries_are_published_later_ones_wait_for_a_bad_one(
    home: Path, region: Path, portfolio: Portfolio
) -> None:
    """Bad rows are rejects and stop nothing; a bad file stops its delivery and those after it."""
    deliver(home, region, SECOND, THIRD)
    add_bad_rows(home / "landing" / str(SECOND))
    (home / "landing" / str(THIRD) / "nonsense.csv").write_text("a\n1\n")
    ran = portfolio(home, "load")
    assert ran.status == 5
    assert "nonsense" in ran.err
    assert as_of(home) == str(SECOND)
    findings_keep_the_night_on_which_they_were_first_published(home)
    assert f"Ждёт загрузки: 1 ({THIRD})" in portfolio(home, "status").out
    report = json.loads((home / "raw" / str(SECOND) / "delivery.json").read_text())
    [marks] = [one for one in report["datasets"] if one["dataset"] == "marks"]
    assert marks["rows_rejected"] == 2
    assert marks["rows_read"] == marks["rows_loaded"] + 2
    assert "31.02.2026" not in ran.out + ran.err
    went_on = portfolio(home, "load", "--without", "nonsense")
    assert went_on.status == 0
    assert as_of(home) == str(THIRD)
    assert str(home / "published") in went_on.out
    no_personal_data(home)


def no_personal_data(home: Path) -> None:
    """Names and numbers stand in no log, event or audit line, and in no page."""
    with (home / "landing" / str(FIRST) / "students.csv").open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        file.seek(0)
        students = list(csv.DictReader(file, delimiter=";" if ";" in header else ","))
    secrets = {row["snils"] for row in students if len(row["snils"]) >= 11}
    secrets |= {f"{row['last_name']} {row['first_name']}" for row in students if row["last_name"]}
    assert len(secrets) > 40
    # The folder of dbt is a link to one that all homes of these tests share; nothing of `rglob` follows it.
    dbt = (home / "dagster" / "dbt").resolve()
    assert [*dbt.iterdir()]
    places = [home / "dagster", dbt, home / "logs", home / "audit", home / "reports"]
    files = [path for place in places for path in place.rglob("*") if path.is_file() and path.stat().st_size < 10**8]
    assert files
    for path in files:
        content = path.read_bytes().decode("utf-8", "ignore")
        escaped = content.encode("ascii", "backslashreplace").decode()
        found = [s for s in secrets if s in content or json.dumps(s)[1:-1] in escaped.replace("\\\\u", "\\u")]
        assert not found, path


def test_another_as_of_is_built_and_published(home: Path, portfolio: Portfolio) -> None:
    assert portfolio(home, "load", "--as-of", "2026-11-05").status == 0
    assert as_of(home) == "2026-11-05"
    assert (home / "exports" / "2026-11-05-1").is_dir()
    assert portfolio(home, "export", "--as-of", str(FIRST)).status == 0
    assert (home / "exports" / f"{FIRST}-2").is_dir()
    assert portfolio(home, "export", "--as-of", "2026-10-01").status == 5


def test_a_run_killed_after_merging_is_repaired_by_the_next(home: Path, region: Path, portfolio: Portfolio) -> None:
    deliver(home, region, SECOND)
    before = state(home)
    merged = home / "raw" / str(SECOND)
    with subprocess.Popen([*COMMAND, "load"], env=environment(home), stdout=subprocess.DEVNULL) as process:
        while not merged.exists() and process.poll() is None:
            time.sleep(0.02)
        assert holder(home_of(home)) == process.pid
        process.send_signal(signal.SIGKILL)
    assert merged.exists()
    assert state(home) == before
    assert holder(home_of(home)) is None
    assert "следующий запуск" in portfolio(home, "status").out
    assert portfolio(home, "load").status == 0
    assert as_of(home) == str(SECOND)
    assert portfolio(home, "load").status == 3


def test_outputs_that_a_killed_run_did_not_make_are_made(home: Path, portfolio: Portfolio) -> None:
    shutil.rmtree(home / "exports")
    shutil.rmtree(home / "reports")
    (home / "warehouse" / "progress.json").unlink()
    assert portfolio(home, "load").status == 0
    assert (home / "exports" / f"{FIRST}-1" / "manifest.json").is_file()
    assert (home / "reports" / "index.html").is_file()
    assert portfolio(home, "load").status == 3


def test_a_second_run_says_who_is_at_work_and_changes_nothing(home: Path, region: Path, portfolio: Portfolio) -> None:
    deliver(home, region, SECOND)
    before = state(home)
    holding = (
        "import os, sys; from orchestration.home import Home; from orchestration.locking import writer_lock\n"
        "from pathlib import Path\n"
        "with writer_lock(Home(Path(sys.argv[1]))):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        ran = portfolio(home, "load")
        assert ran.status == 1
        assert str(other.pid) in ran.err
        assert state(home) == before
        assert not (home / "raw" / str(SECOND)).exists()
        assert f"процесс {other.pid}" in portfolio(home, "status").out
        assert other.stdin is not None
        other.stdin.close()


def test_a_look_at_the_lock_turns_no_writer_away(tmp_path: Path) -> None:
    from orchestration.locking import writer_lock

    home = home_of(tmp_path)
    home.warehouse.mkdir()
    descriptor = os.open(home.lock_file, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    command = f"import time, os; time.sleep(0.05); os.kill({os.getpid()}, 0)"
    with subprocess.Popen([sys.executable, "-c", command]):
        os.close(descriptor)
        with writer_lock(home), writer_lock(home):
            assert holder(home) is not None


def test_everything_made_is_private(home: Path) -> None:
    makers = {"landing"}
    dbt = (home / "dagster" / "dbt").resolve()
    for path in [*home.rglob("*"), dbt, *dbt.rglob("*")]:
        if path.is_symlink() or (path.is_relative_to(home) and path.relative_to(home).parts[0] in makers):
            continue
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_audit_log_counts_and_names_nobody(home: Path) -> None:
    lines = [json.loads(line) for line in (home / "audit" / "audit.jsonl").read_text("utf-8").splitlines()]
    assert [line["what"] for line in lines] == ["load", "publication", "export", "report"]
    assert all(line["who"] and line["when"].endswith("+00:00") for line in lines)
    assert lines[0]["rows"]["students"] > 0


def test_an_unexpected_error_is_one_line_without_a_value(
    home: Path, region: Path, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration import merging

    def fail(*_arguments: object, **_named: object) -> None:
        raise duckdb.ConversionException("Could not convert string 'Иванов Иван' to INT32")

    deliver(home, region, SECOND)
    monkeypatch.setattr(merging, "load_delivery", fail)
    ran = portfolio(home, "load")
    assert ran.status == 1
    assert ran.err.count("\n") == 1
    log = (home / "logs" / "portfolio.log").read_text("utf-8")
    assert "ConversionException" in log
    assert "merging.py" in log
    everything = ran.out + ran.err + log
    stored = "".join(path.read_bytes().decode("utf-8", "ignore") for path in (home / "dagster").rglob("*.db*"))
    assert "Иванов" not in everything + stored
    assert "\\u0418\\u0432\\u0430\\u043d\\u043e\\u0432" not in stored
