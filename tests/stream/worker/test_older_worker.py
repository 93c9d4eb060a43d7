"""A running worker whose Redis comes back older, as after a failover to a replica that lagged behind."""

import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import msgspec
import psycopg
import pytest
from redis.asyncio import Redis

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.adapters.kafka.topic_admin import create_topics
from stream.adapters.postgres.migrate import migrate
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.topics import Topics
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import contribution_of
from stream.settings import load_settings
from tests.fakes.windows import recount
from tests.postgres import opened_engine

TOPICS = Topics()
START = datetime.now(UTC) - timedelta(minutes=9)
SPAN = minute_of(START), minute_of(START) + 20
TIMEOUT = 240.0


@pytest.fixture
def servers(open_folder: Path) -> Iterator[Servers]:
    with Servers(open_folder / "servers") as servers:
        settings = load_settings(**servers.settings)
        create_topics(settings.kafka_access, TOPICS.all, 4, 1)
        migrate(settings.postgres.get_secret_value())
        yield servers


def _publish(servers: Servers, first: int, last: int) -> None:
    with Publisher(KafkaAccess(servers.broker.url)) as publisher:
        records = []
        for number in range(first, last):
            at = (START + timedelta(seconds=number)).isoformat()
            record = {
                "id": f"d{number}",
                "source": f"s{number % 9}",
                "text": f"Up {number} per cent",
                "published_at": at,
            }
            records.append((TOPICS.news, f"s{number % 9}".encode(), json.dumps(record).encode()))
        for _ in publisher.publish(iter(records)):
            pass


def _wait_for(servers: Servers, documents: int, worker: WorkerProcess) -> None:
    deadline, found = time.monotonic() + TIMEOUT, -1
    while found < documents:
        worker.check()
        assert time.monotonic() < deadline, (found, worker.log.read_text()[-3000:])
        time.sleep(0.2)
        with psycopg.connect(servers.postgres.url.replace("+psycopg", "")) as connection:
            row = connection.execute("SELECT coalesce(sum(documents), 0)::int FROM series_minutes").fetchone()
            found = row[0] if row else 0
    assert found == documents


def _set_back(servers: Servers, older: Path) -> None:
    servers.valkey.stop()
    held = servers.valkey.folder / "appendonlydir"
    shutil.rmtree(held)
    shutil.copytree(older, held)
    servers.valkey.start()


def _read_again(worker: WorkerProcess) -> float:
    with urlopen(f"{worker.url}/metrics", timeout=120) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line for line in lines if line.startswith("bellwether_documents_read_again_total")).split()[1])


async def _stored(servers: Servers) -> tuple[object, object]:
    async with Redis.from_url(servers.valkey.url) as client, opened_engine(servers.postgres.url) as engine:
        return await RedisWindowStore(client).minutes(range(*SPAN)), await PostgresSeriesStore(engine).minutes(*SPAN)


def test_windows_and_rows_equal_a_recount_after_redis_was_set_back(servers: Servers, tmp_path: Path) -> None:
    with WorkerProcess(servers.settings, tmp_path / "worker.log") as worker:
        _publish(servers, 0, 150)
        _wait_for(servers, 150, worker)
        # A kill and a start that lose nothing: nothing is read again.
        servers.valkey.kill()
        shutil.copytree(servers.valkey.folder / "appendonlydir", tmp_path / "older")
        servers.valkey.start()
        _publish(servers, 150, 300)
        _wait_for(servers, 300, worker)
        assert _read_again(worker) == 0
        _set_back(servers, tmp_path / "older")
        _publish(servers, 300, 350)
        _wait_for(servers, 350, worker)
        assert _read_again(worker) == 150
    scored: dict[str, ScoredDocument] = {}
    for record in read_topic(KafkaAccess(servers.broker.url), TOPICS.scored):
        document = msgspec.json.decode(record.value, type=ScoredDocument)
        scored.setdefault(document.id, document)
    windows, rows = asyncio.run(_stored(servers))
    assert windows == rows == recount([contribution_of(document) for document in scored.values()])
    assert len(scored) == 350
    log = (tmp_path / "worker.log").read_text()
    assert "had come back older" in log
    for secret in (servers.valkey.url, servers.postgres.url):
        assert secret.rpartition("@")[0].rpartition(":")[2] not in log
