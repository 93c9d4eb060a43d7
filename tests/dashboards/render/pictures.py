"""Draws the dashboards with Grafana's own components in a headless Chromium, from the rows of a real database.

This is not Grafana: the grid, the frames around panels and the time axis are its components, its front end and its
server are not there. `make` beside it is the command.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg

from dashboards.build import dashboards
from dashboards.expand import expand_promql
from tests.dashboards.frames import Frame, Json, ask, period_of

HERE = Path(__file__).parent
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--virtual-time-budget=8000",
        "--disable-web-security",
        "--enable-logging=stderr",
    ),
)
HTML = """<!doctype html><meta charset="utf-8"><style>body {{ margin: 0 }}</style><div id="root"></div>
<script>window.PAGE = {page};
window.addEventListener('error', (event) => console.error('failed: ' + event.message));
</script><link rel="stylesheet" href="{style}"><script src="{script}"></script>"""


@dataclass(frozen=True, slots=True)
class Shot:
    """What to draw: a dashboard's uid, the time, the values of its variables, width in pixels, "dark" or "light"."""

    uid: str
    start: datetime
    end: datetime
    variables: dict[str, str]
    width: int = 1280
    mode: str = "dark"
    language: str = "en"


def missing() -> str | None:
    """Say what is not installed, or None."""
    if not (HERE / "node_modules/@grafana/ui").is_dir():
        return "tests/dashboards/render/node_modules is missing: run `npm ci` there"
    if not shutil.which("node") or not _chromium():
        return "Node and Chromium are needed (Debian: apt-get install nodejs chromium)"
    return None


def bundle() -> None:
    """Bundle the page."""
    subprocess.run(["node", "build.mjs"], cwd=HERE, check=True)


def draw(shot: Shot, results: dict[int, list[Json]], target: Path) -> tuple[list[str], int]:
    """Write the picture of one dashboard; ``results`` are columns by panel id.

    Returns what the page said that failed, and the size of the picture in bytes.
    """
    made = dashboards(shot.language)[shot.uid]
    page = {"dashboard": made, "results": results, "variables": shot.variables, "width": shot.width, "mode": shot.mode}
    page |= {"from": _ms(shot.start), "to": _ms(shot.end)}
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in made["panels"])
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "page.html"
        content = json.dumps(page).replace("</", "<\\/")
        html.write_text(
            HTML.format(page=content, script=(HERE / "dist/main.js").as_uri(), style=(HERE / "dist/main.css").as_uri())
        )
        size = f"--window-size={shot.width},{bottom * 38 + 8}"
        command = [
            _chromium() or "chromium",
            *FLAGS,
            size,
            f"--user-data-dir={folder}/profile",
            f"--screenshot={target}",
        ]
        run = subprocess.run([*command, html.as_uri()], check=True, capture_output=True, text=True, timeout=120)
    return re.findall(r"failed: [^\n]*", run.stderr), target.stat().st_size


def of_postgres(connection: psycopg.Connection[Any], shot: Shot) -> dict[int, list[Json]]:
    """Run every SQL query of a dashboard."""
    found: dict[int, list[Json]] = {}
    for panel in dashboards(shot.language)[shot.uid]["panels"]:
        targets = [target for target in panel["targets"] if "rawSql" in target]
        for target in targets:
            frame = ask(connection, target, period_of(panel, shot.start, shot.end), shot.variables)
            columns = list(_columns(frame, series=target["format"] == "time_series"))
            found.setdefault(panel["id"], []).append(
                {"refId": target["refId"], "format": target["format"], "columns": columns}
            )
    return found


def of_prometheus(url: str, shot: Shot) -> dict[int, list[Json]]:
    """Run every PromQL query of a dashboard."""
    found: dict[int, list[Json]] = {}
    with httpx.Client(base_url=url) as client:
        for panel in dashboards(shot.language)[shot.uid]["panels"]:
            for target in panel["targets"]:
                if "expr" not in target:
                    continue
                columns = _samples(client, panel, target, shot)
                kept = {"refId": target["refId"], "format": "table", "columns": columns}
                found.setdefault(panel["id"], []).extend([kept] if columns else [])
    return found


def _samples(client: httpx.Client, panel: Json, target: Json, shot: Shot) -> list[Json]:
    period = period_of(panel, shot.start, shot.end)
    step = max(15, period.interval)
    query = {"query": expand_promql(target["expr"], period, shot.variables), "start": str(shot.start.timestamp())}
    answer = client.get("/api/v1/query_range", params=query | {"end": str(shot.end.timestamp()), "step": str(step)})
    series = answer.raise_for_status().json()["data"]["result"]
    moments = sorted({at for item in series for at, _ in item["values"]})
    columns: list[Json] = [{"name": "time", "type": "time", "values": [at * 1000 for at in moments]}] if series else []
    if target.get("format") == "heatmap":
        series.sort(key=lambda item: float(item["metric"].get("le", "inf")))
        _differences(series)
    for item in series:
        name = target["legendFormat"]
        for label, content in item["metric"].items():
            name = name.replace(f"{{{{{label}}}}}", content)
        there = {at: None if value == "NaN" else float(value) for at, value in item["values"]}
        values = [there.get(at) for at in moments]
        columns.append({"name": name, "type": "number", "values": values, "labels": item["metric"]})
    return columns


def _differences(series: list[Json]) -> None:
    """Buckets of Prometheus hold all below them; Grafana takes the one before away."""
    for upper, lower in reversed(list(zip(series[1:], series, strict=False))):
        below = dict(lower["values"])
        upper["values"] = [[at, str(max(0.0, float(count) - float(below.get(at, 0))))] for at, count in upper["values"]]


def _columns(frame: Frame, *, series: bool) -> Iterator[Json]:
    for name in frame.columns:
        values = [_plain(value) for value in frame.column(name)]
        kind = next(
            (_type(value) for value in frame.column(name) if value is not None), "number" if series else "string"
        )
        if series and name == "time" and kind == "number":
            kind, values = "time", [value * 1000 for value in values]
        yield {"name": name, "type": kind, "values": values}


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "time" if isinstance(value, datetime) else "string" if isinstance(value, str) else "number"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _ms(value)
    return float(value) if isinstance(value, Decimal) else value


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
