"""The Chinese dashboards on a real PostgreSQL: what a reader is shown of its rows has no English in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import psycopg
import pytest

from dashboards.build import committed
from dashboards.kit.sql import name_of
from dashboards.translation.catalog import Catalog
from dashboards.translation.columns import columns_of
from dashboards.translation.queries import with_names
from stream.embedded import Postgres
from tests.dashboards.chinese import head_of, is_english, shown
from tests.dashboards.filling import LOUD, OLD_ALERT, OPEN_ALERT, fill
from tests.dashboards.frames import Frame, Json, ask, connect, period_of, queries
from tests.postgres import create_database

CHINESE = committed("zh")
QUERIES = {f"{uid}: {name}": (panel, target) for uid, page in CHINESE.items() for name, panel, target in queries(page)}
TABLES = [name for name, (panel, target) in QUERIES.items() if panel.get("type") in {"table", "stat"}]
# What people, feeds and servers wrote.
FREE = {"document", "story", "source", "names", "link", "id", "problem", "by", "receiver", "last error"}
# Names that the filling has.
NAMES = ("Shares of O'Brien fall 16 %", OLD_ALERT, OPEN_ALERT, "O'Brien", "negative-surge", "chirp/one", "RSS 2.0")


@cache
def _now() -> datetime:
    """When the first test of this file began: when it was read may be an hour ago."""
    return datetime.now(UTC)


def _span() -> tuple[datetime, datetime]:
    return _now() - timedelta(hours=6), _now()


@pytest.fixture(scope="module")
def filled(postgres: Postgres, template: str) -> Iterator[psycopg.Connection[Any]]:
    url = create_database(postgres, template=template)
    fill(url, _now())
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE alerts SET severity = 'page', level = 30 WHERE id = %s", [OLD_ALERT])
        reasons = {"silenced:7": "not notified: silence 7 by 王五: 补丁日", "unsilenced:7": "silence 7 is over"}
        for step in ("acknowledged:02f9a8b5", "severity:critical", "silenced:7", "unsilenced:7"):
            owner.execute(
                "INSERT INTO alert_transitions (alert_id, step, status, at, recorded_at, severity, actor, reason)"
                " VALUES (%s, %s, 'firing', now(), now(), 'critical', 'bellwether', %s)",
                [OPEN_ALERT, step, reasons.get(step, "severity:critical")],
            )
    with connect(url) as connection:
        yield connection


def _ask(connection: psycopg.Connection[Any], query: str, alert: str = OPEN_ALERT) -> Frame:
    panel, target = QUERIES[query]
    return ask(connection, target, period_of(panel, *_span()), {"series": LOUD, "alert_id": alert})


@pytest.mark.parametrize("query", QUERIES)
def test_the_columns_of_a_query_are_known_without_a_server(filled: psycopg.Connection[Any], query: str) -> None:
    assert columns_of(QUERIES[query][1]["rawSql"]) == _ask(filled, query).columns


@pytest.mark.parametrize("alert", [OPEN_ALERT, OLD_ALERT])
@pytest.mark.parametrize("query", TABLES)
def test_no_cell_is_english(filled: psycopg.Connection[Any], query: str, alert: str) -> None:
    panel, frame = QUERIES[query][0], _ask(filled, query, alert)
    assert frame.rows
    for column in set(frame.columns) - _hidden(panel):
        assert panel["type"] == "stat" or not is_english(head_of(panel, column))
        if column == "topic":  # a label: the rules of the panel give its lines their names
            continue
        cells = {shown(panel, column, content) for content in frame.column(column)} - {None}
        assert column in FREE or {cell for cell in cells if is_english(_without_names(str(cell)))} == set(), column


def _hidden(panel: Json) -> set[str]:
    return {
        rule["matcher"]["options"]
        for rule in panel["fieldConfig"].get("overrides", [])
        if any(item["id"] == "custom.hidden" for item in rule["properties"])
    }


def _without_names(text: str) -> str:
    for name in NAMES:
        text = text.replace(name, "")
    return text.replace("page（", "（")


def test_cells_read_well(filled: psycopg.Connection[Any]) -> None:
    def cells(query: str, column: str, alert: str = OPEN_ALERT) -> list[Any]:
        return [shown(QUERIES[query][0], column, content) for content in _ask(filled, query, alert).column(column)]

    overview, alert = "bellwether-overview: ", "bellwether-alert: "
    assert cells(overview + "有哪些未解除的预警，谁在处理？", "seen") == ["45 篇中负面 35 篇"]
    assert cells(overview + "有哪些未解除的预警，谁在处理？", "series") == ["股价异动"]
    assert cells(alert + "$name 为何触发预警？", "why it fired") == [
        "15 分钟内 45 篇独立文档中负面 35 篇；按平时占比 33% 应为 14.9 篇。得分 6，预警阈值 4。"
    ]
    assert cells(alert + "严重到什么级别？", "severity", OLD_ALERT) == ["page（严重）"]
    assert "级别升至严重" in cells(alert + "经历了哪些处理，由谁处理？", "step")
    assert "02f9a8b5" not in "".join(cells(alert + "经历了哪些处理，由谁处理？", "step"))
    reasons = cells(alert + "经历了哪些处理，由谁处理？", "reason")
    assert {"静默 7 已结束", "未通知：王五 的静默 7：补丁日"} <= set(reasons)


@pytest.mark.parametrize("query", [query for query in QUERIES if ": marks" in query])
def test_marks_are_chinese(filled: psycopg.Connection[Any], query: str) -> None:
    frame = _ask(filled, query)
    assert frame.rows
    assert not [
        text
        for text in frame.column("text") + frame.column("tags")
        if is_english(_without_names(text.replace("page", "")))
    ]


@pytest.mark.parametrize("uid", ["bellwether-series", "bellwether-alert"])
def test_choices_are_chinese(filled: psycopg.Connection[Any], uid: str) -> None:
    variables = CHINESE[uid]["templating"]["list"]
    english = committed()[uid]["templating"]["list"]
    for variable, original in zip(variables, english, strict=True):
        frames = [
            ask(filled, {"rawSql": item["query"]}, period_of({}, *_span()), {"alert_id": OPEN_ALERT})
            for item in (variable, original)
        ]
        texts = frames[0].column(frames[0].columns[-1])
        assert texts
        assert not [text for text in texts if is_english(_without_names(text))]
        assert [row[:-1] for row in frames[0].rows] == [row[:-1] for row in frames[1].rows]


def test_names_of_series_are_those_that_watch_shows(filled: psycopg.Connection[Any]) -> None:
    names = {"topic:Macro": "宏观经济", "entry:Acme/topic:M&A | Investments": "Acme / 并购与投资", "topic:own": "own"}
    names |= {"entry:topic:x": "topic:x", "entry:Macro": "Macro", "odd": "odd"}
    names |= {"group:banks": "分组 banks", "watchlist:all": "监控名单合计"}
    sql = with_names(f"SELECT {name_of()} FROM (SELECT %s::text AS series) AS given", Catalog("zh"))  # noqa: S608 - our own words
    for series, name in names.items():
        assert filled.execute(sql.replace("LIKE 'group:%'", "LIKE 'group:%%'").encode(), [series]).fetchall() == [
            (name,)
        ]
    filled.rollback()
