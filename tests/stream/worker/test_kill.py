"""The promise, on real servers: nothing is lost and nothing counts twice while things are killed.

Documents of two days, ordinary and then a surge, go through a worker that is killed hard five times at random moments;
Redis and PostgreSQL are killed and started again meanwhile. At the end the windows and the rows equal a plain recount
of the log, and every alert has reached the receiver, each time under the same id.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.demo.receiver import WebhookListener
from stream.embedded import Broker, Server, Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.documents.document import parse_document
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.notify import AlertStory, DeliveryState
from stream.pipeline.notify.retries import OVER
from stream.pipeline.topics import Topics
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import contribution_of
from tests.brokers import BROKERS
from tests.deployments import prepared, servers_on
from tests.fakes.windows import recount

pytestmark = pytest.mark.slow

COUNT, KILLS, BAD = 10_500, 5, 7
SECRET = "whsec_" + "c2VjcmV0" * 4
TOPICS = Topics()
START = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=2)
FIRST, LAST = minute_of(START), minute_of(START) + 2 * 1440
# Seconds in which nothing comes or is decided any more, and for what is published at once: on a loaded machine a worker
# alone has taken minutes to start, and the broker more than the publisher's usual half minute to answer.
TIMEOUT = 600.0
# A worker that gets no processor for minutes ends itself, for a supervisor to start it again. Here nobody would.
PATIENCE = {"tick_bound": "1200", "retry_for": "600", "end_after": "3600"}


def _documents() -> Iterator[tuple[str, bytes | None, bytes]]:
    """Two days; in the last three hours before the end of the second one, ten times as many negative ones."""
    pick = random.Random(5)
    surge = set(range(COUNT * 85 // 100, COUNT * 90 // 100))
    for number in range(COUNT):
        negative = number in surge or number % 5 == 0
        text = f"Shares of bank {number} plunge on losses" if negative else f"Shares of bank {number} rise on profit"
        at = START + timedelta(days=2) * number / COUNT if number not in surge else _surge_time(number)
        record = {"id": f"d{number}", "source": f"s{number % 31}", "text": text, "published_at": at.isoformat()}
        topic = TOPICS.social if pick.random() < 0.5 else TOPICS.news
        yield topic, str(record["source"]).encode(), json.dumps(record).encode()
        if number % (COUNT // BAD) == 1:
            yield topic, None, b"not json %d" % number


def _surge_time(number: int) -> datetime:
    """A twentieth of all documents within an hour."""
    return START + timedelta(days=1.75) + timedelta(hours=1) * (number - COUNT * 85 // 100) / (COUNT * 5 // 100)


@pytest.fixture(params=BROKERS)
def servers(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[Servers]:
    with prepared(servers_on(request.param, open_folder)) as servers:
        yield servers


@pytest.mark.timeout(3600)
def test_nothing_is_lost_and_nothing_counts_twice(servers: Servers, tmp_path: Path) -> None:
    received = asyncio.run(_run(servers, tmp_path / "worker.log"))
    scored = _first_records(servers)
    assert len(scored) == COUNT
    expected = recount([contribution_of(document) for document in scored.values()])
    windows, rows, stories = asyncio.run(_stored(servers))
    assert windows == expected
    assert rows == expected
    letters = {
        value for record in read_topic(KafkaAccess(servers.broker.url), TOPICS.dead_letters) for value in [record.value]
    }
    where = {(letter["partition"], letter["topic"], letter["offset"]) for letter in map(json.loads, letters)}
    assert len(where) == BAD
    assert stories
    for story in stories:
        assert story.alert.status == "resolved"
        assert [step.step for step in story.transitions if step.step in ("firing", "resolved")] == [
            "firing",
            "resolved",
        ]
        sent = [item for item in story.deliveries if item.receiver == "webhook"]
        assert len({item.message_id for item in sent}) == len(sent)
        # What was over before it could be sent is no news; that it is over is always told.
        assert [item.type for item in sent if item.delivered_at][-1] == "alert.resolved"
        assert all(item.delivered_at or item.error == OVER for item in sent)
        assert len(story.evidence) > 0
        for item in story.evidence:
            assert item.text == scored[item.id].text
    assert set(received) >= {item.message_id for story in stories for item in story.deliveries if _taken(item)}
    assert set(received) <= {item.message_id for story in stories for item in story.deliveries}


def _taken(item: DeliveryState) -> bool:
    return item.receiver == "webhook" and item.delivered_at is not None


async def _run(servers: Servers, log: Path) -> list[str]:
    """Play everything through kills and restarts; return the ids of the webhooks that came, all signed."""
    async with WebhookListener(SECRET) as listener:
        settings = {**servers.settings, "webhook_url": listener.url, "webhook_secret": SECRET}
        settings |= {"webhook_allow_http": "true", "webhook_allow_private": "true"}
        settings |= {**PATIENCE, "shards": str(_layout(servers).shards)}
        with ThreadPoolExecutor(1) as pool:
            publishing = pool.submit(_publish, servers.broker.url)
            await asyncio.to_thread(_chaos, servers, settings, log, publishing)
            publishing.result()
        assert all(item.verified for item in listener.received)
        return [item.message_id for item in listener.received]


def _layout(servers: Servers) -> Layout:
    """On one broker the windows are spread, on the other they are not: neither changes what comes of it."""
    return Layout("bellwether", 3 if isinstance(servers.broker, Broker) else 1)


def _publish(servers: str) -> None:
    with Publisher(KafkaAccess(servers), TIMEOUT) as publisher:
        for _ in publisher.publish(_documents()):
            time.sleep(0.1)


def _chaos(servers: Servers, settings: dict[str, str], log: Path, publishing: Future[None]) -> None:
    pick = random.Random()
    worker = WorkerProcess(settings, log)
    restarts: list[Server] = [servers.valkey, servers.postgres]
    worker.start()
    try:
        for kill in range(1, KILLS + 1):
            _wait_for(servers, COUNT * kill // (KILLS + 2), worker, publishing)
            if kill % 2 == 0:
                server = restarts.pop()
                server.kill()
                time.sleep(1)
                server.start()
            time.sleep(pick.uniform(0, 1))
            worker.kill()
            worker.start()
        _wait_for(servers, COUNT, worker, publishing)
        _wait_until_settled(servers, worker, publishing)
        worker.wait_until_ready()  # a fast machine has nothing left to do when the last one has only begun to start
    finally:
        code = worker.stop()
    assert code == 0, log.read_text()[-2000:]


def _wait_for(servers: Servers, documents: int, worker: WorkerProcess, publishing: Future[None]) -> None:
    """Wait until so many documents stand in PostgreSQL."""
    counted = "SELECT coalesce(sum(documents), 0) FROM series_minutes"
    _wait_while(lambda: max(0, documents - _one(servers, counted)), worker, publishing)


def _wait_while(left: Callable[[], int], worker: WorkerProcess, publishing: Future[None]) -> None:
    """Wait until nothing is left, as long as what is left changes now and then, and publishing did not fail."""
    before, deadline = -1, 0.0
    while now := left():
        worker.check()
        if publishing.done():
            publishing.result()
        if now != before:
            before, deadline = now, time.monotonic() + TIMEOUT
        assert time.monotonic() < deadline, (now, worker.log.read_text()[-3000:])
        time.sleep(0.3)


def _wait_until_settled(servers: Servers, worker: WorkerProcess, publishing: Future[None]) -> None:
    """Wait until nothing fires and nothing is left to deliver, and the detector is past the last document."""
    query = (
        "SELECT (SELECT count(*) FROM alerts WHERE status <> 'resolved')"
        " + (SELECT count(*) FROM deliveries WHERE next_at IS NOT NULL)"
        # A detector that has not written anything yet has no row: it is all the way behind, not done.
        " + greatest(0, %s - coalesce((SELECT evaluated FROM detector_state WHERE rule = 'negative-surge'), 0))"
    )
    _wait_while(lambda: _one(servers, query, LAST - 1), worker, publishing)


def _one(servers: Servers, query: str, *parameters: int) -> int:
    with psycopg.connect(servers.postgres.url.replace("+psycopg", "")) as connection:
        row = connection.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return int(row[0])


def _first_records(servers: Servers) -> dict[str, ScoredDocument]:
    """Return the first record of every id.

    A batch that was classified twice stands twice in the log, perhaps with other digits, since int8 activations are
    scaled per batch. Equal ids share a partition, so the first record is the one that was counted.
    """
    scored: dict[str, ScoredDocument] = {}
    for record in read_topic(KafkaAccess(servers.broker.url), TOPICS.scored):
        document = msgspec.json.decode(record.value, type=ScoredDocument)
        scored.setdefault(document.id, document)
    return scored


async def _stored(servers: Servers) -> tuple[object, object, list[AlertStory]]:
    engine = create_async_engine(servers.postgres.url)
    try:
        async with Redis.from_url(servers.valkey.url) as client:
            windows = await RedisStores(client, _layout(servers)).windows().minutes(range(FIRST, LAST))
        rows = await PostgresSeriesStore(engine).minutes(FIRST, LAST)
        store = PostgresAlertStore(engine)
        found = [await store.story(alert.id) for alert in await store.alerts(None, 100)]
        return windows, rows, [story for story in found if story is not None]
    finally:
        await engine.dispose()


def test_a_worker_that_waits_for_a_killed_ones_place_stops_when_asked(servers: Servers, tmp_path: Path) -> None:
    with WorkerProcess(servers.settings, tmp_path / "worker.log") as worker:
        worker.wait_until_ready()
        time.sleep(2)  # it joins its groups, in which the broker then keeps its place until its session is over
        worker.kill()
        worker.start()
        worker.wait_until_ready()
        time.sleep(1)  # it waits for that place
        assert worker.stop() == 0, worker.log.read_text()[-2000:]


def test_the_documents_are_what_the_test_says() -> None:
    records = list(_documents())
    parsed = [parse_document(value, datetime.now(UTC)) for _, key, value in records if key]
    assert len(parsed) == COUNT
    assert len(records) - len(parsed) == BAD
    assert all(START <= document.published_at < START + timedelta(days=2) for document in parsed)
