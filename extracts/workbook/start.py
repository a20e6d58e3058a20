"""Starting the child and understanding how it ended. Imported by the loader; imports nothing heavy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from extracts.workbook.errors import ILL_WRITTEN, UnreadableBook
from extracts.workbook.task import BOOK, FACTS, NO_MEMORY, Facts, Task, read_facts

_ROOT = Path(__file__).parents[2]
_CODE = "import sys; sys.path.insert(0, sys.argv.pop(1)); from extracts.workbook.child import main; main()"

#: The child gets nothing else of the environment: no tokens, no settings of Python.
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
#: Plain memory of the system: other allocators reserve much more than they use, and the bound is on reservations.
_VARIABLES = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1", "RUST_BACKTRACE": "0"}

#: What Rust says before it gives up for want of memory.
_SHORT_OF_MEMORY = b"memory allocation of "


def run(source: Path, folder: Path, task: Task) -> Facts:
    """Reads the workbook into the folder. Errors: UnreadableBook; OSError if the disk does not take the rows."""
    link, log = folder / BOOK, folder / "child.log"
    link.unlink(missing_ok=True)
    link.symlink_to(source.resolve())
    (folder / FACTS).unlink(missing_ok=True)
    with log.open("w+b") as errors:
        child = subprocess.run(  # noqa: S603 -- our own code
            [sys.executable, "-I", "-c", _CODE, str(_ROOT)],
            input=json.dumps(asdict(task)).encode("ascii"),
            stdout=errors,
            stderr=errors,
            env=environment(),
            cwd=folder,
            check=False,
        )
        errors.seek(0)
        is_short = child.returncode == NO_MEMORY or _SHORT_OF_MEMORY in errors.read(1 << 16)
    facts = read_facts(folder) if child.returncode == 0 else None
    if isinstance(facts, Facts):
        return facts
    if facts is None:
        raise UnreadableBook(_why_dead(child.returncode, is_short, task))
    if facts.errno:
        raise OSError(facts.errno, os.strerror(facts.errno))
    raise UnreadableBook(facts.message)


def environment() -> dict[str, str]:
    """The child's environment."""
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | _VARIABLES


def _why_dead(status: int, is_short_of_memory: bool, task: Task) -> str:
    if is_short_of_memory or status == -signal.SIGKILL:  # what the system ends when memory is gone
        return (
            f"книге не хватило памяти ({task.workbook_mb} МБ): увеличьте настройку workbook_mb или выгрузите набор "
            "в csv (бывает, что в очень далёких строках или столбцах листа остались значения: удалите их)"
        )
    if status == -signal.SIGXCPU:
        return "книга читалась слишком долго и чтение прервано: пересохраните её или выгрузите набор в csv"
    return ILL_WRITTEN  # the archive was whole, or the child would have said so
