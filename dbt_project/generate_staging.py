"""Writes the sources, the staging models, the model of orphans and docs/extracts.md from the contract of the datasets.

Run by `make generate`; a test says when the written files are behind `extracts/contract.yaml`.
"""

from __future__ import annotations

from pathlib import Path

from dbt_project.orphans_sql import orphans_sql
from extracts.contract import Dataset, Reference, load_contract

ROOT = Path(__file__).resolve().parent.parent
STAGING = ROOT / "models" / "staging"
ORPHANS = ROOT / "models" / "intermediate" / "load" / "int_orphans.sql"
NOTICE = "Made from extracts/contract.yaml by `make generate`: do not edit."

#: The large ones, whose tables are kept from build to build (a night costs what came, not what there is), and which
#: keys of theirs a build looks at again; None: all of them are looked at.
KEPT = {"marks": "int_changed_marks", "lessons": "int_changed_lessons", "attendances": None}

RUN_TABLES = {
    "deliveries": "Что поступило: дата загрузки × набор данных, способ передачи (снимок или изменения)",
    "rejected_keys": "Ключи отклонённых строк снимков: у них действует прежняя версия",
    "run_context": "Параметры сборки: дата as_of, порог округления",
    "written_years": "Закрытые учебные годы, которые уже записаны и не пересчитываются",
}


def generated_files() -> dict[Path, str]:
    """Every generated file with its content."""
    contract = load_contract()
    files = {STAGING / f"stg_{name}.sql": staging_sql(dataset) for name, dataset in contract.items()}
    files[STAGING / "_sources.yml"] = sources_yaml(contract)
    files[STAGING / "_staging.yml"] = staging_yaml(contract)
    files[ORPHANS] = orphans_sql(contract, NOTICE)
    files[ROOT / "docs" / "extracts.md"] = extracts_markdown(contract)
    return files


def staging_columns(dataset: Dataset) -> dict[str, str]:
    """Columns of a staging model with their types: the contract's, less `deleted_at`, plus version, currency and the
    delivery that brought the current version."""
    own = {c.name: c.sql_type for c in dataset.columns if c.name != "deleted_at"}
    version = {"version_at": "TIMESTAMP"} if dataset.version else {}
    current = {"is_current": "BOOLEAN"} if dataset.vanished == "keep" else {}
    return own | version | current | {"load_date": "DATE"}


def version_expression(dataset: Dataset) -> str:
    """SQL of a row's version: updated_at, else created_at, else the end of the load date (1-extracts.md)."""
    if dataset.version is None:
        return "cast(null as timestamp)"
    created = "rows_delivered.created_at, " if dataset.has_column("created_at") else ""
    end_of_day = "cast(rows_delivered._load_date as timestamp) + interval '86399 seconds'"
    return f"coalesce(rows_delivered.{dataset.version}, {created}{end_of_day})"


def staging_sql(dataset: Dataset) -> str:
    """The staging model of a dataset: the current version of each row."""
    technical = {"version_at": "_version_at as version_at", "load_date": "_load_date as load_date"}
    select = ",\n    ".join(technical.get(name, name) for name in staging_columns(dataset))
    config = kept_config(dataset) if dataset.name in KEPT else ""
    return (
        f"-- {NOTICE}\n"
        f"-- Grain: {', '.join(dataset.key)}. The current version of each row; a deleted row is gone.\n"
        f"{config}"
        "with\n"
        "{{\n"
        f"    {current_rows(dataset)}\n"
        "}}\n\n"
        f"select\n    {select}\nfrom current_rows\n"
    )


def current_rows(dataset: Dataset) -> str:
    """The call of dbt's macro that gives the current version of each row."""
    arguments = [
        f'"{dataset.name}"',
        f"key={list(dataset.key)}".replace("'", '"'),
        f'version="{version_expression(dataset)}"',
        f'rejected_key="{dataset.key_text("rows_delivered.")}"',
    ]
    if dataset.scope:
        arguments.append(f'scope="{dataset.scope}"')
    if dataset.vanished == "keep":
        arguments.append('vanished="keep"')
    if not dataset.is_deletable:
        arguments.append("deletable=false")
    if dataset.name in KEPT:
        arguments.append("kept=true")
    call = ",\n        ".join(arguments)
    return f"current_rows(\n        {call}\n    )"


def kept_config(dataset: Dataset) -> str:
    """The configuration of a table that is kept: before it takes in what came, it lets go of the rows of those keys."""
    key = list(dataset.key)
    hook = f"let_go({key}, '(' ~ arrived_keys('{dataset.name}', {key}) ~ ')', keep_as='{dataset.name}')"
    return f'{{{{\n    config(\n        materialized="incremental",\n        pre_hook="{{{{ {hook} }}}}"\n    )\n}}}}\n'


def sources_yaml(contract: dict[str, Dataset]) -> str:
    """The dbt sources: one view a dataset over its raw Parquet, and the tables of the run."""
    lines = [
        f"# {NOTICE}",
        "version: 2",
        "",
        "sources:",
        "  - name: raw",
        "    schema: raw",
        "    description: Поставки как они пришли, приведённые к типам (одна строка файла — одна строка)",
        "    tables:",
    ]
    tables = {name: dataset.title for name, dataset in contract.items()} | RUN_TABLES
    for name, title in tables.items():
        lines += [f"      - name: {name}", f"        description: {quoted(title)}"]
    return "\n".join(lines) + "\n"


def staging_yaml(contract: dict[str, Dataset]) -> str:
    """Contracts, grain tests and descriptions of the staging models."""
    lines = [f"# {NOTICE}", "version: 2", "", "models:"]
    for dataset in contract.values():
        titles = {column.name: column.title for column in dataset.columns} | {
            "version_at": "Версия строки",
            "is_current": "Есть в последнем снимке",
            "load_date": "Поставка, с которой пришла действующая версия",
        }
        lines += [
            f"  - name: stg_{dataset.name}",
            f"    description: {quoted(dataset.title + ': действующая версия каждой строки')}",
            "    config:",
            "      contract:",
            "        enforced: true",
            "    data_tests:",
            "      - grain:",
            f"          name: grain_of_stg_{dataset.name}",
            "          arguments:",
            f"            columns: [{', '.join(dataset.key)}]",
            *([f"            changed: ref('{changed}')"] if (changed := KEPT.get(dataset.name)) else []),
            "    columns:",
        ]
        for name, sql_type in staging_columns(dataset).items():
            lines += [
                f"      - name: {name}",
                f"        data_type: {sql_type.lower()}",
                f"        description: {quoted(titles[name])}",
            ]
    return "\n".join(lines) + "\n"


def extracts_markdown(contract: dict[str, Dataset]) -> str:
    """docs/extracts.md: every dataset and column for those who prepare a delivery."""
    lines = [f"<!-- {NOTICE} -->", "# Extracts: datasets and columns", ""]
    for dataset in contract.values():
        mode = {"snapshot": "снимок", "change_set": "изменения"}[dataset.mode]
        lines += [
            f"## `{dataset.name}` — {dataset.title}",
            "",
            f"Способ передачи: {mode}. Ключ: {', '.join(f'`{column}`' for column in dataset.key)}.",
            "",
            "| column | type | may be empty | название | limits | references |",
            "|---|---|---|---|---|---|",
        ]
        references = {reference.column: _shown(reference) for reference in dataset.references}
        for column in dataset.columns:
            limits = ", ".join(f"`{value}`" for value in column.values)
            if column.minimum is not None or column.maximum is not None:
                limits = f"{column.minimum} … {column.maximum}"
            empty = "" if column.required else "yes"
            lines.append(
                f"| `{column.name}` | {column.type} | {empty} | {column.title} | {limits}"
                f" | {references.get(column.name, '')} |"
            )
        lines.append("")
    return "\n".join(lines)


def _shown(reference: Reference) -> str:
    targets = (f"{t.dataset}" if t.is_key else f"{t.dataset}.{t.column}" for t in reference.targets)
    return ", ".join(f"`{target}`" for target in targets)


def quoted(text: str) -> str:
    """A YAML double-quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> None:
    """Writes every generated file."""
    for path, content in generated_files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")


if __name__ == "__main__":
    main()
