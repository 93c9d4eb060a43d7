"""The worker as users run it, on real servers: documents in, windows and dead letters out, and a hard kill between."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer
from redis.asyncio import Redis

from stream.adapters.topic_admin import create_topics
from stream.adapters.window_store import RedisWindowStore
from stream.embedded import Broker, Valkey
from stream.pipeline.aggregate import contribution, minute_of
from stream.pipeline.classify import ScoredDocument
from stream.pipeline.topics import Topics
from tests.contracts import START
from tests.fakes import recount

TOPICS = Topics()
COUNT = 3000


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Broker, Valkey]]:
    with Broker(tmp_path / "broker") as broker, Valkey(tmp_path / "valkey") as valkey:
        create_topics(broker.url, TOPICS.all, 4, 1)
        yield broker, valkey


def _worker(broker: Broker, valkey: Valkey, log: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "BELLWETHER_KAFKA": broker.url, "BELLWETHER_REDIS": valkey.url}
    with log.open("ab") as output:
        command = [sys.executable, "-c", "from stream.cli import main; main()", "worker"]
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output)


def _wait_for(valkey: Valkey, documents: int, worker: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    with redis.Redis.from_url(valkey.url) as client:
        while sum(1 for _ in client.scan_iter("*:seen:*", count=1000)) < documents:
            assert worker.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.2)


def _read(broker: Broker, topic: str) -> list[bytes]:
    consumer = KafkaConsumer(
        topic, bootstrap_servers=broker.url, auto_offset_reset="earliest", consumer_timeout_ms=3000
    )
    values = [record.value for record in consumer]
    consumer.close()
    return values


def test_every_document_counts_once_through_a_hard_kill(servers: tuple[Broker, Valkey], tmp_path: Path) -> None:
    broker, valkey = servers
    producer = KafkaProducer(bootstrap_servers=broker.url)
    for number in range(COUNT):
        record = {"id": f"d{number}", "source": f"s{number % 7}", "text": f"Shares fall {number % 900} points"}
        record["published_at"] = START.isoformat()
        producer.send(TOPICS.news if number % 2 else TOPICS.social, json.dumps(record).encode())
    producer.send(TOPICS.news, b"not json")
    producer.flush()
    producer.close()
    log = tmp_path / "worker.log"
    first = _worker(broker, valkey, log)
    _wait_for(valkey, 500, first, log)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = _worker(broker, valkey, log)
    try:
        _wait_for(valkey, COUNT, second, log)
    finally:
        second.terminate()
        assert second.wait(20) == 0

    # A batch that was classified twice stands twice in the log, perhaps with other digits, since int8 activations are
    # scaled per batch. Equal ids share a partition, so the first record is the one that was counted.
    scored: dict[str, ScoredDocument] = {}
    for value in _read(broker, TOPICS.scored):
        document = msgspec.json.decode(value, type=ScoredDocument)
        scored.setdefault(document.id, document)
    assert len(scored) == COUNT

    async def windows() -> object:
        async with Redis.from_url(valkey.url) as client:
            return await RedisWindowStore(client).minutes(minute_of(START), minute_of(START) + 1)

    assert asyncio.run(windows()) == recount([contribution(document) for document in scored.values()])
    letters = [json.loads(value) for value in _read(broker, TOPICS.dead_letters)]
    assert {(letter["topic"], letter["value"]) for letter in letters} == {(TOPICS.news, "bm90IGpzb24=")}
    assert "not JSON" in letters[0]["reason"]
