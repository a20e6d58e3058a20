"""dbt's documentation of every model as one page that works from a folder, without a network: `make docs`.

    python -m dbt_project.documentation FOLDER      writes FOLDER/static_index.html

No warehouse is asked: types come from the contracts of the models, so that the page is the same on every machine and
tells nothing of anybody's data. Three things are not as dbt leaves them: what stands under `config: meta:` becomes part
of the description; paths of this machine are cut out; so is the address of a tracker, which dbt's page would load only
where usage statistics are on (here they are off).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent
ROOT = PROJECT.parent
PAGE = "static_index.html"

#: Where dbt's page expects its data.
_MANIFEST = '"MANIFEST.JSON INLINE DATA"'
_CATALOG = '"CATALOG.JSON INLINE DATA"'
_TRACKERS = ("//d1fc8wv8zag5ca.cloudfront.net/2.9.0/sp.js", "fishtownanalytics.sinter-collect.com")

_ENVIRONMENT = {"PORTFOLIO_BUILD_DB": ":memory:", "PORTFOLIO_BUILD_CONTINUES": "no", "DO_NOT_TRACK": "1"}


def write_documentation(folder: Path) -> Path:
    """Writes the page into a folder, which is made if there is none; gives its path.

    Errors: RuntimeError if dbt cannot parse or compile the project; ValueError if its page is not what it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "target"
        _run_dbt(target)
        manifest = json.loads((target / "manifest.json").read_text("utf-8"))
        catalog = json.loads((target / "catalog.json").read_text("utf-8"))
        page = (target / "index.html").read_text("utf-8")
        places = (str(target), f"{PROJECT}/", str(PROJECT), f"{ROOT}/", str(ROOT))
    catalog["nodes"] = {key: _typed(node) for key, node in manifest["nodes"].items() if node["columns"]}
    for node in manifest["nodes"].values():
        _tell_meta(node)
    texts = {_MANIFEST: _without(json.dumps(manifest), places), _CATALOG: json.dumps(catalog)}
    for place, text in texts.items():
        if place not in page:
            raise ValueError("dbt's page no longer takes its data as it did: see dbt/task/docs/generate.py")
        page = page.replace(place, text.replace("</", "<\\/"))
    written = folder / PAGE
    written.write_text(_without(page, _TRACKERS), "utf-8")
    return written


def _run_dbt(target: Path) -> None:
    from dbt.cli.main import dbtRunner

    options = {
        "--project-dir": PROJECT,
        "--profiles-dir": PROJECT,
        "--target-path": target,
        "--log-path": target,
        "--log-level": "none",
        "--log-level-file": "none",
    }
    arguments = ["docs", "generate", "--empty-catalog", "--quiet", "--no-use-colors", "--no-version-check"]
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        outcome = dbtRunner().invoke(arguments + [str(word) for option in options.items() for word in option])
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    if not outcome.success:
        raise RuntimeError(f"dbt docs generate: {outcome.exception or 'a model does not compile'}")


def _typed(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node of the catalog, as dbt would read it from a warehouse."""
    about = {"type": "BASE TABLE", "schema": node["schema"], "name": node["name"], "database": node["database"]}
    columns = {
        name: {"type": column["data_type"] or "", "index": place, "name": name, "comment": None}
        for place, (name, column) in enumerate(node["columns"].items(), start=1)
    }
    return {
        "metadata": about | {"comment": None, "owner": None},
        "columns": columns,
        "stats": {},
        "unique_id": node["unique_id"],
    }


def _tell_meta(node: MutableMapping[str, Any]) -> None:
    """Grain, widgets and advice of a mart as a part of its description."""
    meta = node["meta"]
    if not meta:
        return
    widgets = ", ".join(f"«{widget}»" for widget in meta.get("portal", ()))
    lines = [f"**Одна строка — это** {meta['grain']}.", *([f"**На портале:** {widgets}."] if widgets else [])]
    advice = "\n".join(f"* {text}" for text in meta["use_when"])
    node["description"] = "\n\n".join([node["description"], *lines, advice])
    node["meta"] = {}
    node["config"]["meta"] = {}


def _without(text: str, parts: tuple[str, ...]) -> str:
    for part in parts:
        text = text.replace(part, "")
    return text


def main() -> None:
    """Writes the page into the folder that is named; says where it stands."""
    print(f"==> {write_documentation(Path(sys.argv[1]))}")


if __name__ == "__main__":
    main()
