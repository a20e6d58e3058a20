"""`portfolio demo` and `portfolio sample`: a synthetic region, from deliveries to reports."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

from extracts.errors import BadInput
from extracts.landing import find_deliveries
from extracts.raw import merged_deliveries
from extracts.remote_landing.address import Landing, LandingAddress
from extracts.sample import write_region
from extracts.sample.parameters import FileFormat
from orchestration import progress
from orchestration.exits import NOTHING_NEW, PUBLISHED, Ending
from orchestration.home import Home, make_private_folder, private_umask, read_json, write_json
from orchestration.locking import writer_lock
from orchestration.night import LoadRequest, load
from orchestration.settings import Settings

STUDENTS = 400
NIGHTS = 3
SEED = 1

#: How many foreign dates a message names.
SHOWN_DATES = 5


def run_demo(settings: Settings) -> Ending:
    """Makes the region (once), loads and publishes each night of it, makes package and reports.

    Safe to repeat: what a killed demo left undone is finished, what is done stays. All of it is below the home, the
    landing zone too. Errors: BadInput if the home holds deliveries that are not the demo's.
    """
    # Steps of a run read the settings anew: the landing zone of the demo is below the home for them, too.
    _refuse_address(settings.landing)
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


def write_sample(out: Path, *, students: int, nights: int, seed: int, file_format: FileFormat) -> list[date]:
    """Writes the sample region as deliveries; gives the load dates.

    A killed call is finished by the next one. Errors: BadInput if the folder holds anything but this same region.
    """
    if out.parts[:1] and out.parts[0].endswith(":"):
        raise BadInput("Учебный регион пишется только в папку этой машины: укажите в --out путь, а не адрес.")
    make_private_folder(out.parent)
    with private_umask():
        write_region(out, students=students, nights=nights, seed=seed, file_format=file_format, progress=progress.say)
    return [delivery.load_date for delivery in find_deliveries(out)]


def _refuse_address(landing: Landing) -> None:
    if isinstance(landing, LandingAddress):
        raise BadInput(
            f"Демонстрация идёт только на этой машине, а зона приёма — {landing}. Укажите для неё свою папку:"
            " PORTFOLIO_HOME=/новая/папка PORTFOLIO_LANDING=/новая/папка/landing portfolio demo."
        )


def _refuse_others(home: Home, landing: Path) -> None:
    """Before the demo's landing zone is complete nothing may be merged; after that nothing but what stood in it."""
    ours = set(read_json(home.demo_marker).get("deliveries", ()))
    there = {day.isoformat() for day in merged_deliveries(home.root)}
    if ours and landing.is_dir():
        there |= {delivery.load_date.isoformat() for delivery in find_deliveries(landing)}
    others = sorted(there - ours)
    if others:
        raise BadInput(
            f"В {home.root} есть поставки, которые сделаны не демонстрацией ({', '.join(others[:SHOWN_DATES])})."
            " Укажите для неё другую папку: PORTFOLIO_HOME=/путь/к/новой/папке portfolio demo."
        )


def _make_landing(home: Home, landing: Path) -> None:
    if home.demo_marker.exists():
        return
    progress.say(f"Учебный регион: {STUDENTS} учащихся, {NIGHTS} ночи")
    # A landing zone that holds something else is refused by whoever writes into it.
    days = write_sample(landing, students=STUDENTS, nights=NIGHTS, seed=SEED, file_format="csv")
    write_json(home.demo_marker, {"seed": SEED, "students": STUDENTS, "deliveries": [day.isoformat() for day in days]})
