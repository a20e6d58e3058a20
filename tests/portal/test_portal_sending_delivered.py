"""Packages of Avro files: `send` does not take them, `send --delivered` notes what the region has loaded itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import fastavro
import pytest
from loader_stub.packages import FULL, write_package
from loader_stub.packages import PREFIX as SMALL_PREFIX
from loader_stub.packages import specification as small_specification
from loader_stub.sending import Sender
from loader_stub.server import running
from loader_stub.state import state_for
from small_region import SmallRegion

from extracts.errors import BadInput
from orchestration import cli, outputs
from orchestration.home import Home
from orchestration.settings import Settings, load_settings
from portal.sending.delivered import note_delivered
from portal.sending.lock import sender_lock
from portal.sending.options import Clock

Portfolio = Callable[..., tuple[int, str, str]]


@pytest.fixture
def region(tmp_path: Path) -> SmallRegion:
    """A home whose exports hold one Avro package."""
    region = SmallRegion(tmp_path)
    region.set(subjects=[("1", "Алгебра"), ("2", "Химия")])
    region.export(file_format="avro")
    return region


@pytest.fixture
def portfolio(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Portfolio]:
    """The command, in this process."""
    for name in [name for name in os.environ if name.startswith("PORTFOLIO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PORTFOLIO_HOME", str(tmp_path))
    umask = os.umask(0o022)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["portfolio", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    yield run
    os.umask(umask)


def newest(region: SmallRegion) -> Path:
    return sorted(path for path in region.exports.iterdir() if path.name[0] != ".")[-1]


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_send_refuses_a_package_of_avro_files(region: SmallRegion, portfolio: Portfolio, more: tuple[str, ...]) -> None:
    status, out, err = portfolio("send", "--to", "http://127.0.0.1:9", *more)
    assert (status, out) == (5, "")
    assert len(err.splitlines()) == 1
    assert f"portfolio send --package {newest(region).name} --delivered" in err
    assert not (newest(region) / "sending.json").exists()
    assert not (region.root / "audit").exists()


def test_a_delivered_package_is_confirmed_and_deltas_go_on(region: SmallRegion, portfolio: Portfolio) -> None:
    package = newest(region)
    status, out, err = portfolio("send", "--package", package.name, "--delivered")
    assert (status, err) == (0, "")
    assert out.strip() == f"Пакет {package.name}: отмечен загруженным, файлов 1, строк 2"
    journal = json.loads((package / "sending.json").read_text())
    assert (journal["url"], journal["datamart"]) == ("", "portfolio")
    assert [(name, entry["state"]) for name, entry in journal["files"].items()] == [
        ("01_dict_subject_create.avro", "confirmed")
    ]
    assert journal["files"]["01_dict_subject_create.avro"]["at"].endswith("+05:00")
    assert (package / "sending.json").stat().st_mode & 0o777 == 0o600
    noted = [json.loads(line) for line in (region.root / "audit" / "audit.jsonl").read_text().splitlines()]
    assert [(one["what"], one["stage"], one["package"], one["files"], one["rows"]) for one in noted] == [
        ("send", "delivered", package.name, 1, 2)
    ]
    before = (package / "sending.json").read_bytes()
    assert portfolio("send", "--package", package.name, "--delivered")[0] == 0
    assert (package / "sending.json").read_bytes() == before
    region.set(subjects=[("1", "Алгебра")])
    delta = region.export(file_format="avro")
    assert (delta.kind, [(file.name, file.rows) for file in delta.files]) == (
        "delta",
        [("01_dict_subject_delete.avro", 1)],
    )
    assert portfolio("send", "--package", delta.path.name, "--delivered")[0] == 0
    assert region.export(file_format="avro").files == ()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--package"),
        (("--package", "2026-10-01-1", "--to", "http://127.0.0.1:9"), "--package"),
        (("--package", "2026-10-01-1", "--dry-run"), "--package"),
        (("--package", "2026-10-01-7"), "2026-10-01-7"),
        (("--package", "../x"), "нет"),
    ],
)
@pytest.mark.usefixtures("region")
def test_what_delivered_does_not_take(portfolio: Portfolio, arguments: tuple[str, ...], told: str) -> None:
    status, _, err = portfolio("send", "--delivered", *arguments)
    assert status == 5
    assert told in err
    assert len(err.splitlines()) == 1


def test_without_any_package_it_is_bad_input(portfolio: Portfolio) -> None:
    assert portfolio("send", "--package", "2026-10-01-1", "--delivered")[0] == 5


def test_a_file_that_is_not_the_manifests_is_told_of(region: SmallRegion) -> None:
    file = newest(region) / "01_dict_subject_create.avro"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match="SHA-256"):
        note_delivered(region.exports, newest(region).name, datamart="portfolio", clock=Clock())
    assert not (newest(region) / "sending.json").exists()


def test_a_csv_package_is_sent_and_not_noted(region: SmallRegion) -> None:
    region.export()
    with pytest.raises(BadInput, match="CSV"):
        note_delivered(region.exports, newest(region).name, datamart="portfolio", clock=Clock())


def test_an_older_package_may_be_noted_until_a_newer_one_is(region: SmallRegion) -> None:
    first = newest(region).name
    region.set(subjects=[("1", "Алгебра")])
    second = region.export(file_format="avro")
    assert second.kind == "full"
    note_delivered(region.exports, first, datamart="portfolio", clock=Clock())
    note_delivered(region.exports, second.path.name, datamart="portfolio", clock=Clock())
    third = region.export(file_format="avro")
    assert [(file.name, file.rows) for file in third.files] == [("01_dict_subject_delete.avro", 1)]
    note_delivered(region.exports, third.path.name, datamart="portfolio", clock=Clock())
    with pytest.raises(BadInput, match="--full"):
        note_delivered(region.exports, first, datamart="portfolio", clock=Clock())


def test_two_do_not_write_one_journal(region: SmallRegion, portfolio: Portfolio) -> None:
    with sender_lock(region.exports):
        assert portfolio("send", "--package", newest(region).name, "--delivered")[0] == 1


def test_after_a_delivered_package_the_loader_of_the_same_datamart_goes_on(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    folder = write_package(exports, "2026-10-01-1", FULL)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = [{**file, "format": "avro"} for file in manifest["files"]]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    note_delivered(exports, "2026-10-01-1", datamart="portfolio", clock=Clock())
    write_package(exports, "2026-10-02-1", [], kind="delta", created_at="2026-10-02 02:00:05")
    with running(state_for(small_specification(), SMALL_PREFIX)) as stub:
        assert Sender(exports, stub).send().is_complete
        stub.datamart = "other"
        (exports / "2026-10-02-1" / "sending.json").unlink(missing_ok=True)
        with pytest.raises(BadInput, match="другой портал"):
            Sender(exports, stub).send()


@pytest.mark.parametrize(
    ("name", "value"), [("PORTFOLIO_PACKAGE_FORMAT", "parquet"), ("PORTFOLIO_PORTAL_UPLOAD", "v3")]
)
def test_other_values_of_the_settings_are_told_of(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name):
        load_settings({"PORTFOLIO_HOME": str(tmp_path), name: value})


def test_the_settings_say_which_way_a_region_has(tmp_path: Path) -> None:
    environment = {"PORTFOLIO_HOME": str(tmp_path)}
    plain = load_settings(environment)
    assert (plain.package_format, plain.portal_upload) == ("csv", "v2")
    (tmp_path / "portfolio.toml").write_text('[portal]\nformat = "avro"\nupload = "v1"\n')
    assert load_settings(environment) == replace(plain, package_format="avro", portal_upload="v1")


def test_the_export_takes_the_format_and_the_datamart_from_the_settings(
    region: SmallRegion, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = SimpleNamespace(folder=region.published, as_of=date(2026, 10, 9), id="2026-10-09-1")
    monkeypatch.setattr(outputs, "find_publication", lambda _home, _as_of: published)
    path = region.root / "specification.yaml"
    settings = Settings(
        Home(region.root), region.root / "landing", prefix="R", specification=path, package_format="avro", datamart="d7"
    )
    package = outputs.make_package(settings)
    with (package.path / package.files[0].name).open("rb") as stream:
        assert fastavro.reader(stream).writer_schema["name"] == "d7.dict_subject"  # type: ignore[call-overload,index]
