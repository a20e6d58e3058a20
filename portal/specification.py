"""Reads and checks a specification of the portal's tables: `portal/spec/<version>.yaml` (specification 4-portal.md).

The official table specification is handed to each region and changes; whoever gets a new one edits the YAML file and
no code. So everything that the loader of the витрина would refuse, or that could not be filled, is refused here, with
the file and the line: reserved words, repeated fields, unknown types, keys that may be empty, references that lead
nowhere or in a circle, tables that do not end with `create_datetime`, `send_datetime`.

The form of the file is described at its top (`spec/v1.yaml`).
"""

from __future__ import annotations

import re
from pathlib import Path

from portal.model import (
    PACKAGE_FIELDS,
    Field,
    FieldSource,
    FieldType,
    Filter,
    FirstOf,
    Ratio,
    Specification,
    Table,
    TableSource,
    Template,
    TypeName,
    YearScope,
)
from portal.yaml_nodes import Problems, YamlNode, read_yaml

__all__ = ["DEFAULT_SPECIFICATION", "RESERVED_WORDS", "Specification", "load_specification"]

DEFAULT_SPECIFICATION = Path(__file__).with_name("spec") / "v1.yaml"

#: Words of the витрина core that no field may be named with.
RESERVED_WORDS = frozenset(
    "value date year month period start end user rank result group groups row old new".split()  # noqa: SIM905
)
_RESERVED_PREFIX = "sys_"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_TEMPLATE_COLUMN = re.compile(r"\{([^{}]*)\}")
_PLAIN_TYPES: dict[str, TypeName] = {
    "string": "string",
    "integer": "integer",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
}
_MAX_PRECISION = 18
_MAX_SCALE = 9

_FIELD_KEYS = ("name", "title", "type", "length", "required", "key", "reference", "hashed", "source")
_SOURCE_KEYS = ("mart", "people", "distinct", "where", "constants", "academic_year", "students")
_YEARS: dict[str, YearScope] = {"current": "current", "closed": "closed"}


def load_specification(path: Path | None = None) -> Specification:
    """The specification in a file (default: the newest that the project ships), checked, parents before children.

    Raises:
        BadInput: every problem of the file, each with its line.
    """
    path = path or DEFAULT_SPECIFICATION
    root = read_yaml(path)
    entries = root.mapping(known=("version", "tables"), required=("version", "tables"))
    version = entries["version"].text() if "version" in entries else None
    tables = _tables(entries["tables"]) if "tables" in entries else []
    _check_references(tables, root.problems)
    ordered = _parents_first(tables, root.problems)
    root.problems.raise_if_any()
    return Specification(version=version or "", path=path, tables=tuple(ordered))


def _tables(node: YamlNode) -> list[Table]:
    tables = [_table(name, body) for name, body in node.mapping().items()]
    if not tables:
        node.complain("нет ни одной таблицы")
    return tables


def _table(name: str, node: YamlNode) -> Table:
    node = node.called(f"таблица «{name}»")
    if not _NAME.fullmatch(name):
        node.complain("имя таблицы: строчные латинские буквы, цифры и подчёркивания")
    entries = node.mapping(known=("title", "source", "fields"), required=("title", "source", "fields"))
    title = entries["title"].text() if "title" in entries else None
    fields = [_field(name, item) for item in entries["fields"].items()] if "fields" in entries else []
    table = Table(
        name=name,
        title=title or "",
        sources=tuple(_table_sources(entries["source"])) if "source" in entries else (),
        fields=tuple(fields),
        line=node.line,
    )
    if "fields" in entries:
        _check_fields(table, node)
    return table


def _check_fields(table: Table, node: YamlNode) -> None:
    seen: set[str] = set()
    for field in table.fields:
        if field.name in seen:
            node.problems.add(field.line, f"{node.name}: поле «{field.name}» повторяется")
        seen.add(field.name)
    if tuple(field.name for field in table.fields[-2:]) != PACKAGE_FIELDS:
        node.complain("таблица должна заканчиваться полями create_datetime, send_datetime")
    if not table.key:
        node.complain("нет ключа: отметьте ключевые поля `key: true`")


# --- fields ---------------------------------------------------------------------------------------------------------


def _field(table: str, node: YamlNode) -> Field:
    entries = node.mapping(known=_FIELD_KEYS, required=("name", "title", "type"))
    name = (entries["name"].text() if "name" in entries else None) or ""
    node = node.called(f"таблица «{table}», поле «{name}»")
    field = Field(
        name=name,
        title=(entries["title"].text() if "title" in entries else None) or "",
        type=_type(entries["type"]) if "type" in entries else FieldType("string"),
        length=entries["length"].integer() if "length" in entries else None,
        required=_flag(entries, "required"),
        key=_flag(entries, "key"),
        reference=entries["reference"].text() if "reference" in entries else None,
        hashed=_flag(entries, "hashed"),
        source=_field_source(entries["source"]) if "source" in entries else None,
        line=node.line,
    )
    if name:
        _check_name(name, node)
        _check_shape(field, node)
    return field


def _flag(entries: dict[str, YamlNode], key: str) -> bool:
    return entries[key].boolean() if key in entries else False


def _check_name(name: str, node: YamlNode) -> None:
    if not _NAME.fullmatch(name):
        node.complain("имя поля: строчные латинские буквы, цифры и подчёркивания")
    if name in RESERVED_WORDS:
        node.complain("имя занято ядром витрины (зарезервированное слово)")
    if name.startswith(_RESERVED_PREFIX):
        node.complain("имя не может начинаться с sys_: такие поля занимает ядро витрины")


def _check_shape(field: Field, node: YamlNode) -> None:
    """What must hold inside one field."""
    is_string = field.type.name == "string"
    if field.key and not field.required:
        node.complain("ключевое поле должно быть обязательным (`required: true`)")
    if is_string and (field.length is None or field.length < 1):
        node.complain("строке нужна длина (`length`, не меньше 1)")
    if not is_string and field.length is not None:
        node.complain("длина бывает только у строк")
    if field.is_identifier and not is_string:
        node.complain("поле id или *_id получает префикс региона, его тип должен быть string")
    if field.hashed and not is_string:
        node.complain("хэш бывает только у строк")
    if isinstance(field.source, Ratio) and field.type.name != "decimal":
        node.complain("частное (`ratio`) бывает только у типа decimal")
    if field.name in PACKAGE_FIELDS:
        _check_package_field(field, node)
    elif field.source is None:
        node.complain("не сказано, откуда значение (`source`)")


def _check_package_field(field: Field, node: YamlNode) -> None:
    plain = not (field.key or field.hashed or field.reference)
    if field.type.name != "datetime" or not field.required or field.source is not None or not plain:
        node.complain("поле заполняет сам пакет: только `type: datetime` и `required: true`")


def _type(node: YamlNode) -> FieldType:
    text = node.text() or ""
    if text in _PLAIN_TYPES:
        return FieldType(_PLAIN_TYPES[text])
    match = _DECIMAL.fullmatch(text)
    if match is None:
        node.complain(f'неизвестный тип, допустимы: {", ".join(_PLAIN_TYPES)}, "decimal(p,s)" (в кавычках)')
        return FieldType("string")
    precision, scale = int(match[1]), int(match[2])
    if not (1 <= precision <= _MAX_PRECISION and scale <= min(precision, _MAX_SCALE)):
        node.complain(f"decimal: знаков от 1 до {_MAX_PRECISION}, из них после запятой не больше {_MAX_SCALE}")
    return FieldType("decimal", precision, scale)


def _field_source(node: YamlNode) -> FieldSource:
    if node.is_mapping:
        return _ratio(node)
    alternatives = node.items() if node.is_list else [node]
    if not alternatives:
        node.complain("список пуст")
    return FirstOf(tuple(_template(alternative) for alternative in alternatives))


def _ratio(node: YamlNode) -> Ratio:
    entries = node.mapping(known=("ratio",), required=("ratio",))
    columns = [_column(item) for item in entries["ratio"].items()] if "ratio" in entries else ["", ""]
    match columns:
        case [numerator, denominator]:
            return Ratio(numerator, denominator)
    node.complain("частному нужны два столбца: [числитель, знаменатель]")
    return Ratio("", "")


def _template(node: YamlNode) -> Template:
    text = node.text() or ""
    if "{" not in text:
        return Template((("", _column(node)),)) if text else Template(())
    parts: list[tuple[str, str | None]] = []
    position = 0
    for match in _TEMPLATE_COLUMN.finditer(text):
        if not _NAME.fullmatch(match[1]):
            node.complain("в фигурных скобках нужно имя столбца витрины")
        parts.append((text[position : match.start()], match[1]))
        position = match.end()
    rest = text[position:]
    if "{" in rest or "}" in rest or not parts:
        node.complain("фигурные скобки не парные")
    if rest:
        parts.append((rest, None))
    return Template(tuple(parts))


def _column(node: YamlNode) -> str:
    name = node.text() or ""
    if name and not _NAME.fullmatch(name):
        node.complain("здесь нужно имя столбца витрины (строчные латинские буквы, цифры, подчёркивания)")
    return name


# --- sources of tables ----------------------------------------------------------------------------------------------


def _table_sources(node: YamlNode) -> list[TableSource]:
    nodes = node.items() if node.is_list else [node]
    if not nodes:
        node.complain("список источников пуст")
    return [_table_source(item) for item in nodes]


def _table_source(node: YamlNode) -> TableSource:
    entries = node.mapping(known=_SOURCE_KEYS)
    if ("mart" in entries) == ("people" in entries):
        node.complain("источнику нужно одно из двух: `mart` (витрина) или `people` (таблица people.duckdb)")
    year = entries.get("academic_year")
    if year is not None and year.text() not in _YEARS:
        year.complain("бывает `current` (текущий учебный год) и `closed` (закрытые учебные годы)")
    named = entries.get("people") or entries.get("mart")
    name = _column(named) if named else ""
    return TableSource(
        mart=f"people.{name}" if "people" in entries else name,
        filters=tuple(_filters(entries["where"])) if "where" in entries else (),
        constants=tuple(_constants(entries["constants"])) if "constants" in entries else (),
        academic_year=_YEARS.get(year.text() or "") if year is not None else None,
        is_distinct=_flag(entries, "distinct"),
        students=_column(entries["students"]) if "students" in entries else None,
        line=(named or node).line,
    )


def _constants(node: YamlNode) -> list[tuple[str, str | int | bool]]:
    constants: list[tuple[str, str | int | bool]] = []
    for name, value_node in node.mapping().items():
        if not _NAME.fullmatch(name):
            value_node.complain("имя постоянной: строчные латинские буквы, цифры и подчёркивания")
        value = value_node.literal()
        if value is not None:
            constants.append((name, value))
    return constants


def _filters(node: YamlNode) -> list[Filter]:
    return [_filter(column, condition) for column, condition in node.mapping().items()]


def _filter(column: str, node: YamlNode) -> Filter:
    if not _NAME.fullmatch(column):
        node.complain("условие ставится на столбец витрины")
    if node.is_mapping:
        entries = node.mapping(known=("present", "above"))
        if len(entries) != 1:
            node.complain("условие — одно из двух: {present: true или false} или {above: число}")
        if "above" in entries:
            return Filter(column, None, above=entries["above"].integer() or 0)
        return Filter(column, None, _flag(entries, "present"))
    literals = [item.literal() for item in (node.items() if node.is_list else [node])]
    if not literals:
        node.complain("список значений пуст")
    return Filter(column, tuple(literal for literal in literals if literal is not None))


# --- references -----------------------------------------------------------------------------------------------------


def _check_references(tables: list[Table], problems: Problems) -> None:
    known = {table.name: table for table in tables}
    for table in tables:
        for field in table.fields:
            if field.reference is not None:
                _check_reference(table, field, known, problems)


def _check_reference(table: Table, field: Field, known: dict[str, Table], problems: Problems) -> None:
    name = f"таблица «{table.name}», поле «{field.name}»"
    parent = known.get(field.reference or "")
    if parent is None:
        problems.add(field.line, f"{name}: ссылка на неизвестную таблицу «{field.reference}»")
        return
    if len(parent.key) != 1:
        problems.add(field.line, f"{name}: у таблицы «{parent.name}» ключ не из одного поля, сослаться на неё нельзя")
        return
    target = parent.key[0]
    if (target.type, target.is_identifier, target.hashed) != (field.type, field.is_identifier, field.hashed):
        problems.add(field.line, f"{name}: тип, префикс или хэш не такие, как у ключа таблицы «{parent.name}»")


def _parents_first(tables: list[Table], problems: Problems) -> list[Table]:
    """The tables in the order of the file, moved only where a parent would come after its child."""
    known = {table.name for table in tables}
    waiting = list(tables)
    ordered: list[Table] = []
    placed: set[str] = set()
    while waiting:
        ready = next((table for table in waiting if placed.issuperset(known.intersection(table.parents))), None)
        if ready is None:
            _complain_of_cycle(waiting, problems)
            return ordered
        ordered.append(ready)
        placed.add(ready.name)
        waiting.remove(ready)
    return ordered


def _complain_of_cycle(waiting: list[Table], problems: Problems) -> None:
    """Names only the tables of the circle itself, not those that merely hang on it."""
    by_name = {table.name: table for table in waiting}
    trail: list[str] = []
    name = waiting[0].name
    while name not in trail:
        trail.append(name)
        name = next(parent for parent in by_name[name].parents if parent in by_name)
    circle = trail[trail.index(name) :]
    problems.add(by_name[name].line, f"таблицы ссылаются друг на друга по кругу: {' → '.join([*circle, name])}")
