"""What a specification file may say, and what an operator is told when it says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from extracts.errors import BadInput
from portal.specification import RESERVED_WORDS, load_specification

GOOD = """\
version: v9
tables:
  child:
    title: Дети
    source: {mart: children}
    fields:
      - {name: child_id, title: Код, type: string, length: 10, required: true, key: true, source: child}
      - {name: parent_id, title: Родитель, type: string, length: 10, reference: parent, source: parent}
      - {name: size, title: Размер, type: "decimal(4,2)", source: {ratio: [a, b]}}
      - &c {name: create_datetime, title: Создано, type: datetime, required: true}
      - &s {name: send_datetime, title: Отправлено, type: datetime, required: true}
  parent:
    title: Родители
    source: [{mart: parents, where: {kind: [a, b], level: 3, gone: {present: false}}}, {mart: b, constants: {x: 1}}]
    fields:
      - {name: id, title: Код, type: string, length: 10, required: true, key: true, source: [id, "x-{id}"]}
      - *c
      - *s
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(text, "utf-8")
    return path


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(BadInput) as error:
        load_specification(write(tmp_path, text))
    return error.value.messages


def test_the_specification_of_the_project_is_sound() -> None:
    specification = load_specification()
    assert specification.version == "v1"
    keys = {table.name: [field.name for field in table.key] for table in specification.tables}
    assert keys == {
        "dict_organization": ["id"],
        "dict_subject": ["id"],
        "dict_period": ["id"],
        "student": ["student_id"],
        "student_representative": ["student_id", "representative_id"],
        "student_class": ["student_id", "class_id", "begin_date"],
        "student_gpa_current": ["student_id"],
        "class_gpa_current": ["class_id"],
        "parallel_gpa_current": ["parallel_id"],
        "student_gpa_retro": ["student_id", "academic_year_id"],
        "student_statsubject": ["student_id", "subject_id", "period_id"],
        "class_statsubject": ["class_id", "subject_id", "period_id"],
        "student_statsubject_by_week": ["student_id", "subject_id", "week_begin"],
        "class_statsubject_by_week": ["class_id", "subject_id", "week_begin"],
        "student_control_marks": ["mark_id"],
        "student_pmarks": ["student_id", "subject_id", "period_id"],
        "student_ymarks": ["student_id", "subject_id", "academic_year_id"],
        "student_skippings": ["student_id", "skip_date"],
        "class_skippings": ["class_id", "skip_date"],
        "class_vacation": ["class_id"],
        "student_events": ["student_id", "event_id"],
        "student_achievements": ["achievement_id"],
        "student_debts": ["student_id", "subject_id", "debt_kind", "source_id"],
    }


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("source: {mart: children, people: children}", "одно из двух"),
        ("source: {distinct: true}", "одно из двух"),
        ("source: {mart: children, academic_year: last}", "closed"),
        ("source: {mart: children, where: {size: {above: 0, present: true}}}", "одно из двух"),
        ("source: {mart: children, where: {size: {above: many}}}", "число"),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(tmp_path: Path, written: str, complaint: str) -> None:
    messages = problems(tmp_path, GOOD.replace("source: {mart: children}", written))
    assert any(complaint in message for message in messages)


def test_parents_come_before_children_whatever_the_order_in_the_file(tmp_path: Path) -> None:
    specification = load_specification(write(tmp_path, GOOD))
    assert [table.name for table in specification.tables] == ["parent", "child"]
    assert specification.table("child").parents == ("parent",)
    with pytest.raises(KeyError):
        specification.table("nobody")


@pytest.mark.parametrize("word", sorted(RESERVED_WORDS))
def test_reserved_words_are_refused(tmp_path: Path, word: str) -> None:
    (message,) = problems(tmp_path, GOOD.replace("name: size", f"name: {word}"))
    assert message.startswith("spec.yaml:9: таблица «child»")
    assert "зарезервированное слово" in message


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("name: size", "name: sys_size", 9, "sys_"),
        ("name: size", "name: Size", 9, "имя поля"),
        ("name: size", "name: parent_id", 9, "тип должен быть string"),
        ('"decimal(4,2)"', "money", 9, "неизвестный тип"),
        ('"decimal(4,2)"', '"decimal(20,2)"', 9, "decimal: знаков"),
        ('"decimal(4,2)"', '"decimal(2,4)"', 9, "decimal: знаков"),
        ('"decimal(4,2)"', "date", 9, "частное"),
        ('"decimal(4,2)", ', '"decimal(4,2)", length: 3, ', 9, "длина бывает только у строк"),
        ("[a, b]}}\n      - &c", "[a]}}\n      - &c", 9, "два столбца"),
        ("required: true, key: true, source: child", "key: true, source: child", 7, "должно быть обязательным"),
        ("required: true, key: true, source: child", "required: true, source: child", 3, "нет ключа"),
        (
            "length: 10, required: true, key: true, source: child",
            "required: true, key: true, source: child",
            7,
            "длина",
        ),
        (", source: child}", "}", 7, "откуда значение"),
        (", source: child}", ", sauce: child}", 7, "неизвестный ключ «sauce»"),
        (", source: child}", ", source: child, source: b}", 7, "повторяется"),
        (", source: child}", ', source: "a-{b"}', 7, "не парные"),
        (", source: child}", ', source: "Child; DROP"}', 7, "имя столбца"),
        (", source: child}", ', source: "{Child}"}', 7, "имя столбца"),
        ("required: true, key: true, source: child", "required: 1, key: true, source: child", 7, "true или false"),
        ("reference: parent", "reference: nobody", 8, "неизвестную таблицу «nobody»"),
        ("name: parent_id", "name: parent_code", 8, "тип, префикс или хэш"),
        ("mart: children", "mart: children, academic_year: last", 5, "current"),
        ("mart: children", "mart: children, limit: 3", 5, "неизвестный ключ «limit»"),
        ("level: 3", "level: 3.5", 14, "строка, целое число"),
        ("  parent:\n", "  Parent:\n", 12, "имя таблицы"),
        ("type: datetime, required: true}\n      - &s", "type: datetime}\n      - &s", 10, "заполняет сам пакет"),
        ("version: v9", "version: 9", 1, "непустая строка"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    messages = problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(message.startswith(f"spec.yaml:{line}: ") and words in message for message in messages), messages


def test_a_field_twice_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("name: size", "name: weight").replace(
        "      - &c", "      - {name: weight, title: В, type: date, source: w}\n      - &c"
    )
    (message,) = problems(tmp_path, text)
    assert message == "spec.yaml:10: таблица «child»: поле «weight» повторяется"


def test_a_table_must_end_with_the_fields_of_the_package(tmp_path: Path) -> None:
    (message,) = problems(tmp_path, GOOD.replace("      - *c\n      - *s\n", "      - *s\n      - *c\n"))
    assert "должна заканчиваться полями create_datetime, send_datetime" in message


def test_tables_that_refer_to_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    text = GOOD.replace("source: [id,", "source: [id,").replace(
        "      - *c\n",
        "      - {name: child_id, title: Р, type: string, length: 9, reference: child, source: c}\n      - *c\n",
    )
    (message,) = problems(tmp_path, text)
    assert message == "spec.yaml:3: таблицы ссылаются друг на друга по кругу: child → parent → child"


def test_a_table_may_not_refer_to_itself(tmp_path: Path) -> None:
    (message,) = problems(tmp_path, GOOD.replace("reference: parent", "reference: child"))
    assert "по кругу: child → child" in message


def test_a_reference_to_a_key_of_several_fields_is_refused(tmp_path: Path) -> None:
    extra = "      - {name: more, title: Е, type: date, required: true, key: true, source: m}\n      - *c\n"
    (message,) = problems(tmp_path, GOOD.replace("      - *c\n", extra))
    assert "ключ не из одного поля" in message


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("name: size", "name: value").replace("reference: parent", "reference: nobody")
    assert len(problems(tmp_path, text)) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "файл пуст"),
        (b"tables: [\n", "нарушен синтаксис"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"tables: \x01", "недопустимые"),
        (b"- 1\n", "ключ: значение"),
        (b"version: v1\n", "нет ключа «tables»"),
        (b"version: v1\ntables: {}\n", "нет ни одной таблицы"),
    ],
)
def test_a_file_that_is_no_specification_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words) as error:
        load_specification(path)
    assert all(message.startswith("spec.yaml") for message in error.value.messages)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing\.yaml: файл не открывается"):
        load_specification(tmp_path / "nothing.yaml")
