"""The model that counts rows whose ids lead nowhere, written from the references of the contract.

One pass over each dataset, whatever the number of its references: its narrow columns against the ids that are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from extracts.contract import Dataset, Reference


def orphans_sql(contract: Mapping[str, Dataset], notice: str) -> str:
    """The model `int_orphans`: dataset × column × delivery → current rows whose id in that column leads nowhere."""
    referring = [dataset for dataset in contract.values() if dataset.references]
    ctes = list(_lists(referring))
    ctes += [_counts(dataset) for dataset in referring]
    selects = [_select(dataset, reference) for dataset in referring for reference in dataset.references]
    return (
        f"-- {notice}\n"
        "-- Grain: dataset × column_name × load_date. Current rows whose id in that column leads nowhere, by the\n"
        "-- delivery that brought them. An empty id is none; a profile that was merged into another is known; of a\n"
        "-- dictionary only the rows that the last snapshot still names are looked at.\n"
        "with\n" + ",\n\n".join(ctes) + "\n\n" + "\nunion all\n".join(selects) + "\n"
    )


def _lists(referring: list[Dataset]) -> Iterator[str]:
    """The ids of targets in which an id may stand more than once, or in either of which it may stand."""
    references = {reference.column: reference for dataset in referring for reference in dataset.references}
    for reference in references.values():
        if not _is_simple(reference):
            lists = [
                f'    select {target.column} as id\n    from {{{{ ref("stg_{target.dataset}") }}}}'
                for target in reference.targets
            ]
            # A union with nothing else makes ids unique, too.
            body = "\n    union\n".join(lists) if len(lists) > 1 else lists[0].replace("select", "select distinct")
            yield f"{_list_name(reference)} as (\n{body}\n)"


def _counts(dataset: Dataset) -> str:
    counts = ",\n".join(
        f"        count(*) filter (\n            where {_leads_nowhere(reference)}\n        ) as {reference.column}"
        for reference in dataset.references
    )
    current = "    where rows_checked.is_current\n" if dataset.vanished == "keep" else ""
    return (
        f"{dataset.name}_orphans as (\n    select\n        rows_checked.load_date,\n{counts}\n"
        f'    from {{{{ ref("stg_{dataset.name}") }}}} as rows_checked\n{_joins(dataset)}\n'
        f"{current}    group by rows_checked.load_date\n)"
    )


def _leads_nowhere(reference: Reference) -> str:
    column = reference.column
    return f"rows_checked.{column} is not null and of_{column}.{_id(reference)} is null"


def _joins(dataset: Dataset) -> str:
    return "\n".join(
        f"    left join {_relation(reference)} as of_{reference.column}\n"
        f"        on rows_checked.{reference.column} = of_{reference.column}.{_id(reference)}"
        for reference in dataset.references
    )


def _select(dataset: Dataset, reference: Reference) -> str:
    return (
        f"select\n    '{dataset.name}' as dataset,\n    '{reference.column}' as column_name,\n    load_date,\n"
        f"    {reference.column} as rows_count\nfrom {dataset.name}_orphans\nwhere {reference.column} > 0"
    )


def _is_simple(reference: Reference) -> bool:
    return len(reference.targets) == 1 and reference.targets[0].is_key


def _list_name(reference: Reference) -> str:
    return f"listed_{reference.column}"


def _relation(reference: Reference) -> str:
    return f'{{{{ ref("stg_{reference.targets[0].dataset}") }}}}' if _is_simple(reference) else _list_name(reference)


def _id(reference: Reference) -> str:
    return reference.targets[0].column if _is_simple(reference) else "id"
