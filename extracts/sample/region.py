"""write_region(): a synthetic region as deliveries, at any size, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date
from pathlib import Path

from extracts.sample.bucket import BucketWork, PlantedRow, write_bucket
from extracts.sample.files import TEMPORARY, FileWriter, finish_folder, prepare_folder, write_planted
from extracts.sample.nights import make_nights
from extracts.sample.parameters import DEFAULT_FIRST_NIGHT, FileFormat, RegionParameters
from extracts.sample.plan import export_plan, make_plan, plan_variables
from extracts.sample.sql_files import open_database, set_variables

#: Datasets that are written once for the region.
REGION_DATASETS = (
    "organizations",
    "class_units",
    "subjects",
    "control_forms",
    "achievement_types",
    "academic_years",
    "kug_periods",
    "attestation_periods",
    "calendar_transpositions",
)
DEFAULT_MEMORY_MB = 6000


def write_region(
    out: Path,
    *,
    students: int,
    nights: int,
    seed: int = 1,
    first_night: date = DEFAULT_FIRST_NIGHT,
    file_format: FileFormat = "csv",
    history_years: int = 0,
    threads: int | None = None,
    memory_mb: int = DEFAULT_MEMORY_MB,
    progress: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write `nights` deliveries of a synthetic region into `<out>/<YYYY-MM-DD>` and give their folders, oldest first.

    The first delivery holds everything up to its night, each later one what is new or changed (snapshots in full).
    `<out>/planted.csv` lists the defects that stand on the last night. Equal parameters give equal bytes, whatever
    `threads` and `memory_mb` (of all threads together) are. `progress` is told each step in Russian.

    Raises BadInput for parameters out of range and where `out` holds anything but a region of the same parameters.
    Deliveries: specification 1-extracts.md; rules of the planted defects: 3-quality.md.
    """
    parameters = RegionParameters(
        students=students,
        nights=nights,
        seed=seed,
        first_night=first_night,
        file_format=file_format,
        history_years=history_years,
    )
    say = progress or _say_nothing
    workers = max(1, threads or os.cpu_count() or 1)
    memory = f"{max(500, memory_mb // workers)}MB"
    prepare_folder(out, parameters)
    work = _plan_region(out, parameters, memory, say)
    planted = _write_buckets(work, workers, say)
    write_planted(out, planted)
    folders = finish_folder(out, parameters)
    say(f"Готово: поставок {len(folders)}, последняя за {parameters.last_night}")
    return folders


def _plan_region(out: Path, parameters: RegionParameters, memory: str, say: Callable[[str], None]) -> BucketWork:
    """Make the plan, write the datasets of the whole region, and give what the buckets are made from."""
    nights = make_nights(parameters.load_dates)
    writer = FileWriter(out, parameters.file_format)
    connection = open_database(memory=memory, temporary=out / TEMPORARY)
    try:
        make_plan(connection, parameters, say)
        for night in nights:
            set_variables(connection, night.variables)
            for dataset in REGION_DATASETS:
                writer.write(connection, night.load_date, dataset, None)
        return BucketWork(
            plan=export_plan(connection),
            variables=plan_variables(connection, parameters),
            nights=nights,
            writer=writer,
            memory=memory,
            temporary=out / TEMPORARY,
        )
    finally:
        connection.close()


def _write_buckets(work: BucketWork, workers: int, say: Callable[[str], None]) -> list[PlantedRow]:
    """Write the buckets side by side; the order in which they end is no matter."""
    buckets = sorted(set(work.plan["org"]["bucket"].to_pylist()))
    parts: list[int | None] = [None] if len(buckets) == 1 else [number + 1 for number in range(len(buckets))]
    planted: list[PlantedRow] = []
    with ThreadPoolExecutor(max_workers=min(workers, len(buckets))) as pool:
        running = [pool.submit(write_bucket, work, bucket, part) for bucket, part in zip(buckets, parts, strict=True)]
        try:
            for number, finished in enumerate(as_completed(running), start=1):
                planted += finished.result()
                say(f"Журналы и карточки: часть {number} из {len(buckets)}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return planted


def _say_nothing(_message: str) -> None:
    """Nobody listens."""
