"""Asks a running Grafana whether the dashboards work there: version, data sources, every panel's query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from dashboards.expand import Period, with_variables
from dashboards.names import SOURCES
from stream.errors import BellwetherError

Json = dict[str, Any]
HOURS = 6  # that queries look back: the time with which the overview opens


class QueryableGrafana(Protocol):
    """What this module needs of :class:`dashboards.grafana.client.Grafana`; every method raises GrafanaError."""

    def check(self) -> str: ...
    def source_health(self, uid: str) -> str: ...
    def dashboard(self, uid: str) -> Json | None: ...
    def query(self, queries: list[Json], start_ms: int, end_ms: int) -> Json: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what Grafana answered, and whether that is as it should be."""

    subject: str
    message: str
    ok: bool = True


def verify(grafana: QueryableGrafana, dashboards: Mapping[str, Json], now: datetime) -> Iterator[Finding]:
    """Look at one thing after the other; what goes wrong is a finding, and the next is looked at.

    Raises:
        GrafanaError: Grafana does not answer, or is too old: then nothing else can be looked at.
    """
    yield Finding("Grafana", grafana.check())
    for uid in SOURCES:
        yield _finding(f"data source {uid}", partial(grafana.source_health, uid))
    for uid, content in dashboards.items():
        stored = grafana.dashboard(uid)
        yield Finding(f"dashboard {uid}", "is there" if stored else "is not there; push it", stored is not None)
        values = _values(grafana, content, now)
        for panel in content["panels"]:
            title = f"{uid} / {panel['title']}"
            yield _finding(title, partial(_query_panel, grafana, panel, values, now))


def _finding(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, look())
    except BellwetherError as error:
        return Finding(subject, str(error), ok=False)


def _query_panel(grafana: QueryableGrafana, panel: Json, values: Mapping[str, str], now: datetime) -> str:
    results = _run(grafana, panel["targets"], values, now, panel)
    rows = sum(_rows(frame) for result in results.values() for frame in result.get("frames") or [])
    return f"{rows} rows" if rows else "no data, which may be right"


def _values(grafana: QueryableGrafana, content: Json, now: datetime) -> dict[str, str]:
    """Return a value for each variable of a dashboard: the first that Grafana would offer."""
    values: dict[str, str] = {}
    for variable in content.get("templating", {}).get("list", []):
        values[variable["name"]] = str(variable.get("current", {}).get("value") or "none")
        if variable["type"] == "query":
            query = {"refId": "A", "datasource": variable["datasource"], "rawSql": variable["query"], "format": "table"}
            try:
                frames = _run(grafana, [query], values, now, {})["A"].get("frames") or []
            except BellwetherError:
                continue  # the panels that need it will say what is wrong
            columns = frames[0]["data"]["values"] if frames else []
            values[variable["name"]] = str(columns[0][0]) if columns and columns[0] else "none"
    return values


def _run(grafana: QueryableGrafana, queries: list[Json], values: Mapping[str, str], now: datetime, panel: Json) -> Json:
    start = now - timedelta(hours=HOURS)
    points = panel.get("maxDataPoints") or 1000
    interval = Period.of(start, now, points, panel.get("interval")).interval
    common = {"intervalMs": interval * 1000, "maxDataPoints": points}
    expanded = [{**query, **_texts(query, values), **common} for query in queries]
    results = grafana.query(expanded, round(start.timestamp() * 1000), round(now.timestamp() * 1000))
    for ref, result in results.items():
        if result.get("error"):
            raise BellwetherError(f"query {ref}: {result['error']}")
    return results


def _texts(query: Json, values: Mapping[str, str]) -> Json:
    return {key: with_variables(query[key], values) for key in ("rawSql", "expr") if key in query}


def _rows(frame: Json) -> int:
    columns = frame.get("data", {}).get("values") or [[]]
    return len(columns[0])
