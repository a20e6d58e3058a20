"""The part [connectors] of the settings: checked when it is read, one line for each wrong key, no secret in any."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest

from extracts.connectors.options import Connectors, HttpDataset, HttpSource, PostgresSource, TableDataset
from extracts.errors import BadInput
from orchestration.settings import load_settings

EXAMPLE = Path(__file__).parents[2] / "portfolio.example.toml"

HTTP = """
[connectors.journal]
kind = "http"
base_url = "https://journal.example.org/api"
[connectors.journal.datasets.marks]
path = "core/api/marks"
"""
POSTGRES = """
[connectors.register]
kind = "postgresql"
dsn_env = "REGISTER_DSN"
[connectors.register.datasets.students]
table = "kontingent.students"
"""


def read(home: Path, text: str) -> Connectors:
    (home / "portfolio.toml").write_text(text, "utf-8")
    return load_settings({"PORTFOLIO_HOME": str(home)}).connectors


def problems(home: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(BadInput) as failed:
        read(home, text)
    return failed.value.messages


def test_nothing_is_asked_without_settings(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Connectors()


def test_the_shortest_settings_have_good_defaults(tmp_path: Path) -> None:
    found = read(tmp_path, HTTP + POSTGRES)
    journal, register = found.sources["journal"], found.sources["register"]
    marks = HttpDataset("marks", "core/api/marks", changes=True)
    assert journal == HttpSource("journal", "https://journal.example.org/api", {"marks": marks})
    students = TableDataset("students", table="kontingent.students")
    assert register == PostgresSource("register", "REGISTER_DSN", {"students": students})


def test_the_example_documents_every_key_and_is_right(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text("utf-8").partition("\n[connectors]\n")[2].splitlines()
    text = "\n".join(line.removeprefix("# ") for line in lines if re.match(r"# (\[|\w+ = )", line))
    document = tomllib.loads("[connectors]\n" + text)["connectors"]
    found = read(tmp_path, "[connectors]\n" + text)
    journal, register = found.sources["journal"], found.sources["register"]
    assert isinstance(journal, HttpSource)
    assert isinstance(register, PostgresSource)
    tables = [
        (HttpSource, document["journal"], {"name", "datasets", "overlap"}, {"kind", "overlap_days"}),
        (PostgresSource, document["register"], {"name", "datasets", "overlap"}, {"kind", "overlap_minutes"}),
        (HttpDataset, document["journal"]["datasets"]["marks"], {"dataset"}, set()),
        (
            TableDataset,
            document["register"]["datasets"]["representatives"] | document["register"]["datasets"]["class_units"],
            {"dataset"},
            set(),
        ),
        (Connectors, document, {"sources"}, set()),
    ]
    for kind, table, unsaid, besides in tables:
        keys = {key for key in table if key not in ("datasets", "journal", "register")}
        assert keys == {field.name for field in fields(kind)} - unsaid | besides, kind
    # Where the example shows a default, it is the default; other values show what may be said.
    shown = {"headers", "token_env", "datasets", "base_url", "name", "time_zone", "dsn_env"}
    for source in (journal, register):
        for field in fields(source):
            if field.name not in shown:
                assert getattr(source, field.name) == field.default, field.name
    assert journal.datasets["marks"].first_date == date(2026, 9, 1)
    assert found.by_hand == ("academic_years", "kug_periods")


def test_values_are_taken(tmp_path: Path) -> None:
    text = f"""
    [connectors]
    hour = 0
    {HTTP.replace("base_url", "overlap_days = 14" + chr(10) + "base_url")}
    params = {{ year = 12, active = true, kind = ["a", 7] }}
    first_date = 2026-09-01
    [connectors.journal.datasets.subjects]
    path = "core/api/subjects"
    {POSTGRES}
    """
    found = read(tmp_path, text)
    journal = found.sources["journal"]
    assert isinstance(journal, HttpSource)
    assert found.hour == 0
    assert journal.overlap == timedelta(days=14)
    assert journal.datasets["marks"].params == {"year": "12", "active": "true", "kind": ["a", "7"]}
    assert journal.datasets["marks"].first_date == date(2026, 9, 1)
    assert not journal.datasets["subjects"].changes


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("connectors = 7", "connectors"),
        ("[connectors]\nhour = 24", "connectors.hour"),
        ("[connectors]\nby_hand = ['markz']", "connectors.by_hand"),
        ("[connectors]\ntimeout = 7", "connectors.timeout"),
        ("[connectors.Journal]\nkind = 'http'", "connectors.Journal"),
        ("[connectors.'a.b']\nkind = 'http'", "connectors.a.b"),
        ("[connectors.'a/b']\nkind = 'http'", "connectors.a/b"),
        ("[connectors.journal]\nkind = 'ftp'", "connectors.journal.kind"),
        ("[connectors.journal]", "connectors.journal.kind"),
        (HTTP.replace("https://journal.example.org/api", "ftp://journal"), "connectors.journal.base_url"),
        (HTTP.replace("https://journal", "https://geheim:geheim@journal"), "connectors.journal.base_url"),
        (HTTP.replace("/api", "/api?token=geheim"), "connectors.journal.base_url"),
        (HTTP.replace("/api", ":port/"), "connectors.journal.base_url"),
        (HTTP.replace('base_url = "https://journal.example.org/api"', ""), "connectors.journal.base_url"),
        (HTTP.replace("base_url", 'token = "geheim"\nbase_url'), "connectors.journal.token"),
        (HTTP.replace("base_url", 'token_env = "Bearer geheim"\nbase_url'), "connectors.journal.token_env"),
        (HTTP.replace("base_url", "page_mb = 0\nbase_url"), "connectors.journal.page_mb"),
        (HTTP.replace("base_url", 'headers = { Cookie = "geheim" }\nbase_url'), "connectors.journal.headers"),
        (HTTP.replace("base_url", 'headers = { A = "x\\ny" }\nbase_url'), "connectors.journal.headers"),
        (HTTP.replace("datasets.marks", "datasets.markz"), "connectors.journal.datasets.markz"),
        (HTTP.replace('path = "core/api/marks"', ""), "connectors.journal.datasets.marks.path"),
        (HTTP.replace("core/api/marks", "https://evil.example.org/marks"), "connectors.journal.datasets.marks.path"),
        (HTTP.replace("core/api/marks", "//evil.example.org/marks"), "connectors.journal.datasets.marks.path"),
        (HTTP + "paging = 'cursor'", "connectors.journal.datasets.marks.paging"),
        (HTTP + "params = { a = 1.5 }", "connectors.journal.datasets.marks.params"),
        (HTTP + "date_format = 'DD/MM'", "connectors.journal.datasets.marks.date_format"),
        (HTTP + "first_date = '01.09.2026'", "connectors.journal.datasets.marks.first_date"),
        (HTTP.replace("marks", "subjects") + "changes = true", "connectors.journal.datasets.subjects.changes"),
        (
            "[extracts.modes]\nmarks = 'snapshot'\n" + HTTP + "changes = true",
            "connectors.journal.datasets.marks.changes",
        ),
        (HTTP.partition("[connectors.journal.d")[0], "connectors.journal.datasets"),
        (POSTGRES.replace("REGISTER_DSN", "postgresql://u:geheim@h/d"), "connectors.register.dsn_env"),
        (
            POSTGRES.replace("dsn_env", "dsn").replace("REGISTER_DSN", "postgresql://u:geheim@h/d"),
            "connectors.register.dsn",
        ),
        (POSTGRES + "query = 'SELECT 1'", "connectors.register.datasets.students"),
        (POSTGRES.replace('table = "kontingent.students"', ""), "connectors.register.datasets.students"),
        (POSTGRES.replace("kontingent.students", "a.b.c"), "connectors.register.datasets.students.table"),
        (
            POSTGRES.replace('table = "kontingent.students"', "query = 'DELETE FROM x'"),
            "connectors.register.datasets.students.query",
        ),
        (
            POSTGRES.replace('table = "kontingent.students"', "query = 'SELECT 1; DROP TABLE x'"),
            "connectors.register.datasets.students.query",
        ),
        (POSTGRES + "rename = { a = 'nobody' }", "connectors.register.datasets.students.rename"),
        (POSTGRES.replace("students", "subjects") + "cursor = 'u'", "connectors.register.datasets.subjects.cursor"),
        (POSTGRES.replace("dsn_env", "time_zone = 'Asia/Nowhere'\ndsn_env"), "connectors.register.time_zone"),
    ],
)
def test_a_wrong_key_is_named_with_its_file_and_cure(tmp_path: Path, text: str, named: str) -> None:
    told = problems(tmp_path, text)
    [message] = [one for one in told if f"«{named}»" in one]
    assert str(tmp_path / "portfolio.toml") in message
    assert re.search("[а-я]{5}", message)
    assert "\n" not in message
    assert not any("geheim" in one for one in told)


def test_every_wrong_key_is_named_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, HTTP + "paging = 'x'\npage_size = 0\n" + POSTGRES + "cursor = ''\nnobody = 1\n")
    assert len(told) == 4
    assert len(set(told)) == 4
