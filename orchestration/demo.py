"""`portfolio demo` and `portfolio sample`: a synthetic region, from deliveries to reports."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal

from extracts.raw import merged_deliveries

from extracts.errors import BadInput
from extracts.landing import find_deliveries
from extracts.sample import write_region
from orchestration import progress
from orchestration.exits import NOTHING_NEW, PUBLISHED, Ending
from orchestration.home import Home, make_private_folder, private_umask, read_json, write_json
from orchestration.locking import writer_lock
from orchestration.night import LoadRequest, load
from orchestration.settings import Settings

STUDENTS = 400
NIGHTS = 3
SEED = 1


def run_demo(settings: Settings) -> Ending:
    """Makes the region (once), loads and publishes each night of it, makes package and reports.

    Safe to repeat: what a killed demo left undone is finished, what is done stays. All of it is below the home, the
    landing zone too. Errors: BadInput if the home holds deliveries that are not the demo's.
    """
    # Steps of a run read the settings anew: the landing zone of the demo is below the home for them, too.
    landing = settings.home.root / "landing"
    os.environ["PORTFOLIO_LANDING"] = str(landing)
    with writer_lock(settings.home):
        _refuse_others(settings.home, landing)
        _make_landing(settings.home, landing)
        ending = load(replace(settings, landing=landing), LoadRequest(each_night=True))
    if ending.exit_status != NOTHING_NEW:
        return ending
    progress.say("Учебный регион уже готов.")
    return Ending(PUBLISHED)


def write_sample(
    out: Path, *, students: int, nights: int, seed: int, file_format: Literal["csv", "parquet"]
) -> list[date]:
    """Writes the sample region into a new or empty folder; gives the load dates.

    Errors: BadInput if the folder holds something: deliveries of two regions must not mix.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out}: папка не пуста. Укажите новую или пустую папку.")
    make_private_folder(out.parent)
    with private_umask():
        write_region(out, students=students, nights=nights, seed=seed, file_format=file_format)
    return [delivery.load_date for delivery in find_deliveries(out)]


def _refuse_others(home: Home, landing: Path) -> None:
    ours = set(read_json(home.demo_marker).get("deliveries", ()))
    there = {*_dates(merged_deliveries(home.root))}
    if landing.exists():
        there |= {*_dates(delivery.load_date for delivery in find_deliveries(landing))}
    others = sorted(there - ours)
    if others:
        raise BadInput(
            f"В {home.root} есть поставки, которые сделаны не демонстрацией ({', '.join(others[:5])})."
            " Укажите для неё другую папку: PORTFOLIO_HOME=/путь/к/новой/папке portfolio demo."
        )


def _make_landing(home: Home, landing: Path) -> None:
    if landing.is_dir() and find_deliveries(landing):
        return
    progress.say(f"Учебный регион: {STUDENTS} учащихся, {NIGHTS} ночи")
    # Written aside and renamed: a killed demo leaves no half of a region where deliveries are looked for.
    unfinished = home.root / ".demo-landing"
    shutil.rmtree(unfinished, ignore_errors=True)
    days = write_sample(unfinished, students=STUDENTS, nights=NIGHTS, seed=SEED, file_format="csv")
    write_json(home.demo_marker, {"seed": SEED, "students": STUDENTS, "deliveries": list(_dates(days))})
    if landing.is_dir():
        landing.rmdir()
    unfinished.rename(landing)


def _dates(days: Iterable[date]) -> Iterable[str]:
    return (day.isoformat() for day in days)
