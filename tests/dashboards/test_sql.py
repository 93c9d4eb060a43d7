"""Every query of the dashboards on a real PostgreSQL, as Grafana sends it and with the rights that Grafana has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import psycopg
import pytest

from dashboards.build import committed
from dashboards.kit.sql import name_of
from stream.embedded import Postgres
from stream.pipeline.windows.bucket import MEASURES
from tests.dashboards.filling import LOUD, OBRIEN, OLD_ALERT, OPEN_ALERT, SERIES, fill
from tests.dashboards.frames import Frame, Json, ask, complaints, connect, period_of, queries
from tests.postgres import create_database

QUERIES = {
    f"{uid}: {name}": (uid, panel, target)
    for uid, dashboard in committed().items()
    for name, panel, target in queries(dashboard)
}
CHOICES: list[dict[str, str]] = [
    {"series": LOUD, "alert_id": OPEN_ALERT},
    {"series": OBRIEN, "alert_id": OLD_ALERT},
    {"series": "'; DROP TABLE alerts; --", "alert_id": "no such ' alert"},
]
# Nothing is expected of these where a series or an alert is not known.
KNOWN = CHOICES[:2]
LOUD_NAME = LOUD.removeprefix("topic:")


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
    with connect(url) as connection:
        yield connection


@pytest.fixture(scope="module")
def bare(postgres: Postgres, template: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(create_database(postgres, template=template)) as connection:
        yield connection


@pytest.fixture(scope="module")
def late(postgres: Postgres, template: str) -> Iterator[psycopg.Connection[Any]]:
    url = create_database(postgres, template=template)
    fill(url, _now())
    with psycopg.connect(url.replace("+psycopg", "")) as owner:
        owner.execute("DELETE FROM series_minutes WHERE late = 0 OR series <> %s", [LOUD])
        nothing = ", ".join(f"{name} = 0" for name in MEASURES)
        owner.execute(f"UPDATE series_minutes SET {nothing}".encode())  # noqa: S608 - our own words
        assert owner.execute("SELECT count(*) FROM series_minutes").fetchone() == (8,)
        owner.execute("DELETE FROM series_minutes WHERE minute < %s", [_now() - timedelta(minutes=210)])
    with connect(url) as connection:
        yield connection


def _ask(connection: psycopg.Connection[Any], query: str, values: dict[str, str] = KNOWN[0]) -> Frame:
    _, panel, target = QUERIES[query]
    return ask(connection, target, period_of(panel, *_span()), values)


@pytest.mark.parametrize("values", CHOICES, ids=["firing", "obrien", "unknown"])
@pytest.mark.parametrize("query", QUERIES)
def test_grafana_can_draw_what_comes_back(filled: psycopg.Connection[Any], query: str, values: dict[str, str]) -> None:
    frame = _ask(filled, query, values)
    assert complaints(frame, QUERIES[query][2]["format"]) == []
    if values in KNOWN:
        assert frame.rows
        assert not all(value is None for row in frame.rows for value in row)


@pytest.mark.parametrize("query", [query for query in QUERIES if "topic" in query or "minute" in query])
def test_a_month_is_drawn_from_hours_and_a_day_from_minutes_alike(filled: psycopg.Connection[Any], query: str) -> None:
    _, panel, target = QUERIES[query]
    for hours in (24, 72, 720):
        period = period_of(panel, _now() - timedelta(hours=hours), _now())
        frame = ask(filled, target, period, KNOWN[0])
        assert complaints(frame, target["format"]) == []
        if "Documents a minute?" not in query:
            assert frame.rows
        else:
            drawn = float(sum(frame.column("documents a minute"))) * period.interval / 60
            # By the server's clock, since the tests before this one may have taken minutes.
            [(now,)] = filled.execute("SELECT extract(epoch FROM now())::float8").fetchall()
            over = datetime.fromtimestamp(now // period.interval * period.interval, UTC)
            wanted = "SELECT sum(documents)::float8 FROM series_minutes WHERE series LIKE 'topic:%' AND minute < '{}'"
            [(documents,)] = filled.execute(wanted.format(over).encode()).fetchall()
            filled.rollback()
            assert drawn == pytest.approx(documents or 0)  # an interval that is not over is not drawn


@pytest.mark.parametrize("query", QUERIES)
def test_an_empty_database_is_no_error(bare: psycopg.Connection[Any], query: str) -> None:
    assert complaints(_ask(bare, query), "table") == []


@pytest.mark.parametrize("query", [query for query in QUERIES if "minute" in QUERIES[query][2]["rawSql"]])
def test_minutes_of_late_documents_alone_are_no_error(late: psycopg.Connection[Any], query: str) -> None:
    assert complaints(_ask(late, query), QUERIES[query][2]["format"]) == []


def test_late_documents_are_shown_by_series(late: psycopg.Connection[Any]) -> None:
    frame = _ask(late, "bellwether-pipeline: Whose documents come too late to count?")
    assert set(frame.column("series")) == {LOUD_NAME}
    assert sum(frame.column("late")) == 4


@pytest.mark.parametrize("query", QUERIES)
def test_overrides_and_links_name_columns_that_are_there(filled: psycopg.Connection[Any], query: str) -> None:
    _, panel, _ = QUERIES[query]
    config: Json = panel.get("fieldConfig", {})
    columns = set(_ask(filled, query).columns)
    named = {item["matcher"]["options"] for item in config.get("overrides", []) if item["matcher"]["id"] == "byName"}
    assert named <= columns
    fields = set(re.findall(r"__data\.fields\.(\w+)", str(config))) | set(re.findall(r"labels\.(\w+)", str(config)))
    assert fields <= columns


@pytest.mark.parametrize("uid", ["bellwether-series", "bellwether-alert"])
def test_variables_list_what_can_be_chosen(
    filled: psycopg.Connection[Any], bare: psycopg.Connection[Any], uid: str
) -> None:
    variable = committed()[uid]["templating"]["list"][0]
    target = {"rawSql": variable["query"]}
    values = ask(filled, target, period_of({}, *_span()), {})
    if uid == "bellwether-series":
        assert values.column("__value") == sorted(SERIES)
        assert values.column("__text")[0] == "O'Brien"
    else:
        assert values.column("__value") == [OPEN_ALERT, OLD_ALERT]
        assert values.column("__text")[1].startswith("O'Brien, ")
    assert ask(bare, target, period_of({}, *_span()), {}).rows == []


OVERVIEW = "bellwether-overview: "


def test_the_verdict_says_what_is(postgres: Postgres, template: str) -> None:
    url = create_database(postgres, template=template)
    with connect(url) as connection:
        assert _ask(connection, OVERVIEW + "Is anything wrong now?").rows == [(5,)]
        fill(url, datetime.now(UTC))  # the verdict goes by the server's clock, and _now() may be half an hour ago
        assert _ask(connection, OVERVIEW + "Is anything wrong now?").rows == [(2,)]
        steps = (
            ("UPDATE series_minutes SET minute = minute - interval '1 day'", 4),
            ("UPDATE alerts SET status = 'resolved'", 3),
            ("UPDATE series_minutes SET minute = minute + interval '1 day'", 0),
            ("UPDATE series_state SET reason = 'too few'", 1),
        )
        for change, verdict in steps:
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
                owner.execute(change.encode())
            assert _ask(connection, OVERVIEW + "Is anything wrong now?").rows == [(verdict,)]


def test_the_overview_shows_the_surge_and_who_is_in_alarm(filled: psycopg.Connection[Any]) -> None:
    assert _ask(filled, OVERVIEW + "Open alerts?").rows == [(1,)]
    assert _ask(filled, OVERVIEW + "Series over the line?").rows == [(1,)]
    table = _ask(filled, OVERVIEW + "Which alerts are open, and who is on them?")
    assert table.column("series") == [LOUD_NAME]
    assert table.column("seen") == ["35 negative of 45"]
    suspicious = _ask(filled, OVERVIEW + "Is the most suspicious series inside what was expected?")
    assert set(suspicious.column("series")) == {LOUD_NAME}
    course = _ask(filled, OVERVIEW + "When was which topic more negative than usual?")
    latest = max(course.column("time"))
    last = {topic: more for at, topic, more in course.rows if at == latest}
    assert set(course.column("topic")) == {name.removeprefix("topic:") for name in SERIES if name.startswith("topic:")}
    assert last["Stock Movement"] > 3
    volume = _ask(filled, OVERVIEW + "Documents a minute?")
    # Three topics of 4 documents a minute on average; the entry's documents are theirs and not counted again.
    assert 6 < sum(volume.column("documents a minute")) / len(volume.rows) < 18


def test_severities_of_any_name_are_sorted_and_said(postgres: Postgres, template: str) -> None:
    url = create_database(postgres, template=template)
    fill(url, _now())
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE alerts SET severity = 'warning', level = 20")
        owner.execute("UPDATE alerts SET status = 'firing', severity = 'page', level = 30 WHERE id = %s", (OLD_ALERT,))
        owner.execute(
            "UPDATE alert_transitions SET severity = 'notice', decision = decision || '{\"level\": 19}'"
            " WHERE alert_id = %s AND step = 'resolved'",
            (OLD_ALERT,),
        )
    with connect(url) as connection:
        table = _ask(connection, OVERVIEW + "Which alerts are open, and who is on them?")
        assert table.column("series") == ["O'Brien", LOUD_NAME]  # the worst first, though it is the older one
        assert table.column("severity") == ["page (critical)", "warning"]
        chosen = {"alert_id": OLD_ALERT}
        assert _ask(connection, "bellwether-alert: How bad is it?", chosen).rows == [("page (critical)",)]
        steps = _ask(connection, "bellwether-alert: What happened to it, and who did it?", chosen)
        assert steps.column("severity") == ["warning", "notice (info)"]


def test_shares_count_independent_documents_and_say_nothing_of_few(
    postgres: Postgres, template: str, filled: psycopg.Connection[Any]
) -> None:
    share = "bellwether-series: How negative lately?"
    assert 0.4 < _ask(filled, share).rows[0][0] < 0.9
    url = create_database(postgres, template=template)
    fill(url, _now())
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE series_minutes SET independent = 50, independent_negative = 50")
    with connect(url) as connection:
        assert _ask(connection, share).rows == [(None,)]
        assert set(_ask(connection, OVERVIEW + "How negative is each topic?").column("negative share")) == {None}


def test_marks_of_an_alert_reach_into_the_picture(filled: psycopg.Connection[Any]) -> None:
    _, panel, target = QUERIES[OVERVIEW + "marks: alerts"]
    early = period_of(panel, _now() - timedelta(hours=3, minutes=45), _now() - timedelta(hours=3, minutes=30))
    assert [text for *_, text, _ in ask(filled, target, early, {}).rows] == ["alert: O'Brien"]
    late = period_of(panel, _now() - timedelta(minutes=5), _now())
    assert [text for *_, text, _ in ask(filled, target, late, {}).rows] == [f"alert: {LOUD_NAME}"]
    before = period_of(panel, _now() - timedelta(hours=6), _now() - timedelta(hours=5))
    assert ask(filled, target, before, {}).rows == []


def test_an_alert_is_told_in_words_with_its_weak_points(filled: psycopg.Connection[Any]) -> None:
    why = _ask(filled, "bellwether-alert: Why did it fire for $name?")
    assert why.column("why it fired") == [
        "35 of 45 independent documents in 15 minutes were negative; at the usual share of 33 % it would have been "
        "14.9. The score was 6, an alert needs 4."
    ]
    robust = _ask(filled, "bellwether-alert: Would it have fired without its biggest voice?")
    assert robust.column("verdict") == ["would not fire", "fires all the same"]
    # The largest story is not among the alert's evidence, so that it is looked for in what the series has.
    assert robust.column("which one") == ["chirp/one", "Shares of O'Brien fall 16 %"]
    deliveries = _ask(filled, "bellwether-alert: Who was told, and did it arrive?")
    assert deliveries.column("result") == ["delivered", "on its way", "given up"]
    ledger = _ask(filled, "bellwether-alert: Where did the time go between the news and the message?")
    assert ledger.column("after the step before") == [None, 1, 1, 5, 2]
    assert ledger.column("since it came") == [None, 0, 1, 6, 8]
    ours, both = "Bellwether", "Bellwether and the receiver"
    assert ledger.column("whose time") == [None, "its source and its feed", ours, ours, both]


def test_old_news_is_not_held_against_bellwether(postgres: Postgres, template: str) -> None:
    url = create_database(postgres, template=template)
    fill(url, _now())
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE alerts SET published_at = published_at - interval '25 minutes'")
        owner.execute("DELETE FROM series_evidence")
    with connect(url) as connection:
        ledger = _ask(connection, "bellwether-alert: Where did the time go between the news and the message?")
        assert ledger.column("after the step before")[1] == 25 * 60 + 1
        assert ledger.column("whose time")[1] == "old news when it came: a late feed, or a replay"
        assert ledger.column("since it came") == [None, 0, 1, 6, 8]
        robust = _ask(connection, "bellwether-alert: Would it have fired without its biggest voice?")
        assert robust.column("which one") == ["chirp/one", "a story of which no document is kept"]


def test_documents_are_shown_as_people_read_them(filled: psycopg.Connection[Any]) -> None:
    proofs = _ask(filled, "bellwether-alert: Which documents about $name prove it?").column("document")
    assert proofs == ["Depositors queue at O&#39;Brien", *["Depositors queue at O'Brien"] * 9]
    stories = _ask(filled, "bellwether-series: Which recent stories about ${series:text} are the most negative?")
    words = "Shares of O'Brien fall 0 % https://news.example/0\nMore below.", "Shares of O'Brien fall 1 %"
    assert stories.column("story")[:2] == list(words)  # the second has a title


def test_of_a_silent_name_it_is_said_what_was_written_before(postgres: Postgres, template: str) -> None:
    url = create_database(postgres, template=template)
    fill(url, _now())
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE alerts SET earlier = NULL WHERE id = %s", [OPEN_ALERT])
        owner.execute("DELETE FROM alert_evidence WHERE before AND alert_id = %s", [OPEN_ALERT])
    counted = "bellwether-alert: Was $name new, or silent before?"
    texts = "bellwether-alert: What was last written of it before?"
    silent, known = {"alert_id": OLD_ALERT}, {"alert_id": OPEN_ALERT}
    last = f"{_now().replace(second=0, microsecond=0) - timedelta(days=12, hours=4):%Y-%m-%d %H:%M} UTC"
    with connect(url) as connection:
        assert _ask(connection, counted, silent).column("value") == ["30", "2", "1", last]
        assert _ask(connection, texts, silent).column("document") == ["Depositors queue at O'Brien"]
        assert _ask(connection, counted, known).rows == _ask(connection, texts, known).rows == []
        # What came before proves nothing.
        assert len(_ask(connection, "bellwether-alert: Which documents about $name prove it?", silent).rows) == 10


def test_titles_name_what_is_chosen(filled: psycopg.Connection[Any]) -> None:
    variable = committed()["bellwether-alert"]["templating"]["list"][1]
    assert (variable["name"], variable["hide"]) == ("name", 2)
    for values, name in zip(KNOWN, (LOUD_NAME, "O'Brien"), strict=True):
        target = {"rawSql": variable["query"]}
        assert ask(filled, target, period_of({}, *_span()), values).rows == [(name,)]


def test_a_series_is_called_by_its_entry_and_its_topic(filled: psycopg.Connection[Any]) -> None:
    names = {"topic:Macro": "Macro", "entry:Acme/topic:M&A | Investments": "Acme / M&A | Investments"}
    names |= {"entry:topic:x": "topic:x", "odd": "odd", "group:banks": "group banks", "watchlist:all": "all names"}
    for series, name in names.items():
        quoted = "'" + series + "'"
        assert filled.execute(f"SELECT {name_of(quoted)}".encode()).fetchall() == [(name,)]
    filled.rollback()


def test_stories_are_told_once_with_their_sources(filled: psycopg.Connection[Any]) -> None:
    stories = _ask(
        filled, "bellwether-series: Which recent stories about ${series:text} are the most negative?", KNOWN[1]
    )
    assert len(stories.rows) == 15
    assert stories.column("negative") == sorted(stories.column("negative"), reverse=True)
    assert stories.column("sources")[0] == 3  # of the documents 0, 15 and 30
    query = b"SELECT minute, copies FROM series_evidence WHERE series = %s AND story = 'story 0'"
    of_day: dict[date, int] = {}
    for minute, copies in filled.execute(query, [KNOWN[1]["series"]]).fetchall():
        day = minute.astimezone(UTC).date()
        of_day[day] = max(of_day.get(day, 0), copies)
    filled.rollback()
    assert stories.column("copies")[0] == sum(of_day.values())  # each of the three has the copies of its day


def test_only_addresses_of_the_web_become_links(filled: psycopg.Connection[Any]) -> None:
    links = _ask(filled, "bellwether-alert: Which documents about $name prove it?").column("link")
    assert links == [f"https://news.example/{number}" if number % 2 else None for number in range(10)]


def test_the_band_stands_only_where_there_was_a_decision(postgres: Postgres, template: str) -> None:
    url = create_database(postgres, template=template)
    fill(url, _now())
    with psycopg.connect(url.replace("+psycopg", "")) as owner:
        # Two hours without a decision, as a series of few documents has them; in one of them nothing came at all.
        none_then = "UPDATE series_decisions SET reason = 'too few', score = 9, documents = %s, negatives = 0"
        for hours, documents in ((2, 3.0), (3, 0.0)):
            first, last = _now() - timedelta(hours=hours), _now() - timedelta(hours=hours - 1)
            owner.execute(f"{none_then} WHERE minute >= %s AND minute < %s".encode(), [documents, first, last])
    with connect(url) as connection:
        frame = _ask(connection, "bellwether-series: Is the negative share of ${series:text} inside what was expected?")
    found = dict(zip(frame.column("time"), frame.column("expected, at most"), strict=True))
    gap = [band for at, band in found.items() if _now().timestamp() - 10_700 < at < _now().timestamp() - 3_700]
    assert gap
    assert set(gap) == {None}
    assert sum(band is not None for band in found.values()) > 60
