"""What goes to the browser, as bytes: written once by orjson, where Dash would walk over every cell twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from dash.development.base_component import Component


def written(children: Sequence[Component]) -> bytes:
    """Components as the JSON that Dash's browser part reads. Errors: TypeError for what is no component or JSON."""
    return orjson.dumps(children, default=_unfolded, option=orjson.OPT_NON_STR_KEYS)


def plain(name: str, **properties: object) -> Any:
    """An HTML component already as its JSON: pages have thousands of cells, and Dash takes its time over each."""
    return {"type": name, "namespace": "dash_html_components", "props": properties}


def _unfolded(thing: Any) -> Any:
    if isinstance(thing, Component):
        return thing.to_plotly_json()  # type: ignore[no-untyped-call]
    raise TypeError(type(thing).__name__)
