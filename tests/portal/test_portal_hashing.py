"""Hashed fields of a package: Streebog-512, what is remembered between packages, and which fields are hashed.

The digests in this file come from the standard (RFC 6986) and, for other messages, from libgcrypt.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from loader_rules import read_file
from portal_region import PEOPLE, publish

import orchestration.outputs
import portal.hashed_values
from extracts.errors import BadInput
from orchestration.outputs import make_package
from orchestration.settings import load_settings
from portal.hashed_values import HASHES_FILE, with_hashes
from portal.manifest import Package
from portal.package import write_package
from portal.specification import Specification, load_specification
from portal.streebog import streebog_512

EMPTY = (
    "8e945da209aa869f0455928529bcae4679e9873ab707b55315f56ceb98bef0a7"
    "362f715528356ee83cda5f2aac4c6ad2ba3a715c1bcd81cb8e9f90bf4c1c1a8a"
)
SNILS = "11223344595"
HASH_OF_SNILS = (
    "afb81d49fa9d55c7701efd5735300c4950b2259178d60e0a134d4d30b277640d"
    "8fc3c26b19c451be6ba071bc8069f9df0b1fa3e094ad42508d120acb9be7e733"
)
NUMBER = "123456"
HASH_OF_NUMBER = (
    "981989d3bf6008c397263289393e503a36261b56f5e79dfbc5f66c7a4e53db0a"
    "c15cf5a488a6403889bf5284a890ab52a61cbee3f22555289960500ba2737b1e"
)
WORDS = "Тема «Ё»"
HASH_OF_WORDS = (
    "0b5d56ed17f53df96d29214bee4475c638e08dadc41c7da56363fbc1fbafc912"
    "c71104e544a10a3bf04b84918d84722a2d91a748b389ec66f7b24ea0ea18d877"
)

VECTORS: dict[bytes, str] = {
    b"": EMPTY,
    # M1 and M2 of RFC 6986, section 10, in the order of bytes that implementations print.
    b"012345678901234567890123456789012345678901234567890123456789012": (
        "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
        "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48"
    ),
    "Се ветри, Стрибожи внуци, веютъ с моря стрелами на храбрыя плъкы Игоревы".encode("cp1251"): (
        "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376"
        "035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28"
    ),
    # A byte short of a block, a whole block (so that the padding takes one of its own), a byte more.
    bytes(range(63)): (
        "60eabc4fff6e8ae0bac4f5ab478f3830463c0186fa58e1e436d3108691a1cd75"
        "0419a6053ecbae5c4d0d0b5371457fc5f134e1f8e250e991759c8093c0747ebd"
    ),
    bytes(range(64)): (
        "2ae581f18ae85e3596c936acbef910f2ed70dcf91ed5d24b39a5af657bf8232a"
        "303d686056c8c00bf30d42e16ce255426fa8a155dcb3eb822d925808f7c7e345"
    ),
    bytes(range(65)): (
        "9ceec527f07f832abe16e8274c67dbf2236fd05790426237dc9abfb5eed6daf2"
        "0847df0c94c754b4e88f09b836890e68303ef8f589dd6e51489cfa9d3bbfdadd"
    ),
    # The sum of the blocks carries through every word, and over the last.
    b"\xff" * 64: (
        "41629de677d7e8090c3cd70affe3300d1e1cfba2db97945ec37feb4e1375bc02"
        "a53f00370b7d715b07f37f93cac844efadbfd1b85f9ddae3de9656c0e95affc7"
    ),
    b"\xff" * 128: (
        "90a161d12ad309498d3fe5d48202d8a4e9c406d6a264aeab258ac5ecc37a7962"
        "aaf9587a5abb09b6bb81ec4b3752a3ff5a838ef175be5772056bc5fe54fcfc7e"
    ),
    SNILS.encode(): HASH_OF_SNILS,
    NUMBER.encode(): HASH_OF_NUMBER,
    WORDS.encode(): HASH_OF_WORDS,
}

BOTH = ("snils", "document_number")

#: One table of people: what is marked, required and hashed, an id that is hashed, and a field left to the setting.
SPECIFICATION = """
version: test
tables:
  student:
    title: Учащиеся
    source: {people: students, students: student_profile_id}
    fields:
      - {name: student_id, title: К, type: string, length: 128, required: true, key: true, source: student_profile_id}
      - {name: snils, title: С, type: string, length: SNILS_LENGTH, required: true, hashed: true, source: valid_snils}
      - {name: person_id, title: Ч, type: string, length: PERSON_LENGTH, hashed: true, source: person_id}
      - {name: document_number, title: Н, type: string, length: 20, source: document_number}
      - {name: birth_date, title: Д, type: date, source: birth_date}
      - {name: create_datetime, title: С, type: datetime, required: true}
      - {name: send_datetime, title: О, type: datetime, required: true}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("region") / "published")


@pytest.fixture
def student_table(tmp_path: Path) -> Specification:
    """The one table with nothing marked: what is hashed is up to the setting."""
    return specification(tmp_path, marked=False)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return tmp_path / "exports"


@pytest.fixture
def new_values(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every value that is hashed from here on."""
    hashed: list[bytes] = []

    def count(messages: list[bytes]) -> list[bytes]:
        hashed.extend(messages)
        return streebog_512(messages)

    monkeypatch.setattr(portal.hashed_values, "streebog_512", count)
    return hashed


def export(published: Path, exports: Path, **options: Any) -> Package:
    moment = datetime(2026, 10, 1, 2, 0, 5)  # noqa: DTZ001
    return write_package(
        published, exports, **{"prefix": "R59", "created_at": moment, "as_of": date(2026, 10, 1), **options}
    )


def specification(
    folder: Path, *, snils_length: int = 128, person_length: int = 132, marked: bool = True
) -> Specification:
    file = folder / "changed.yaml"
    text = SPECIFICATION.replace("SNILS_LENGTH", str(snils_length)).replace("PERSON_LENGTH", str(person_length))
    file.write_text(text.lstrip() if marked else text.lstrip().replace(", hashed: true", ""), "utf-8")
    return load_specification(file)


def sent(package: Package, table: str) -> list[dict[str, str]]:
    [file] = [file for file in package.files if file.table == table]
    names, rows = read_file((package.path / file.name).read_bytes())
    return [dict(zip(names, (cell.text for cell in row), strict=True)) for row in rows]


def remembered(exports: Path) -> int:
    with duckdb.connect(str(exports / HASHES_FILE), read_only=True) as connection:
        [(rows,)] = connection.execute("SELECT count(*) FROM hashes").fetchall()
    return int(rows)


# --- Streebog -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("message", "digest"), VECTORS.items(), ids=range(len(VECTORS)))
def test_a_digest_is_that_of_the_standard(message: bytes, digest: str) -> None:
    assert [one.hex() for one in streebog_512([message])] == [digest]


def test_messages_of_many_lengths_at_once_keep_their_digests_and_their_order() -> None:
    messages = list(VECTORS) * 60
    assert [one.hex() for one in streebog_512(messages)] == list(VECTORS.values()) * 60


def test_no_message_has_no_digest() -> None:
    assert streebog_512([]) == []


# --- what the package holds -----------------------------------------------------------------------------------------


def test_the_setting_hashes_its_fields_in_every_table(published: Path, exports: Path) -> None:
    package = export(published, exports, hashed=("snils", "document_number"))
    students = {row["student_id"]: row for row in sent(package, "student")}
    assert (students["R59-s1"]["snils"], students["R59-s1"]["document_number"]) == (HASH_OF_SNILS, "")
    assert (students["R59-s2"]["snils"], students["R59-s2"]["document_number"]) == ("", HASH_OF_NUMBER)
    assert students["R59-s2"]["document_series"] == "5701"
    assert [row["snils"] for row in sent(package, "student_representative")] == [HASH_OF_SNILS]
    told = {table["table"]: table["hashed"] for table in package.manifest()["tables"] if table["hashed"]}
    assert told == {name: ["snils", "document_number"] for name in ("student", "student_representative")}
    assert package.held_back == export(published, exports / "plain").held_back


def test_marked_fields_are_hashed_without_the_prefix_and_what_is_empty_stays_empty(
    published: Path, exports: Path, tmp_path: Path
) -> None:
    package = export(published, exports, specification=specification(tmp_path))
    one, other = sent(package, "student")
    assert (one["snils"], one["person_id"]) == (HASH_OF_SNILS, f"R59-{streebog_512([b'p1'])[0].hex()}")
    assert (other["snils"], other["document_number"]) == ("", NUMBER)
    assert b';"";' in (package.path / package.files[0].name).read_bytes()


@pytest.mark.parametrize(("value", "digest"), [(WORDS, HASH_OF_WORDS), ("12\t34\n56\x07", HASH_OF_NUMBER)])
def test_what_is_hashed_is_the_value_as_it_would_be_sent_in_utf_8(
    tmp_path: Path, exports: Path, student_table: Specification, value: str, digest: str
) -> None:
    published = publish(tmp_path / "published", people=[(*PEOPLE[0][:9], value)])  # type: ignore[index]
    [student] = sent(export(published, exports, hashed=["snils"], specification=student_table), "student")
    assert student["snils"] == digest


def test_a_value_longer_than_its_field_is_sent_as_its_hash(
    tmp_path: Path, exports: Path, student_table: Specification
) -> None:
    published = publish(tmp_path / "published", people=[(*PEOPLE[0][:9], "1" * 500)])  # type: ignore[index]
    [student] = sent(export(published, exports, hashed=["snils"], specification=student_table), "student")
    assert student["snils"] == streebog_512([b"1" * 500])[0].hex()


def test_a_value_whose_hash_is_not_known_stops_the_query() -> None:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS hashed_values")
        connection.execute("CREATE TABLE hashed_values.hashes (lookup BLOB, hash BLOB)")
        assert connection.execute(with_hashes("SELECT NULL::VARCHAR AS v0", ["v0"])).fetchall() == [(None,)]
        with pytest.raises(duckdb.Error, match="is not known"):
            connection.execute(with_hashes("SELECT '5' AS v0", ["v0"])).fetchall()


# --- what is remembered ---------------------------------------------------------------------------------------------


def test_only_new_values_are_hashed(
    published: Path, exports: Path, tmp_path: Path, new_values: list[bytes], student_table: Specification
) -> None:
    first = export(published, exports, hashed=BOTH, specification=student_table)
    assert sorted(new_values) == [SNILS.encode(), NUMBER.encode()]

    new_values.clear()
    second = export(published, exports, hashed=BOTH, specification=student_table)
    assert new_values == []
    assert sent(second, "student") == sent(first, "student")

    changed = publish(tmp_path / "changed", people=[*PEOPLE[:1], (*PEOPLE[1][:9], WORDS)])  # type: ignore[index]
    export(changed, exports, hashed=BOTH, specification=student_table)
    assert new_values == [WORDS.encode()]


def test_more_values_than_one_batch_are_hashed_once_each(
    tmp_path: Path,
    exports: Path,
    new_values: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    student_table: Specification,
) -> None:
    monkeypatch.setattr(portal.hashed_values, "_BATCH_ROWS", 3)
    people = [(f"s{i}", "p", "connected", True, "2012-05-06", "Ф", "И", None, "male", str(i % 7)) for i in range(10)]
    package = export(
        publish(tmp_path / "published", people=people), exports, hashed=["snils"], specification=student_table
    )
    expected = {f"R59-s{i}": streebog_512([str(i % 7).encode()])[0].hex() for i in range(10)}
    assert {row["student_id"]: row["snils"] for row in sent(package, "student")} == expected
    assert sorted(new_values) == [str(i).encode() for i in range(7)]


def test_no_value_stands_in_the_folder_of_the_packages_and_nobody_else_may_read_it(
    published: Path, exports: Path, student_table: Specification
) -> None:
    export(published, exports, hashed=BOTH, specification=student_table)
    files = [path for path in exports.rglob("*") if path.is_file()]
    assert exports / HASHES_FILE in files
    for path in files:
        content = path.read_bytes()
        assert SNILS.encode() not in content, path.name
        assert NUMBER.encode() not in content, path.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert not [path for path in files if path.suffix == ".wal"]


def test_a_value_that_is_no_longer_sent_is_forgotten(
    published: Path, exports: Path, tmp_path: Path, student_table: Specification
) -> None:
    export(published, exports, hashed=BOTH, specification=student_table)
    assert remembered(exports) == 2
    left = publish(tmp_path / "left", people=PEOPLE[:1])  # type: ignore[index]
    export(left, exports, hashed=BOTH, specification=student_table)
    assert remembered(exports) == 1
    export(left, exports, specification=student_table)
    assert not (exports / HASHES_FILE).exists()


def test_a_damaged_table_of_hashes_is_made_anew(published: Path, exports: Path, student_table: Specification) -> None:
    exports.mkdir()
    (exports / HASHES_FILE).write_bytes(b"damaged" * 1000)
    assert (
        sent(export(published, exports, hashed=["snils"], specification=student_table), "student")[0]["snils"]
        == HASH_OF_SNILS
    )
    assert remembered(exports) == 1


def test_a_table_of_hashes_that_another_process_holds_is_one_clear_line(
    published: Path, exports: Path, student_table: Specification
) -> None:
    export(published, exports, hashed=["snils"], specification=student_table)
    hold = f"import duckdb; held = duckdb.connect({str(exports / HASHES_FILE)!r}); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BadInput, match=r"\.hashes\.duckdb: .*занята другим процессом"):
            export(published, exports, hashed=["snils"], specification=student_table)
        other.stdin.write("\n")
        other.stdin.flush()
    assert remembered(exports) == 1


def test_the_table_of_hashes_is_private_while_it_is_written_and_becomes_so_if_it_was_not(
    published: Path, exports: Path, student_table: Specification, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: dict[str, int] = {}

    def look(messages: list[bytes]) -> list[bytes]:
        modes.update((path.name, stat.S_IMODE(path.stat().st_mode)) for path in exports.glob(f"{HASHES_FILE}*"))
        return streebog_512(messages)

    monkeypatch.setattr(portal.hashed_values, "streebog_512", look)
    before = os.umask(0o022)
    try:
        export(published, exports, hashed=["snils"], specification=student_table)
        assert modes == {HASHES_FILE: 0o600, f"{HASHES_FILE}.wal": 0o600}
        (exports / HASHES_FILE).chmod(0o644)
        export(published, exports, hashed=["document_number"], specification=student_table)
    finally:
        os.umask(before)
    assert stat.S_IMODE((exports / HASHES_FILE).stat().st_mode) == 0o600


# --- which fields are hashed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("passport", "«passport» нет ни в одной таблице спецификации changed.yaml"),
        ("student_id", "«student_id» таблицы «student» не хэшируется: это ключ или код"),
        ("birth_date", "«birth_date» таблицы «student» не хэшируется: это не строка"),
    ],
)
def test_a_field_that_the_setting_cannot_hash_is_one_clear_line(
    published: Path, exports: Path, tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(BadInput) as caught:
        export(published, exports, hashed=[name], specification=specification(tmp_path))
    [message] = caught.value.messages
    assert reason in message
    assert "portal.hashed" in message
    assert "\n" not in message
    assert not exports.exists()


def test_the_setting_may_name_what_is_marked_already(published: Path, exports: Path, tmp_path: Path) -> None:
    names = ["snils", "person_id", "document_number"]
    package = export(published, exports, hashed=names, specification=specification(tmp_path))
    assert sent(package, "student")[1]["document_number"] == HASH_OF_NUMBER


@pytest.mark.parametrize(
    ("lengths", "named"), [({"snils_length": 127}, "snils"), ({"person_length": 131}, "person_id")]
)
def test_a_marked_field_without_room_for_what_is_sent_is_refused_with_its_line(
    published: Path, exports: Path, tmp_path: Path, lengths: dict[str, Any], named: str
) -> None:
    tables = specification(tmp_path, **lengths)
    lines = (tmp_path / "changed.yaml").read_text("utf-8").split("\n")
    line = next(number for number, text in enumerate(lines, 1) if f"name: {named}" in text)
    with pytest.raises(BadInput, match=rf"^changed\.yaml:{line}: .*«{named}»: хэш занимает 1(28|32) знаков"):
        export(published, exports, specification=tables)


# --- the setting ----------------------------------------------------------------------------------------------------


def settings_of(home: Path, text: str, **environment: str) -> Any:
    home.mkdir(exist_ok=True)
    (home / "portfolio.toml").write_text(text, "utf-8")
    return load_settings({"PORTFOLIO_HOME": str(home), **environment})


def test_the_setting_is_a_list_or_a_variable_with_commas(tmp_path: Path) -> None:
    text = '[portal]\nhashed = ["snils", "document_number", "snils"]\n'
    assert settings_of(tmp_path, text).hashed == ("snils", "document_number")
    assert settings_of(tmp_path, text, PORTFOLIO_HASHED="snils, document_series").hashed == ("snils", "document_series")
    assert settings_of(tmp_path, "[portal]\nhashed = []\n").hashed == ()
    assert settings_of(tmp_path, "").hashed == ()


@pytest.mark.parametrize("value", ["7", "[7]", "['СНИЛС']", "['']", "['snils;']", "{snils = true}"])
def test_a_setting_of_another_form_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadInput, match=r"portal\.hashed.*список названий полей"):
        settings_of(tmp_path, f"[portal]\nhashed = {value}\n")


def test_the_setting_reaches_the_package(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publication = SimpleNamespace(folder=published, as_of=date(2026, 10, 1), id="2026-10-01-1")
    monkeypatch.setattr(orchestration.outputs, "find_publication", lambda *_: publication)
    package = make_package(settings_of(tmp_path / "home", "[portal]\nhashed = ['snils']\n"))
    assert sent(package, "student")[0]["snils"] == HASH_OF_SNILS
