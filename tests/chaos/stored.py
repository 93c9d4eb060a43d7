"""What is stored at the end of a run, and what a plain recount of the log says should be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
from sqlalchemy.ext.asyncio import create_async_engine

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.records import read_topic
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.client import connected
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Servers
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.contribution import contribution_of
from tests.chaos.feed import COMPARED, FIRST, LAST, TOPICS
from tests.fakes.windows import recount

Minutes = Mapping[int, Mapping[str, Bucket]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Windows in Redis, rows in PostgreSQL, a recount of the log; decisions of each rule, and steps of alerts."""

    windows: Minutes
    rows: Minutes
    expected: Minutes
    documents: int
    letters: int
    decisions: dict[tuple[str, str, str], tuple[Any, ...]]
    steps: list[tuple[Any, ...]]


def outcome(servers: Servers) -> Outcome:
    """Read everything."""
    scored: dict[str, ScoredDocument] = {}
    for record in read_topic(KafkaAccess(servers.broker.url), TOPICS.scored):
        document = msgspec.json.decode(record.value, type=ScoredDocument)
        scored.setdefault(document.id, document)  # the first record of an id counts
    letters = [
        msgspec.json.decode(record.value) for record in read_topic(KafkaAccess(servers.broker.url), TOPICS.dead_letters)
    ]
    places = {(letter["topic"], letter["partition"], letter["offset"]) for letter in letters}
    windows, rows = asyncio.run(_stored(servers))
    expected = recount([contribution_of(document) for document in scored.values()])
    return Outcome(windows, rows, expected, len(scored), len(places), _decisions(servers), _steps(servers))


async def _stored(servers: Servers) -> tuple[Minutes, Minutes]:
    engine = create_async_engine(servers.postgres.url)
    try:
        async with connected(servers.valkey.url) as client:
            windows = await RedisWindowStore(client).minutes(range(FIRST, LAST + 1))
        return windows, await PostgresSeriesStore(engine).minutes(FIRST, LAST + 1)
    finally:
        await engine.dispose()


def _decisions(servers: Servers) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    found = _rows(
        servers,
        'SELECT rule, series, minute::text, "window", reason, round(documents::numeric, 6),'
        " round(negatives::numeric, 6), round(expected::numeric, 6), round(score::numeric, 6),"
        " round(threshold::numeric, 6) FROM series_decisions"
        " WHERE minute <= to_timestamp(%s - CASE WHEN rule = 'negative-surge' THEN 0 ELSE 900 END)",
        COMPARED * 60,
    )
    return {(row[0], row[1], row[2]): row[3:] for row in found}


def _steps(servers: Servers) -> list[tuple[Any, ...]]:
    return _rows(
        servers,
        "SELECT series, step, t.severity, t.at FROM alert_transitions t JOIN alerts a ON a.id = t.alert_id"
        " WHERE t.at <= to_timestamp(%s) ORDER BY t.at, series, step",
        COMPARED * 60,
    )


def _rows(servers: Servers, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(servers.postgres.url.replace("+psycopg", ""), connect_timeout=5) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def number(servers: Servers, query: str, *parameters: object) -> int:
    """Return the one number that ``query`` asks for; -1 while PostgreSQL does not answer."""
    try:
        return int(_rows(servers, query, *parameters)[0][0])
    except psycopg.Error:
        return -1
