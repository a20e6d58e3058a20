"""The circuit breaker of a load: too many rejects, or a snapshot that shrank (specification 1-extracts.md).

Does not belong here: checks of what the rows say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from extracts.options import LoadOptions
from extracts.report import DatasetReport, DeliveryReport

_OVERRULE = "Если так и должно быть, загрузите с ключом --overrule."


def find_alarms(
    load_date: date, datasets: Sequence[DatasetReport], earlier: Sequence[DeliveryReport], options: LoadOptions
) -> list[str]:
    """One line for each dataset whose load should stop, with counts alone; empty if all is well.

    `earlier`: the reports of the deliveries merged before this date, newest first.
    """
    alarms = [
        alarm
        for dataset in datasets
        for alarm in (_too_many_rejects(load_date, dataset, options), _too_few_rows(dataset, earlier, options))
    ]
    return [alarm for alarm in alarms if alarm]


def _too_many_rejects(load_date: date, dataset: DatasetReport, options: LoadOptions) -> str | None:
    rejected, read = dataset.rows_rejected, dataset.rows_read
    if rejected <= options.reject_count or rejected <= options.reject_share * read:
        return None
    return (
        f"{dataset.dataset}: отклонено строк {rejected} из {read}, это больше {options.reject_count} строк и "
        f"{options.reject_share:.2%}. Посмотрите rejects/{load_date}.csv и исправьте выгрузку. {_OVERRULE}"
    )


def _too_few_rows(dataset: DatasetReport, earlier: Sequence[DeliveryReport], options: LoadOptions) -> str | None:
    if dataset.mode != "snapshot":
        return None
    before, now = _comparable_rows(dataset, _snapshots(dataset.dataset, earlier))
    lost = before - now
    if lost <= options.lost_count or lost <= options.lost_share * before:
        return None
    return (
        f"{dataset.dataset}: в снимке строк {now}, в прошлом было {before}: потеряно {lost}, это больше "
        f"{options.lost_count} строк и {options.lost_share:.2%}. Проверьте полноту выгрузки. {_OVERRULE}"
    )


def _snapshots(name: str, earlier: Sequence[DeliveryReport]) -> list[DatasetReport]:
    datasets = (dataset for report in earlier for dataset in report.datasets)
    return [dataset for dataset in datasets if dataset.dataset == name and dataset.mode == "snapshot"]


def _comparable_rows(dataset: DatasetReport, snapshots: Sequence[DatasetReport]) -> tuple[int, int]:
    """Rows before and now. A snapshot speaks only of the academic years that it contains: only they are compared."""
    if not snapshots:
        return 0, dataset.rows_loaded
    if not dataset.rows_by_year:  # no years in this dataset, or nothing is left of it at all
        return snapshots[0].rows_loaded, dataset.rows_loaded
    before = sum(_rows_of_year(year, snapshots) for year in dataset.rows_by_year)
    return before, dataset.rows_loaded


def _rows_of_year(year: str, snapshots: Sequence[DatasetReport]) -> int:
    spoken = (snapshot.rows_by_year for snapshot in snapshots if snapshot.rows_by_year)
    return next((years[year] for years in spoken if year in years), 0)
