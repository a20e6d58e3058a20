"""dbt, called in this process: one call costs a tenth of what starting its command does.

dbt's own log files, its `run_results.json` and the messages of its results are switched off or left unread: a failed
statement's message may quote a value. What is told of a node is its name, its status and a count.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.home import Home, make_private_folder, private_umask
from orchestration.locking import exclusive
from orchestration.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
MODELS = PROJECT.parent / "models"

#: dbt's own file of the parsed project, beside manifest.json.
PARSED = "partial_parse.msgpack"

#: Told the name of every node that is done, how many are done, and how many there are.
OnNode = Callable[[str, int, int], None]

# Kinds of error of the engine that can be named without a value; the rest of the message is never read.
_ENGINE_ERROR = re.compile(r"\b([A-Z][A-Za-z]+(?: [A-Za-z]+)? Error)\b")


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or data test."""

    unique_id: str
    name: str
    is_test: bool
    status: str
    failures: int | None
    seconds: float
    error: str | None = None

    @property
    def is_broken(self) -> bool:
        """A failed blocking test, or a node that could not be run."""
        return self.status in {"error", "fail", "runtime error"}


class DbtError(Exception):
    """dbt did not get as far as its nodes; the message is about the project, not about data."""


def manifest_path(settings: Settings) -> Path:
    """The manifest of the project as it is now, parsed if it has not been yet.

    Errors: DbtError if the project does not parse.
    """
    target = settings.home.dbt_target / project_fingerprint()
    manifest = target / "manifest.json"
    make_private_folder(settings.home.dbt_target)
    # Several processes load the definitions at once: one parses, the others wait and find the manifest.
    with exclusive(settings.home.dbt_target / ".lock"):
        if not manifest.is_file():
            _parse(settings, target)
            _forget_others(settings.home, target)
    return manifest


def build(
    settings: Settings,
    build_db: Path,
    *,
    on_node: OnNode | None = None,
    select: Sequence[str] = (),
    continues: bool = False,
) -> list[NodeResult]:
    """Builds all seeds and models in the build file and runs all data tests (unit tests are for development);
    with `select`, only those that dbt selects; `continues`: the file's large tables are kept (build_state).

    Errors: DbtError if dbt could not start; failing nodes are results, not errors.
    """
    from dbt.contracts.graph.manifest import Manifest

    target = manifest_path(settings).parent
    # Parsed once for each version of the project: the night itself parses nothing.
    manifest = Manifest.from_msgpack((target / PARSED).read_bytes())
    command = ["build", "--exclude-resource-type", "unit_test", "--no-write-json"]
    # Of a selection, only the tests all of whose models are in it.
    command += ["--indirect-selection", "cautious", "--select", *select] if select else []
    outcome = _invoke(
        settings, command, target, build_db=build_db, manifest=manifest, on_node=on_node, continues=continues
    )
    results = getattr(outcome.result, "results", None)
    if results is None:
        raise DbtError(f"dbt не смог начать сборку: {_kind(outcome.exception)}")
    return [_node_result(result) for result in results]


def _parse(settings: Settings, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    outcome = _invoke(settings, ["parse"], unfinished, build_db=settings.home.build_db)
    if not outcome.success:
        # A project's own error names files and models, never data.
        raise DbtError(f"Проект dbt не разбирается: {outcome.exception}")
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)


def _forget_others(home: Home, target: Path) -> None:
    for other in home.dbt_target.iterdir():
        if other.is_dir() and other != target:
            shutil.rmtree(other, ignore_errors=True)


def _invoke(
    settings: Settings,
    command: list[str],
    target: Path,
    *,
    build_db: Path,
    manifest: Manifest | None = None,
    on_node: OnNode | None = None,
    continues: bool = False,
) -> Any:
    from dbt.cli.main import dbtRunner

    options = {
        "--project-dir": PROJECT,
        "--profiles-dir": PROJECT,
        "--target-path": target,
        "--log-path": settings.home.dbt_target,
        "--log-level": "none",
        "--log-level-file": "none",
    }
    arguments = [*command, "--quiet", "--no-use-colors", "--no-version-check"]
    arguments += [str(word) for option in options.items() for word in option]
    callbacks: list[Callable[[Any], None]] = [_Follower(on_node)] if on_node else []
    with private_umask(), _environment(settings, build_db, continues=continues):
        try:
            return dbtRunner(manifest=manifest, callbacks=callbacks).invoke(arguments)
        finally:
            _close_connections()


@contextmanager
def _environment(settings: Settings, build_db: Path, *, continues: bool) -> Iterator[None]:
    """What profiles.yml reads, and what keeps dbt quiet; the variables are as before afterwards."""
    mine: Mapping[str, str] = {
        "PORTFOLIO_BUILD_DB": str(build_db),
        "PORTFOLIO_MEMORY_LIMIT": settings.memory_limit,
        "PORTFOLIO_THREADS": str(settings.threads),
        "PORTFOLIO_TEMP_DIR": str(settings.home.temporary),
        "PORTFOLIO_BUILD_CONTINUES": "yes" if continues else "no",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _close_connections() -> None:
    # The adapter keeps the file open until the process ends; publication opens it with settings of its own.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager._ENV = None


class _Follower:
    """Counts dbt's nodes as they finish."""

    def __init__(self, on_node: OnNode) -> None:
        self.on_node = on_node
        self.total = 0
        self.done = 0

    def __call__(self, event: Any) -> None:
        if event.info.name == "ConcurrencyLine":
            self.total = event.data.node_count
        if event.info.name == "NodeFinished":
            self.done += 1
            self.on_node(event.data.node_info.node_name, self.done, self.total)


def _node_result(result: Any) -> NodeResult:
    status = str(result.status.value if hasattr(result.status, "value") else result.status)
    return NodeResult(
        unique_id=result.node.unique_id,
        name=result.node.name,
        is_test=result.node.unique_id.startswith("test."),
        status=status,
        failures=result.failures,
        seconds=float(result.execution_time),
        error=_kind(result.message) if status in {"error", "runtime error"} else None,
    )


def _kind(message: object) -> str:
    found = _ENGINE_ERROR.findall(str(message))
    return found[-1] if found else type(message).__name__ if isinstance(message, Exception) else "ошибка выполнения"


def project_fingerprint() -> str:
    """Changes with any file of the project, and with dbt's version."""
    digest = hashlib.sha256(f"{version('dbt-core')} {PROJECT}".encode())
    for folder in (PROJECT, MODELS):
        for file in sorted(folder.rglob("*")):
            if (
                file.is_file()
                and file.suffix in {".sql", ".yml", ".yaml", ".csv", ".md"}
                and "target" not in file.parts
            ):
                facts = file.stat()
                digest.update(f"{file.relative_to(folder)}|{facts.st_size}|{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]
