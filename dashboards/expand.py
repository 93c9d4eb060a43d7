"""What Grafana makes of a query before it sends it: variables by format, and the PostgreSQL data source's macros.

For the benchmark, the tests and `verify`, which have no Grafana's front end to do it. As read in Grafana's
``pkg/tsdb/grafana-postgresql-datasource/macros.go`` and the documentation of variable formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MACRO = re.compile(r"\$(__[_a-zA-Z0-9]+)\(([^)]*)\)")
VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?::(\w+))?\}")
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
# The intervals that Grafana rounds to, in seconds, and from where on each is taken: rangeutil.roundInterval.
ROUNDED = (
    (1.5, 1), (3.5, 2), (7.5, 5), (12.5, 10), (17.5, 15), (25, 20), (45, 30), (90, 60), (210, 120), (450, 300),
    (750, 600), (1050, 900), (1500, 1200), (2700, 1800), (5400, 3600), (9000, 7200), (16_200, 10_800), (32_400, 21_600),
    (86_400, 43_200), (604_800, 86_400),
)  # fmt: skip


class ExpansionError(ValueError):
    """A query uses something that Grafana would not understand either."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a panel is drawn for: the chosen time, and the seconds that one point of it stands for."""

    start: datetime
    end: datetime
    interval: int

    @classmethod
    def of(cls, start: datetime, end: datetime, points: float = 1000, least: str | None = None) -> Period:
        """Return it with the interval that Grafana takes for so many points, not under ``least``, as in "5m"."""
        wanted = (end - start) / timedelta(seconds=1) / points
        rounded = next((size for until, size in ROUNDED if wanted < until), 604_800)
        return cls(start, end, max(int(rounded), int(seconds(least)) if least else 1))


def seconds(text: str) -> float:
    """Return the length of an interval like "5m".

    Raises:
        ExpansionError: it is none.
    """
    match = re.fullmatch(r"(\d+)(ms|[smhd])", text.strip().strip("'"))
    if not match:
        raise ExpansionError(f"'{text}' is no interval")
    return int(match[1]) * UNITS[match[2]]


def with_variables(text: str, values: Mapping[str, str]) -> str:
    """Put the values of a dashboard's variables in, as ``sqlstring`` or as they are; built-in ones stay.

    Raises:
        ExpansionError: a variable has no value, or a format that is not known here.
    """

    def replace(match: re.Match[str]) -> str:
        name, form = match[1] or match[2], match[3]
        if name.startswith("__"):
            return match[0]
        if name not in values:
            raise ExpansionError(f"variable ${name} has no value")
        if form == "sqlstring":
            return "'" + values[name].replace("'", "''") + "'"
        if form is not None:
            raise ExpansionError(f"format '{form}' of ${name} is not known")
        return values[name]

    return VARIABLE.sub(replace, text)


def expand(sql: str, period: Period, values: Mapping[str, str] | None = None) -> str:
    """Return the statement that PostgreSQL gets.

    Raises:
        ExpansionError: an unknown macro or variable, or wrong arguments.
    """
    sql = with_variables(sql, values or {})
    sql = sql.replace("$__interval_ms", str(period.interval * 1000)).replace("$__interval", f"{period.interval}s")
    if re.search(r"\$__timeGroup\([^)]*\),", sql):
        raise ExpansionError('Grafana names a $__timeGroup that a comma follows "time": write $__timeGroupAlias')
    expanded = MACRO.sub(lambda match: _macro(match[1], match[2].split(","), period), sql)
    if left := re.search(r"\$(?:__)?[a-z]\w*", expanded):
        raise ExpansionError(f"Grafana would leave {left[0]} as it is")
    return expanded


def _macro(name: str, arguments: list[str], period: Period) -> str:
    if name not in MACROS:
        raise ExpansionError(f"there is no macro ${name}")
    return MACROS[name]([argument.strip() for argument in arguments], period)


def _moment(moment: datetime) -> str:
    return "'" + moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") + "'"


def _group(arguments: list[str], _: Period) -> str:
    if len(arguments) != 2:
        raise ExpansionError(f"$__timeGroup takes a column and an interval here, not {arguments}")
    size = f"{seconds(arguments[1]):.0f}"
    return f"floor(extract(epoch from {arguments[0]})/{size})*{size}"


MACROS: dict[str, Callable[[list[str], Period], str]] = {
    "__timeFilter": lambda args, at: f"{args[0]} BETWEEN {_moment(at.start)} AND {_moment(at.end)}",
    "__timeFrom": lambda args, at: _moment(at.start),
    "__timeTo": lambda args, at: _moment(at.end),
    "__timeGroup": _group,
    "__timeGroupAlias": lambda args, at: _group(args, at) + ' AS "time"',
}


def expand_promql(expression: str, period: Period, values: Mapping[str, str], scrape: int = 15) -> str:
    """Return the expression that Prometheus gets; ``scrape`` is the data source's interval in seconds.

    ``$__rate_interval`` is as Grafana has it: four scrapes at least, so that a rate always sees two samples.
    """
    span = round((period.end - period.start).total_seconds())
    rate = max(period.interval + scrape, 4 * scrape)
    for name, size in (("$__rate_interval", rate), ("$__range", span), ("$__interval", max(period.interval, scrape))):
        expression = expression.replace(name, f"{size}s")
    return with_variables(expression, values)
