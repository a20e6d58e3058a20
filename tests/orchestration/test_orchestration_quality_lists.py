"""The lists for schools of a night that the command loaded: who has a defect is in the right list, and no number is."""

from __future__ import annotations

import csv
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb
import fastexcel
import pytest
from conftest import FIRST

from extracts.sample import write_region
from orchestration import cli

Row = dict[str, str]
SHEETS = {"student": "Учащиеся", "representative": "Законные представители"}


@dataclass(frozen=True)
class Loaded:
    """A home with a published night, the defects planted in its region, and how many findings there are at least.

    `is_last`: the night is the one that the planted defects are true of.
    """

    home: Path
    planted: Path
    least: dict[str, int]
    is_last: bool


@pytest.fixture(scope="module", params=["small", pytest.param("large", marks=pytest.mark.long)])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The shared small region; the long form makes one in which every defect is there."""
    if request.param == "small":
        region = request.getfixturevalue("region")
        home = request.getfixturevalue("first_night")
        return Loaded(home, region / "planted.csv", {"student": 1, "representative": 0}, is_last=False)
    home = tmp_path_factory.mktemp("large") / "home"
    write_region(home / "landing", students=300, nights=1, seed=7, first_night=FIRST)
    planted = (home / "landing" / "planted.csv").rename(home / "planted.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTFOLIO_HOME", str(home))
        patch.setattr(sys, "argv", ["portfolio", "load"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == 0
    return Loaded(home, planted, {"student": 20, "representative": 5}, is_last=True)


def delivered(home: Path, dataset: str) -> list[Row]:
    """The rows of a file of the delivery, read without the program."""
    with (home / "landing" / str(FIRST) / f"{dataset}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def listed(book: Path, sheet: str) -> list[Row]:
    frame = fastexcel.read_excel(book).load_sheet(sheet, dtypes="string").to_arrow()
    return [{name: value or "" for name, value in row.items()} for row in frame.to_pylist()]


def findings(home: Path, condition: str) -> list[tuple[str, str, str]]:
    with duckdb.connect(str(home / "published" / "portfolio.duckdb"), read_only=True) as connection:
        return connection.execute(
            f"SELECT organization_id, rule_id, object_id FROM marts.findings WHERE closed_on IS NULL AND {condition}"
        ).fetchall()


@pytest.mark.parametrize("kind", ["student", "representative"])
def test_every_card_to_mend_is_in_the_list_of_its_school(loaded: Loaded, kind: str) -> None:
    people = {
        row["student_profile_id" if kind == "student" else "representative_id"]: row
        for row in delivered(loaded.home, f"{kind}s")
    }
    wanted: dict[str, Counter[tuple[str, str]]] = {}
    found = findings(loaded.home, f"object_kind = '{kind}'")
    for school, rule, card in found:
        wanted.setdefault(school, Counter())[rule, people[card]["last_name"].strip()] += 1
    assert sum(counts.total() for counts in wanted.values()) == len(found) >= loaded.least[kind]
    for school, cards in wanted.items():
        rows = listed(loaded.home / "reports" / "lists" / f"school-{school}.xlsx", SHEETS[kind])
        name = "ФИО" if kind == "student" else "ФИО представителя"
        shown = Counter(row["Правило"] for row in rows if row["Правило"] != "P01")
        assert shown == Counter({rule: sum(n for (r, _), n in cards.items() if r == rule) for rule, _ in cards})
        for (rule, last_name), _ in cards.items():
            assert any(row["Правило"] == rule and last_name in row[name] for row in rows)
    with loaded.planted.open(encoding="utf-8", newline="") as stream:
        planted = {
            (row["organization_id"], row["rule_id"], row["object_id"])
            for row in csv.DictReader(stream, delimiter=";")
            if row["object_kind"] == kind
        }
    # Some of what is planted for a later night stands on the first one already.
    assert planted == set(found) if loaded.is_last else len(planted & set(found)) >= loaded.least[kind]


def test_every_finding_is_counted_in_some_list(loaded: Loaded) -> None:
    total = 0
    for book in (loaded.home / "reports" / "lists").iterdir():
        for sheet in fastexcel.read_excel(book).sheet_names[1:]:
            total += sum(int(float(row.get("Записей") or 1)) for row in listed(book, sheet))
    assert total == len(findings(loaded.home, "true"))


def test_no_number_or_birth_date_is_in_a_list_or_on_a_page(loaded: Loaded) -> None:
    secrets = {row["number"] for row in delivered(loaded.home, "identity_documents") if len(row["number"]) > 4}
    for dataset in ("students", "representatives"):
        rows = delivered(loaded.home, dataset)
        secrets |= {row["snils"] for row in rows if len(row["snils"]) > 8}
        secrets |= {"".join(c for c in row["snils"] if c.isdigit()) for row in rows if len(row["snils"]) > 8}
        dates = [row["birth_date"] for row in rows if row.get("birth_date")]
        secrets |= {*dates, *(".".join(reversed(day.split("-"))) for day in dates)}
    assert len(secrets) > 200
    looked_at = 0
    for path in (loaded.home / "reports").rglob("*"):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                parts = [book.read(name).decode() for name in book.namelist()]
            parts += [value for sheet in fastexcel.read_excel(path).sheet_names for row in listed(path, sheet)
                      for value in row.values()]  # fmt: skip
        elif path.suffix in {".html", ".json", ".txt"}:
            parts = [path.read_text("utf-8")]
        else:
            continue
        looked_at += 1
        text = "\n".join(parts)
        # Document numbers are six digits: only whole numbers count, an id may hold them.
        words = set(text.replace('"', " ").replace("<", " ").replace(">", " ").replace(",", " ").split())
        assert not secrets & words, path.name
        assert not [secret for secret in secrets if len(secret) > 8 and secret in text], path.name
    assert looked_at > 5


def test_no_name_is_on_a_page(loaded: Loaded) -> None:
    people = [*delivered(loaded.home, "students"), *delivered(loaded.home, "representatives")]
    names = {f"{row['last_name']} {row['first_name']}" for row in people if row["last_name"] and row["first_name"]}
    ids = {row["student_profile_id"] for row in people}
    for page in (loaded.home / "reports").glob("*.html"):
        text = page.read_text("utf-8")
        assert not [name for name in names if name in text], page.name
        assert not [one for one in ids if one in text], page.name
