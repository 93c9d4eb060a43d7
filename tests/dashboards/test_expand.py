"""Macros and variables, against the results that Grafana's own tests and documentation give."""

from datetime import UTC, datetime

import pytest

from dashboards.expand import ExpansionError, Period, expand, with_variables

AT = Period(datetime(2018, 4, 12, 18, 0, tzinfo=UTC), datetime(2018, 4, 12, 18, 5, tzinfo=UTC), 300)


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        (
            "WHERE $__timeFilter(time_column)",
            "WHERE time_column BETWEEN '2018-04-12T18:00:00.000Z' AND '2018-04-12T18:05:00.000Z'",
        ),
        ("select $__timeFrom()", "select '2018-04-12T18:00:00.000Z'"),
        ("select $__timeTo()", "select '2018-04-12T18:05:00.000Z'"),
        ("GROUP BY $__timeGroup(time_column,'5m')", "GROUP BY floor(extract(epoch from time_column)/300)*300"),
        ("$__timeGroupAlias(time_column , '5m')", 'floor(extract(epoch from time_column)/300)*300 AS "time"'),
        ("$__timeGroup(t,$__interval)", "floor(extract(epoch from t)/300)*300"),
        ("$__interval_ms, '$__interval'", "300000, '300s'"),
    ],
)
def test_macros(sql: str, sent: str) -> None:
    assert expand(sql, AT) == sent


def test_sqlstring_quotes_as_sql_wants_it() -> None:
    said = with_variables(
        "series = ${series:sqlstring} AND $other ${__url_time_range}", {"series": "O'B", "other": "x"}
    )
    assert said == "series = 'O''B' AND x ${__url_time_range}"


@pytest.mark.parametrize(
    "sql",
    ["$__unixEpochNano()", "$__nothing", "$series", "${series:csv}", "$__timeGroup(t,5x)", "$__timeGroup(t,5m), 1"],
)
def test_what_grafana_would_not_understand_is_refused(sql: str) -> None:
    with pytest.raises(ExpansionError):
        expand(sql, AT)


@pytest.mark.parametrize(
    ("hours", "points", "least", "interval"), [(6, 400, "1m", 60), (6, 36, "15m", 900), (24, 72, "5m", 1200)]
)
def test_the_interval_is_the_one_that_grafana_takes(hours: int, points: int, least: str, interval: int) -> None:
    end = datetime(2026, 1, 2, tzinfo=UTC)
    assert (
        Period.of(end.replace(hour=0) - (end - end.replace(day=1)) * hours / 24, end, points, least).interval
        == interval
    )
