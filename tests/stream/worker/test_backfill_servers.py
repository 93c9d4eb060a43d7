"""The past brought in beside a live worker, on real servers, while both are killed hard: nothing is lost or doubled."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import msgspec
import psycopg
import pytest
from redis.asyncio import Redis

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.topics import Topics
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import contribution_of
from tests.brokers import BROKERS
from tests.deployments import prepared, servers_on
from tests.fakes.windows import recount
from tests.postgres import opened_engine
from tests.processes import ended

pytestmark = pytest.mark.slow

PAST, LIVE, BOTH = 1200, 300, 40
TIMEOUT = 420.0
TOPICS = Topics()


def _row(number: int, at: datetime) -> dict[str, str]:
    """One of sixty texts, so that copies stand on either side, and little is to be classified."""
    words = "plunge on losses" if number % 5 == 0 else "rise on profit"
    text = f"Shares of bank {number % 60} {words} says outlet {number % 7}"
    return {"id": f"d{number}", "source": f"s{number % 31}", "text": text, "published_at": at.isoformat()}


@pytest.fixture(params=BROKERS)
def servers(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[Servers]:
    with prepared(servers_on(request.param, open_folder)) as servers:
        yield servers


@pytest.mark.timeout(900)
def test_a_backfill_killed_beside_a_killed_worker_and_run_again_loses_and_doubles_nothing(
    servers: Servers, tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    # Its last documents are published live, too.
    past = [_row(number, began - timedelta(days=2) * (PAST - number) / PAST) for number in range(PAST)]
    file = tmp_path / "past.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in past))
    deadline = time.monotonic() + TIMEOUT
    with WorkerProcess(servers.settings, tmp_path / "worker.log") as worker:
        worker.wait_until_ready()
        publishing = Thread(target=_publish, args=(servers, past[-BOTH:]))
        publishing.start()
        with ended(_backfill(servers, file)) as first:
            _wait_for(
                servers, "SELECT count(*) FROM series_minutes WHERE minute < now() - interval '3 hours'", 50, deadline
            )
            first.kill()
            first.communicate()
        worker.kill()
        worker.start()
        output, errors = _communicated(_backfill(servers, file))
        assert "refused: 0" in output, errors
        told = re.search(r"brought in: (\d+), counted already: (\d+), left out: 0", output)
        assert told is not None
        assert int(told[1]) + int(told[2]) == PAST
        publishing.join()
        _wait_for(servers, "SELECT coalesce(sum(documents), 0) FROM topic_hours", PAST + LIVE, deadline)
        worker.wait_until_ready()
        time.sleep(3)  # what would be counted twice had come by now
        assert worker.stop() == 0, worker.log.read_text()[-2000:]
    scored = _first_records(servers)
    assert len(scored) == PAST + LIVE
    expected = recount([contribution_of(document) for document in scored.values()])
    span = range(minute_of(began) - 3 * 1440, minute_of(began) + 60)
    windows, rows, since, alerts = asyncio.run(_stored(servers, span))
    assert windows == expected
    assert rows == expected
    assert alerts == []
    assert since == minute_of(began - timedelta(days=2))
    again, _ = _communicated(_backfill(servers, file))
    assert f"brought in: 0, counted already: {PAST}" in again


def _backfill(servers: Servers, file: Path) -> "subprocess.Popen[str]":
    own = {f"BELLWETHER_{name.upper()}": value for name, value in servers.settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "stream", "backfill", str(file)],
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _communicated(process: "subprocess.Popen[str]") -> tuple[str, str]:
    with ended(process):
        return process.communicate(timeout=TIMEOUT)


def _publish(servers: Servers, both: list[dict[str, str]]) -> None:
    with Publisher(KafkaAccess(servers.broker.url)) as publisher:
        for at in range(0, LIVE, 10):
            rows = [_row(PAST + number, datetime.now(UTC)) for number in range(at, at + 10)]
            rows += both[at : at + 10]
            publisher.send((TOPICS.news, row["source"].encode(), json.dumps(row).encode()) for row in rows)
            time.sleep(0.3)


def _wait_for(servers: Servers, query: str, count: int, deadline: float) -> None:
    with psycopg.connect(servers.postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
        while (row := connection.execute(query.encode()).fetchone()) is None or row[0] < count:
            assert time.monotonic() < deadline, f"{row} of {count}"
            time.sleep(0.3)


def _first_records(servers: Servers) -> dict[str, ScoredDocument]:
    scored: dict[str, ScoredDocument] = {}
    for record in read_topic(KafkaAccess(servers.broker.url), TOPICS.scored):
        document = msgspec.json.decode(record.value, type=ScoredDocument)
        scored.setdefault(document.id, document)
    return scored


async def _stored(servers: Servers, span: range) -> tuple[object, object, int, list[object]]:
    async with opened_engine(servers.postgres.url) as engine, Redis.from_url(servers.valkey.url) as client:
        windows = await RedisWindowStore(client).minutes(span)
        rows = await PostgresSeriesStore(engine).minutes(span.start, span.stop)
        alerts = PostgresAlertStore(engine)
        _, state = await alerts.load("negative-surge")
        return windows, rows, state.since if state else 0, list(await alerts.alerts(None, 9))
