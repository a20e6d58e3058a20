"""Every kind of figure is valid for Plotly: the pages hold plain dictionaries, so this is where they are checked."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go
import pytest
from report_region import region
from test_report_site import SCHOOL, PageReader

from reports.site import build_site


@pytest.mark.parametrize("name", ["index.html", SCHOOL])
def test_figures_are_valid(tmp_path: Path, name: str) -> None:
    build_site(region(tmp_path / "published"), tmp_path / "site")
    page = PageReader((tmp_path / "site" / name).read_text("utf-8"))
    assert page.figures
    for figure in page.figures.values():
        data = [{**figure["common"], **trace} for trace in figure["data"]]
        go.Figure({"data": data, "layout": figure["layout"]}, skip_invalid=False)
