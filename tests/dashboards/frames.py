"""From the rows of a query to a judgement: would Grafana draw them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from numbers import Real
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from dashboards.expand import Period, expand

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """What came back: names of columns, and rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def column(self, name: str) -> list[Any]:
        """Return the values of one column."""
        return [row[self.columns.index(name)] for row in self.rows]


def queries(dashboard: Json) -> list[tuple[str, Json, Json]]:
    """Return (what it is for, its panel or an empty one, the target) of every SQL query of a dashboard, marks too."""
    panels = [(panel["title"], panel, target) for panel in dashboard["panels"] for target in panel["targets"]]
    marks: list[tuple[str, Json, Json]] = [
        (f"marks: {mark['name']}", {}, mark["target"]) for mark in dashboard.get("annotations", {}).get("list", [])
    ]
    return [item for item in panels + marks if "rawSql" in item[2]]


def period_of(panel: Json, start: datetime, end: datetime) -> Period:
    """Return what a panel of a dashboard that shows this time asks for."""
    return Period.of(start, end, panel.get("maxDataPoints") or 1000, panel.get("interval"))


def connect(url: str) -> psycopg.Connection[Any]:
    """Return a connection as Grafana has it: as its role, which may only read."""
    connection = psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    connection.execute("SET ROLE grafana_reader")
    connection.execute("SET default_transaction_read_only = on")
    connection.commit()
    return connection


def ask(connection: psycopg.Connection[Any], target: Json, period: Period, values: dict[str, str]) -> Frame:
    """Run a target as Grafana would."""
    try:
        cursor = connection.execute(expand(target["rawSql"], period, values).encode())
        assert cursor.description is not None
        return Frame([item.name for item in cursor.description], cursor.fetchall())
    finally:
        connection.rollback()


def complaints(frame: Frame, layout: str) -> list[str]:
    """Return what keeps Grafana from drawing ``frame``: nothing, where all is well."""
    messages = [f"column {name} is there twice" for name in set(frame.columns) if frame.columns.count(name) > 1]
    kinds = {name: _kind(frame.column(name)) for name in frame.columns}
    messages += [f"column {name} holds {kind}" for name, kind in kinds.items() if kind not in DRAWN]
    return messages + (_of_series(frame, kinds) if layout == "time_series" else [])


DRAWN = {"number", "text", "time", "nothing", "truth"}


def _of_series(frame: Frame, kinds: dict[str, str]) -> list[str]:
    if "time" not in frame.columns:
        return ["there is no column time"]
    times = [_seconds(at) for at in frame.column("time")]
    messages = [] if None not in times else ["a time is missing"]
    messages += [] if times == sorted(times, key=lambda at: at or 0) else ["times do not ascend"]
    if not {"number", "nothing"} & {kinds[name] for name in frame.columns if name != "time"}:
        messages.append("there is no column of numbers")
    labels = [name for name, kind in kinds.items() if kind == "text"]
    keys = [(at, *(frame.column(name)[row] for name in labels)) for row, at in enumerate(times)]
    return messages + ([] if len(set(keys)) == len(keys) else ["a series has two values at one time"])


def _seconds(at: Any) -> float | None:
    return at.timestamp() if isinstance(at, datetime) else None if at is None else float(at)


def _kind(values: list[Any]) -> str:
    kinds = {_kind_of(value) for value in values if value is not None}
    return "nothing" if not kinds else kinds.pop() if len(kinds) == 1 else f"a mix of {sorted(kinds)}"


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, Real | Decimal):
        return "number"
    return {str: "text", datetime: "time"}.get(type(value), type(value).__name__)
