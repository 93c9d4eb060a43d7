"""Hours of topics are the sums of their minutes, whatever is done to the minutes and by how many at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

FIRST = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)  # over a change of the clock in Europe
PUT = """
    INSERT INTO series_minutes (series, minute, documents, independent, independent_negative, negative, neutral,
      positive, independent_neutral, independent_positive, p_negative, p_neutral, p_positive, score, score_squared,
      stories, sources)
    SELECT unnest(%s::text[]), unnest(%s::timestamptz[]), n, n * 900, n * 300, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM (SELECT %s::bigint AS n) AS many
    ON CONFLICT (series, minute) DO UPDATE SET documents = excluded.documents, independent = excluded.independent,
      independent_negative = excluded.independent_negative WHERE series_minutes.documents <= excluded.documents"""
WANTED = """
    SELECT series, date_bin('1 hour', minute, 'epoch'::timestamptz), sum(documents)::bigint, sum(independent)::bigint,
      sum(independent_negative)::bigint FROM series_minutes WHERE series LIKE 'topic:%' GROUP BY 1, 2 ORDER BY 1, 2"""
KEPT = """
    SELECT series, hour, documents, independent, independent_negative FROM topic_hours ORDER BY 1, 2"""


def _put(url: str, seed: int) -> None:
    rng = random.Random(seed)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET timezone = 'Asia/Kolkata'")
        for _ in range(20):
            rows = {
                (rng.choice(["topic:A", "topic:B | C", "entry:X"]), FIRST + timedelta(minutes=rng.randrange(240)))
                for _ in range(30)
            }
            series, minutes = zip(*sorted(rows, key=lambda row: (row[1], row[0])), strict=True)
            connection.execute(PUT, [list(series), list(minutes), rng.randrange(1, 50)])


@pytest.mark.parametrize("change", ["nothing", "UPDATE series_minutes SET documents = 1", "DELETE FROM series_minutes"])
def test_hours_are_the_sums_of_minutes(database: str, change: str) -> None:
    url = database.replace("+psycopg", "")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda seed: _put(url, seed), range(4)))
    with psycopg.connect(url, autocommit=True) as connection:
        if change != "nothing":
            connection.execute(f"{change} WHERE extract(minute FROM minute) > 20".encode())
        wanted = connection.execute(WANTED).fetchall()
        assert len(wanted) == 8
        assert connection.execute(KEPT).fetchall() == wanted
        connection.execute("DELETE FROM series_minutes")
        assert connection.execute(KEPT).fetchall() == []
