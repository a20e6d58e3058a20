"""Settings: one file, the environment wins, one clear line for whatever is wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from extracts.errors import BadInput
from orchestration.settings import KEYS, load_settings

EXAMPLE = Path(__file__).parents[2] / "portfolio.example.toml"


def write(home: Path, text: str) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    (home / "portfolio.toml").write_text(text, "utf-8")
    return {"PORTFOLIO_HOME": str(home)}


def test_everything_is_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.home.root == tmp_path / "var"
    assert settings.landing == tmp_path / "var" / "landing"
    assert settings.time_zone == "Asia/Yekaterinburg"
    assert settings.keep_publications == 5
    assert settings.connected_only
    assert not settings.home.root.exists()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environment = write(tmp_path, '[portal]\nprefix = "R66"\nconnected_only = true\n[resources]\nthreads = 1\n')
    environment |= {"PORTFOLIO_PREFIX": "R74", "PORTFOLIO_CONNECTED_ONLY": "false", "PORTFOLIO_LANDING": "/somewhere"}
    settings = load_settings(environment)
    assert (settings.prefix, settings.connected_only, settings.threads) == ("R74", False, 1)
    assert settings.landing == Path("/somewhere")


def test_a_named_file_wins_over_the_home(tmp_path: Path) -> None:
    environment = write(tmp_path / "home", "[resources]\nthreads = 1\n")
    other = tmp_path / "other.toml"
    other.write_text("[resources]\nthreads = 3\n")
    assert load_settings(environment | {"PORTFOLIO_SETTINGS": str(other)}).threads == 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[portal]\nprefix = 74\n", "portal.prefix"),
        ("[portal]\nconnected_only = 'yes'\n", "portal.connected_only"),
        ("[portal]\nwebhook_url = 'https://example.org/token'\n", "portal.webhook_url"),
        ("[resources]\nthreads = 0\n", "resources.threads"),
        ("[resources]\nthreads = true\n", "resources.threads"),
        ("[resources]\nmemory_limit = 'много'\n", "resources.memory_limit"),
        ("[region]\ntime_zone = 'Asia/Nowhere'\n", "region.time_zone"),
        ("[region]\nrounding_threshold = 51\n", "region.rounding_threshold"),
        ("[extracts.modes]\nmarks = 'sometimes'\n", "modes"),
        ("[extracts.modes]\nmarkz = 'snapshot'\n", "markz"),
        ("[extracts.rename.marks]\n'ID' = 'no_such_column'\n", "rename"),
        ("[extracts]\nrename = 'ID'\n", "extracts.rename"),
        ("[extracts]\ncsv_encoding = 'koi8-r'\n", "utf-8"),
        ("threads = 2\n", "threads"),
        ("[nothing]\n", "nothing"),
    ],
)
def test_a_wrong_key_is_named_with_its_file_and_cure(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings(write(tmp_path, text))
    [message] = caught.value.messages
    assert named in message
    assert str(tmp_path / "portfolio.toml") in message
    assert re.search("[а-я]{4}", message)
    assert "\n" not in message


def test_every_wrong_key_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings(write(tmp_path, "[resources]\nthreads = 0\nmemory_limit = 0\n[portal]\nprefx = 'A'\n"))
    assert len(caught.value.messages) == 3


@pytest.mark.parametrize("content", [b"[portal\n", b"prefix = \xff\xfe", b"a = 1\na = 2\n", b"secret = 'abc"])
def test_bad_toml_names_the_file_and_quotes_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "portfolio.toml").write_bytes(content)
    with pytest.raises(BadInput) as caught:
        load_settings({"PORTFOLIO_HOME": str(tmp_path)})
    [message] = caught.value.messages
    assert "portfolio.toml" in message
    assert "secret" not in message


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.toml"):
        load_settings({"PORTFOLIO_HOME": str(tmp_path), "PORTFOLIO_SETTINGS": str(tmp_path / "nowhere.toml")})


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="PORTFOLIO_THREADS"):
        load_settings({"PORTFOLIO_HOME": str(tmp_path), "PORTFOLIO_THREADS": "two"})


def test_the_example_documents_every_key_and_loads(tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines() if re.match(r"# (\[|[\"a-z_]|\"ID)", line)]
    sections = [line for line in text.splitlines() if line.startswith("[") or re.match(r"# \[|# [\w\" ]+ = ", line)]
    uncommented = "\n".join(line.removeprefix("# ") for line in sections)
    document = tomllib.loads(uncommented)
    # The keys of connectors have tables of their own, and a test in tests/connectors.
    document.pop("connectors")
    there = {f"{section}.{key}" for section, body in document.items() for key in body}
    assert there == set(KEYS)
    assert lines
    assert load_settings(write(tmp_path, uncommented)).rename["marks"] == {"ID отметки": "mark_id"}
