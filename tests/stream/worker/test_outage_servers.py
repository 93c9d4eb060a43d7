"""Decisions after an outage are those of a run without one: on real servers, and both brokers.

An outage takes some seconds here; where all was down, what Redis knows of the time before is made two hours older
meanwhile, as if it had lasted so long. In each a surge is written. In the end all that the detector has decided and
learned, minute by minute, is what it makes of the whole log at once.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from kafka import KafkaProducer
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.tables import series_decisions
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.notify import Alert
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.rules import Rule, RuleState
from stream.pipeline.topics import Topics
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import contribution_of
from stream.settings import load_settings
from stream.worker.classifier_facts import read_classifier_facts
from stream.worker.stages import Detect
from tests.brokers import BROKERS, ApacheKafka
from tests.deployments import prepared, servers_on
from tests.fakes.alerts import FakeAlertStore
from tests.fakes.windows import FakeWindowStore
from tests.standstill import still

pytestmark = pytest.mark.slow

TOPICS = Topics()
HISTORY, GAP = timedelta(hours=30), timedelta(hours=2)
AWAY = 7.0  # seconds
KINDS = ("killed", "stopped", "redis", "broker", "rebalance")
TIMEOUT = 240.0


def _at(hour: int) -> datetime:
    """The beginning of the hour of event time in which the outage number ``hour`` happens."""
    return _BEGAN + HISTORY + GAP * hour


# The last hour ends some minutes ago, whenever the tests run.
_BEGAN = datetime.now(UTC).replace(second=0, microsecond=0) - HISTORY - GAP * (len(KINDS) + 1) - timedelta(minutes=9)


def _records(hour: int) -> list[tuple[str, bytes | None, bytes]]:
    """The history, or what is written in an outage: a document in three minutes, a fifth of them negative, and a surge.

    A surge is learned from, as far as it is not held to be one, so the next one is larger.
    """
    first, last = (_at(hour - 1), _at(hour)) if hour else (_BEGAN, _at(0))
    surge = int(60 * 1.6 ** (hour - 1)) if hour else 0
    steps = int((last - first) / timedelta(minutes=3))
    told = [(first + timedelta(minutes=3 * n), n % 5 == 0) for n in range(steps)]
    told += [(first + timedelta(minutes=15) + timedelta(minutes=20) * n / surge, True) for n in range(surge)]
    records: list[tuple[str, bytes | None, bytes]] = []
    for number, (at, negative) in enumerate(sorted(told)):
        text = f"Shares of bank {number} plunge on losses" if negative else f"Shares of bank {number} rise on profit"
        key = f"{at:%d%H%M%S}-{number}"
        document = {"id": key, "source": f"s{number % 31}", "text": text, "published_at": at.isoformat()}
        topic = TOPICS.social if number % 9 else TOPICS.news
        records.append((topic, str(number % 5).encode(), json.dumps(document).encode()))
    return records


class _Deployment:
    """Servers, a worker, and a publisher that is never away."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers, self.folder = servers, folder
        self.worker = WorkerProcess(servers.settings, folder / "worker.log")
        self.redis: Redis = Redis.from_url(servers.valkey.url, decode_responses=True)
        self.deadline = time.monotonic() + TIMEOUT * 4

    def publish(self, records: list[tuple[str, bytes | None, bytes]]) -> None:
        with Publisher(KafkaAccess(self.servers.broker.url)) as publisher:
            publisher.send(records)

    def wait_until_done(self, documents: int, minute: int) -> None:
        """Wait until so many are counted, and the minutes before ``minute`` are decided on."""
        while self.counted() < documents or self.evaluated() < minute:
            self.worker.check()
            assert time.monotonic() < self.deadline, self.worker.log.read_text()[-3000:]
            time.sleep(0.2)

    def counted(self) -> int:
        try:
            return sum(int(self.redis.scard(key)) for key in self.redis.scan_iter("*:seen:*", 1000))
        except RedisError:  # it loads what it had written
            return 0

    def evaluated(self) -> int:
        with psycopg.connect(self.servers.postgres.url.replace("+psycopg", "")) as connection:
            row = connection.execute("SELECT evaluated FROM detector_state WHERE rule = 'negative-surge'").fetchone()
            return int(row[0] or 0) if row else 0

    def wait_until_proven(self) -> None:
        """Wait until each partition is proven to have been read up to a time after now."""
        seconds, micros = self.redis.time()
        now = seconds * 1000 + micros // 1000
        for kind, count in (("raw", 4), ("scored", 2)):
            while True:
                proven = [int(value.split()[0]) for value in self.redis.hvals(f"{{bellwether}}:proven:{kind}")]
                if sum(at > now for at in proven) == count:
                    break
                self.worker.check()
                assert time.monotonic() < self.deadline, (kind, proven, now, self.worker.log.read_text()[-3000:])
                time.sleep(0.2)

    def age(self) -> None:
        """Make what Redis knows of the reading two hours older, as if the outage had lasted so long already."""
        older = int(GAP.total_seconds() * 1000)
        for pair, value in self.redis.hgetall("{bellwether}:progress").items():
            first, latest, seen, claim = map(int, value.split())
            self.redis.hset("{bellwether}:progress", pair, f"{first} {latest} {seen - older} {claim}")
        for kind in ("raw", "scored"):
            for name, value in self.redis.hgetall(f"{{bellwether}}:proven:{kind}").items():
                at, text = str(value).split(" ", 1)
                aged = _aged(json.loads(text), older)
                self.redis.hset(f"{{bellwether}}:proven:{kind}", name, f"{int(at) - older} {json.dumps(aged)}")


def _aged(proof: Any, older: int) -> Any:
    """A proof, or several in one another, with all their times earlier."""
    if isinstance(proof, dict):
        return {name: _aged(value, older) for name, value in proof.items()}
    return max(0, proof - older)


def _outage(kind: str, bellwether: _Deployment, records: list[tuple[str, bytes | None, bytes]]) -> None:
    """Publish ``records`` while something is away."""
    worker, servers = bellwether.worker, bellwether.servers
    if kind == "rebalance":
        with WorkerProcess(servers.settings, bellwether.folder / "second.log") as second:
            second.wait_until_ready()
            bellwether.publish(records[: len(records) // 2])
            second.kill()
        bellwether.publish(records[len(records) // 2 :])
        return
    if kind == "stopped":
        with still(worker):
            bellwether.publish(records)
            time.sleep(AWAY)
        return
    worker.kill()
    bellwether.age()
    bellwether.publish(records)
    # The worker is back before what it needs is.
    if kind == "redis":
        servers.valkey.kill()
    with still(servers.broker) if kind == "broker" else nullcontext():
        worker.start()
        time.sleep(0 if kind == "killed" else AWAY)
    if kind == "redis":
        servers.valkey.start()


def _end_without_a_document(servers: Servers) -> None:
    """Let partitions end with a tombstone, with nonsense and, where there are transactions, with the mark of one."""
    with closing(KafkaProducer(bootstrap_servers=servers.broker.url)) as producer:
        producer.send(TOPICS.news, None, key=b"k", partition=0)
        producer.send(TOPICS.news, b"nonsense", partition=1)
        producer.flush()
    if isinstance(servers.broker, ApacheKafka):
        with closing(KafkaProducer(bootstrap_servers=servers.broker.url, transactional_id="x")) as producer:
            producer.init_transactions()
            producer.begin_transaction()
            producer.send(TOPICS.social, b"{}", partition=0)
            producer.flush()
            producer.abort_transaction()


@pytest.fixture(params=BROKERS)
def servers(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[Servers]:
    with prepared(servers_on(request.param, open_folder), partitions=2) as servers:
        yield servers


@pytest.mark.timeout(1200)
def test_an_outage_of_anything_changes_no_decision(servers: Servers, tmp_path: Path) -> None:
    """Each time a surge is written while something is away; it fires, as in a run on the same log without outages."""
    bellwether = _Deployment(servers, tmp_path)
    expected = 0
    with bellwether.worker:
        for hour, kind in enumerate((None, *KINDS)):
            records = _records(hour)
            expected += len(records)
            if kind is None:
                bellwether.publish(records)
            else:
                _outage(kind, bellwether, records)
            bellwether.wait_until_done(expected, minute_of(_at(hour)) - 5)
        _end_without_a_document(servers)
        bellwether.wait_until_proven()
        found = asyncio.run(_stored(servers))
    told = asyncio.run(_reference(servers, found.state.evaluated))
    assert len(told.alerts) >= len(KINDS)
    assert found.alerts == told.alerts
    assert found.decisions == told.decisions
    assert found.state == told.state


@dataclass
class _Decided:
    """The alerts, what was decided on each series and minute, and what was learned."""

    alerts: list[tuple[Any, ...]]
    decisions: set[tuple[str, int, str]]
    state: RuleState


async def _stored(servers: Servers) -> _Decided:
    engine = create_async_engine(servers.postgres.url)
    try:
        store = PostgresAlertStore(engine)
        async with engine.connect() as connection:
            table = series_decisions.c
            # Those of the test of minutes, which the reference makes, too.
            query = select(table.series, table.minute, table.reason).where(table.rule == Rule().name)
            rows = await connection.execute(query)
            decisions = {(series, minute_of(minute), reason) for series, minute, reason in rows}
        _, state = await store.load(Rule().name)
        assert state is not None
        return _Decided(_plain(await store.alerts(None, 100)), decisions, state)
    finally:
        await engine.dispose()


async def _reference(servers: Servers, evaluated: int) -> _Decided:
    """Decide once on all that the log holds, as far as the worker has come."""
    records = read_topic(KafkaAccess(servers.broker.url), TOPICS.scored)
    scored = [msgspec.json.decode(record.value, type=ScoredDocument) for record in records]
    windows, alerts = FakeWindowStore(evaluated * 60_000), FakeAlertStore()
    first = min(milliseconds(item.published_at) for item in scored)
    await windows.add([contribution_of(item) for item in scored], {"0": Progress(first, evaluated * 60_000, 0)})
    facts = read_classifier_facts(load_settings(**servers.settings))
    detect = Detect(lambda: [Rule()], windows, alerts, ["webhook"], facts)
    while await detect.tick():
        pass
    _, state = await alerts.load(Rule().name)
    assert state is not None
    decisions = {(item.observation.series, item.observation.minute, str(item.reason)) for item in alerts.past}
    return _Decided(_plain(await alerts.alerts(None, 100)), decisions, state)


def _plain(alerts: list[Alert]) -> list[tuple[Any, ...]]:
    return sorted((item.series, item.fired_at, str(item.resolved_at), item.severity) for item in alerts)
