"""The command `portfolio` (specification 5-operation.md). Exit statuses: 0 published, 3 nothing new, 4 stopped by a
check, 5 bad input, 6 sent and not confirmed, 1 anything else; 2 is a wrong use of the command itself.

Dagster, dbt and the rooms' heavy libraries are imported by the calls that need them, not by `--help` or `status`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.exits import BAD_INPUT, FAILED, NOTHING_NEW, PUBLISHED, Ending
from orchestration.settings import Settings, find_home, load_settings

app = typer.Typer(
    name="portfolio",
    help="Школьное портфолио региона: приём выгрузок, витрины, пакет для портала, отчёты.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

DAY = "ГГГГ-ММ-ДД"

#: What is printed for an ending that no message speaks of.
NO_NEWS = "Новых поставок нет: всё принятое уже опубликовано."


class SampleFormat(StrEnum):
    """The formats that the sample region can be written in."""

    CSV = "csv"
    CSV_WINDOWS_1251 = "csv-windows-1251"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


class UserRole(StrEnum):
    """What somebody who logs in to the dashboards does."""

    OPERATOR = "operator"
    QUALITY = "quality"
    METHODOLOGIST = "methodologist"


def parse_day(text: str) -> date:
    """A date as the command takes it. Errors: BadParameter (exit status 2)."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise typer.BadParameter(f"ожидается дата вида {DAY}, например 2026-10-01") from None


LoadDate = Annotated[date | None, typer.Option("--date", parser=parse_day, metavar=DAY, help="Только эта поставка")]
AsOf = Annotated[
    date | None,
    typer.Option("--as-of", parser=parse_day, metavar=DAY, help="На какую дату считать (обычно — последняя поставка)"),
]


@app.command()
def demo() -> None:
    """Учебный регион: три ночи поставок, публикация, пакет и отчёты."""
    from orchestration.demo import run_demo

    _finish(run_demo)


@app.command()
def load(
    load_date: LoadDate = None,
    as_of: AsOf = None,
    each_night: Annotated[
        bool, typer.Option("--each-night", help="Публиковать после каждой поставки, а не только после последней")
    ] = False,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="НАБОР", help="Принять поставку без этого набора")
    ] = None,
    overrule: Annotated[
        bool, typer.Option("--overrule", help="Один раз пропустить поставку, остановленную предохранителем")
    ] = False,
) -> None:
    """Ночная работа: принять поставки, посчитать, проверить, опубликовать, сделать пакет и отчёты."""
    from orchestration.night import LoadRequest
    from orchestration.night import load as run

    if each_night and as_of:
        raise typer.BadParameter("--each-night и --as-of вместе не имеют смысла")
    request = LoadRequest(load_date, as_of, each_night, tuple(without or ()), overrule)
    _finish(lambda settings: run(settings, request))


@app.command()
def export(
    as_of: AsOf = None,
    full: Annotated[bool, typer.Option("--full", help="Полный пакет, а не изменения")] = False,
    overrule: Annotated[
        bool, typer.Option("--overrule", help="Сделать и такой пакет, который удаляет с портала больше предела")
    ] = False,
) -> None:
    """Пакет для портала ещё раз, из опубликованного состояния."""
    from orchestration.night import export as run

    _finish(lambda settings: run(settings, full=full, as_of=as_of, overrule=overrule))


@app.command()
def send(
    to: Annotated[
        str | None, typer.Option("--to", metavar="АДРЕС", help="Загрузчик портала; обычно — portal.url из настроек")
    ] = None,
    package: Annotated[
        str | None, typer.Option("--package", metavar="ПАКЕТ", help="Какой пакет имеется в виду (последний)")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Только показать, что было бы отправлено")] = False,
    delivered: Annotated[
        bool, typer.Option("--delivered", help="Ничего не отправлять: пакет Avro уже загружен в ядро витрины")
    ] = False,
    abandon: Annotated[
        bool,
        typer.Option("--abandon", help="Не ждать больше начатых запросов: портал их потерял; их строки уйдут снова"),
    ] = False,
) -> None:
    """Отправить пакет на портал и проследить до подтверждения; прерванная отправка продолжается."""
    from orchestration.sending import SendRequest
    from orchestration.sending import send as run

    request = SendRequest(to, package, dry_run, delivered, abandon)
    _finish(lambda settings: _watched(lambda one: run(one, request), settings), places_wanted=False)


@app.command()
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ИСТОЧНИК]...", help="Только эти источники; без них — все")
    ] = None,
    load_date: Annotated[
        date | None,
        typer.Option("--date", parser=parse_day, metavar=DAY, help="За какой день (обычно — за вчерашний)"),
    ] = None,
) -> None:
    """Запросить источники из настроек и собрать из них поставку; прерванный запрос продолжается."""
    from orchestration.pulling import PullRequest
    from orchestration.pulling import pull as run

    request = PullRequest(load_date, tuple(names or ()))
    _finish(lambda settings: _watched(lambda one: run(one, request), settings), places_wanted=False)


@app.command()
def sample(
    students: Annotated[int, typer.Option(min=1, help="Сколько учащихся")],
    nights: Annotated[int, typer.Option(min=1, help="Сколько ночей")],
    out: Annotated[Path, typer.Option(help="Папка для поставок")],
    seed: Annotated[int, typer.Option(help="Зерно: одно и то же даёт один и тот же регион")] = 1,
    file_format: Annotated[SampleFormat, typer.Option("--format", help="Формат файлов")] = SampleFormat.CSV,
) -> None:
    """Только учебный регион, любого размера, в виде поставок."""
    from orchestration.demo import write_sample

    def run(_settings: Settings) -> Ending:
        write_sample(out, students=students, nights=nights, seed=seed, file_format=file_format.value)
        typer.echo(f"Поставки: {out.absolute()}")
        return Ending(PUBLISHED)

    _finish(run, places_wanted=False)


@app.command()
def explain(
    student: Annotated[str, typer.Argument(metavar="УЧАЩИЙСЯ", help="Код профиля учащегося (student_profile_id)")],
    as_of: AsOf = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Документ целиком, с персональными данными (схема — portal/openapi.yaml)")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="ФАЙЛ", help="Страница предпросмотра, с персональными данными")
    ] = None,
) -> None:
    """Что портал покажет об учащемся, почему раздел пуст и как это исправить."""
    from orchestration.explaining import explained, explanation_lines, write_preview

    def run(settings: Settings) -> Ending:
        document = explained(settings, student, as_of=as_of)
        if html is not None:
            write_preview(document, html)
        elif as_json:
            typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        else:
            for line in explanation_lines(document):
                typer.echo(line)
        return Ending(PUBLISHED)

    _finish(run, places_wanted=False)


@app.command()
def dashboards(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="ПОРТ", help="Порт; 0 — любой свободный")
    ] = 8050,
    host: Annotated[
        str, typer.Option("--host", metavar="АДРЕС", help="Адрес этой машины; обычно панели видны только с неё самой")
    ] = "127.0.0.1",
) -> None:
    """Панели: своды опубликованного для всех, списки с именами — по роли; только чтение. Остановить — Ctrl-C."""
    from orchestration.dashboards import serve_dashboards

    def run(settings: Settings) -> Ending:
        serve_dashboards(settings, host=host, port=port, announce=typer.echo)
        return Ending(PUBLISHED)

    _finish(run, places_wanted=False)


users = typer.Typer(help="Кто входит в панели: местные пользователи, их роли и области.", no_args_is_help=True)
app.add_typer(users, name="users")

UserName = Annotated[str, typer.Argument(metavar="ИМЯ", help="Имя для входа")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Пароль — первая строка стандартного ввода")]


@users.command("add")
def users_add(
    name: UserName,
    *,
    role: Annotated[
        UserRole, typer.Option(help="Методист видит только своды; оператор и качество — и страницы с именами")
    ],
    municipality: Annotated[
        str | None, typer.Option("--municipality", metavar="МУНИЦИПАЛИТЕТ", help="Имена только этого муниципалитета")
    ] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", metavar="КОД", help="Имена только этой организации")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="SUB", help="Входит через OpenID Connect: его «sub», без пароля")
    ] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Завести пользователя; область без уточнений — весь регион. Пароль спрашивается дважды."""
    from orchestration.dashboard_users import NewUser, add

    if municipality is not None and organization is not None:
        raise typer.BadParameter("--municipality и --organization вместе не имеют смысла")
    if subject is not None and password_stdin:
        raise typer.BadParameter("--subject и --password-stdin вместе не имеют смысла: пароль знает провайдер")
    request = NewUser(name, role.value, municipality, organization, subject, password_stdin)
    _finish_lines(lambda one: add(one, request))


@users.command("password")
def users_password(name: UserName, password_stdin: PasswordStdin = False) -> None:
    """Задать пользователю новый пароль; кто вошёл со старым, выйдет."""
    from orchestration.dashboard_users import change_password

    _finish_lines(lambda one: change_password(one, name, from_stdin=password_stdin))


@users.command("remove")
def users_remove(name: UserName) -> None:
    """Убрать пользователя; если он сейчас вошёл, он выйдет."""
    from orchestration.dashboard_users import remove

    _finish_lines(lambda one: remove(one, name))


@users.command("list")
def users_list() -> None:
    """Кто заведён, с какой ролью и областью."""
    from orchestration.dashboard_users import user_lines

    _finish_lines(user_lines)


@app.command()
def status() -> None:
    """Что загружено, что опубликовано, что ждёт."""
    from orchestration.status import status_lines

    def run(settings: Settings) -> Ending:
        for line in status_lines(settings):
            typer.echo(line)
        return Ending(PUBLISHED)

    _finish(run, places_wanted=False)


def main() -> None:
    """The entry point `portfolio`."""
    # Whatever is made belongs to its owner alone (152-ФЗ), whoever makes it: DuckDB, SQLite, dbt.
    os.umask(0o077)
    app()


def _finish(run: Callable[[Settings], Ending], *, places_wanted: bool = True) -> None:
    """Calls the work of a command, prints how it ended, exits with its status."""
    ending = _guarded(run, places_wanted=places_wanted)
    for message in ending.messages:
        print(message, file=sys.stderr)
    raise typer.Exit(ending.exit_status)


def _finish_lines(run: Callable[[Settings], Sequence[str]]) -> None:
    """Calls the work of a small command and prints the lines that it gives."""

    def printed(settings: Settings) -> Ending:
        for line in run(settings):
            typer.echo(line)
        return Ending(PUBLISHED)

    _finish(printed, places_wanted=False)


def _guarded(run: Callable[[Settings], Ending], *, places_wanted: bool) -> Ending:
    try:
        settings = load_settings()
        if not places_wanted:
            return run(settings)
        ending = _shown(run, settings)
    except KeyboardInterrupt:
        return Ending(FAILED, ("Прервано. Опубликованное не изменено; следующий запуск продолжит.",))
    except Exception as error:  # one clear line for the operator; where it came from is in the log file
        return _told(error)
    return ending


def _told(error: Exception) -> Ending:
    from orchestration.failures import ending_of, log_traceback
    from orchestration.logs import log_to_file

    ending = ending_of(error)
    if ending.exit_status == FAILED:
        log_to_file(find_home(os.environ))
        log_traceback(error)
    return ending


def _shown(run: Callable[[Settings], Ending], settings: Settings) -> Ending:
    ending = _watched(run, settings)
    _print_places(settings, ending)
    return ending


def _watched(run: Callable[[Settings], Ending], settings: Settings) -> Ending:
    from orchestration.logs import log_to_file
    from orchestration.terminal import shown_progress

    log_to_file(settings.home)
    with shown_progress():
        return run(settings)


def _print_places(settings: Settings, ending: Ending) -> None:
    from orchestration.night import places

    if ending.exit_status == NOTHING_NEW and not ending.messages:
        typer.echo(NO_NEWS)
    if ending.exit_status in (PUBLISHED, NOTHING_NEW, BAD_INPUT):
        for line in places(settings):
            typer.echo(line)
