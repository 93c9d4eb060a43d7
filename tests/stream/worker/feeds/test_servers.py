"""Sources on real servers: each format ends in windows, and nothing is lost or comes again while things are killed."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import psycopg
import pytest
from redis.asyncio import Redis

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.intake import PATIENCE
from stream.adapters.kafka.records import read_topic
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Broker, Server, Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.topics import Topics
from stream.pipeline.windows.bucket import minute_of
from stream.worker.feeds.gate import AT_ONCE
from tests.brokers import BROKERS, ApacheKafka
from tests.deployments import prepared, servers_on
from tests.publishers import Answer, Publisher, entry, filings, item, publishing
from tests.standstill import still

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
TIMEOUT = 420.0
FEEDS, ITEMS = 80, 20


def _sources(folder: Path, *lines: str) -> Path:
    path = folder / "sources.yaml"
    head = "allow_http: true, allow_private: true"
    path.write_text("sources:\n" + "".join(f"  - {{{line}, {head}}}\n" for line in lines))
    return path


def _wait(until: Callable[[], bool], worker: WorkerProcess) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not until():
        worker.check()
        assert time.monotonic() < deadline, worker.log.read_text()[-3000:]
        time.sleep(0.3)


def _each_kind(publisher: Publisher, now: datetime) -> list[str]:
    """Serve a file of each format with two items, and return the sources."""
    rfc, iso = format_datetime(now - MINUTE), (now - MINUTE).isoformat()
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Bank</title></channel>'
        + "".join(
            f'<item rdf:about="https://a.example/{n}"><title>{title}</title><dc:date>{iso}</dc:date></item>'
            for n, title in enumerate(("The bank raises its rate", "Profit of the insurer falls sharply"))
        )
        + "</rdf:RDF>"
    )
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title>' + "".join(
        f"<entry><id>urn:{n}</id><title>{title}</title><updated>{iso}</updated></entry>"
        for n, title in enumerate(("Carmaker recalls a million cars", "Airline orders fifty new jets"))
    )
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "J"}
    texts = ("Regulator fines the broker", "Miner finds copper in the north")
    feed["items"] = [{"id": n, "content_text": t, "date_published": iso} for n, t in enumerate(texts)]  # type: ignore[assignment]
    publisher.feed("/rss", item("Shares of the lender plunge", "1", rfc), item("Chip maker beats forecasts", "2", rfc))
    publisher.pages["/rdf"] = Answer(200, rdf.encode())
    publisher.pages["/atom"] = Answer(200, (atom + "</feed>").encode())
    publisher.pages["/json"] = Answer(200, json.dumps(feed).encode(), {"Content-Type": "application/feed+json"})
    publisher.pages["/edgar"] = Answer(200, filings(entry("1", "ACME CORP", at=iso), entry("2", "BETA INC", at=iso)))
    kinds = [f"name: {kind}, url: '{publisher.url}/{kind}'" for kind in ("rss", "rdf", "atom", "json")]
    return [*kinds, f"name: filings, type: edgar, url: '{publisher.url}/edgar'"]


def test_a_feed_of_each_kind_ends_in_windows(open_folder: Path, tmp_path: Path) -> None:
    now = datetime.now(UTC)

    async def counted(url: str) -> int:
        async with Redis.from_url(url) as client:
            minutes = range(minute_of(now) - 5, minute_of(now) + 1)
            rows = await RedisWindowStore(client).minutes(minutes)
        topics = (bucket for row in rows.values() for series, bucket in row.items() if series.startswith("topic:"))
        return sum(bucket.documents for bucket in topics)

    with publishing() as publisher, prepared(servers_on(Broker, open_folder), partitions=2) as servers:
        sources = _sources(tmp_path, *_each_kind(publisher, now))
        settings = {**servers.settings, "feeds": str(sources), "feeds_contact": "desk@bank.example"}
        with WorkerProcess(settings, tmp_path / "worker.log") as worker:
            _wait(lambda: asyncio.run(counted(servers.valkey.url)) >= 10, worker)
            time.sleep(1)
            assert asyncio.run(counted(servers.valkey.url)) == 10


@pytest.fixture(params=BROKERS)
def servers(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[Servers]:
    with prepared(servers_on(request.param, open_folder), partitions=2) as servers:
        yield servers


def _break(broker: Server) -> None:
    """Kill the broker and start it again; the embedded one, which would forget all, stands still for a while."""
    if isinstance(broker, ApacheKafka):
        broker.kill()
        time.sleep(2)
        broker.start()
        return
    with still(broker):
        time.sleep(PATIENCE + 2)


@pytest.mark.timeout(900)
def test_nothing_is_lost_and_nothing_is_new_twice(servers: Servers, tmp_path: Path) -> None:
    """Two workers read; one is killed three times, the broker goes away; then all is read again, and nothing comes."""
    with publishing() as publisher:
        for feed in range(FEEDS):
            publisher.feed(f"/{feed}", *(item(f"News {n} of feed {feed}", f"{n}") for n in range(ITEMS)))
        sources = _sources(tmp_path, *(f"name: f{n}, url: '{publisher.url}/{n}'" for n in range(FEEDS)))
        settings = {**servers.settings, "feeds": str(sources), "retry_for": "120"}
        one, two = (WorkerProcess(settings, tmp_path / f"{name}.log", ["feeds"]) for name in ("one", "two"))
        with one, two:
            for kill in range(1, 4):
                _wait(lambda: _rows(servers, "feed_items") >= kill * FEEDS * ITEMS // 5, one)  # noqa: B023
                one.kill()
                if kill == 2:
                    _break(servers.broker)
                one.start()
            _wait(lambda: _rows(servers, "feed_items") == FEEDS * ITEMS, two)
        first = _ids(servers)
        assert len(first) == FEEDS * ITEMS, "lost"
        _run(servers, "UPDATE feed_sources SET next_at = now(), leased_until = NULL")
        asked = len(publisher.requests)
        with one:
            _wait(lambda: len(publisher.requests) >= asked + FEEDS, one)
            _wait(lambda: _rows(servers, "feed_sources WHERE next_at > now()") == FEEDS, one)
        assert _ids(servers) == first, "what was published came again"
        # A worker that is killed after the broker took a step and before it was stored reads the step again.
        print(f"{len(first)} documents, {first.total() - len(first)} records more")
        assert first.total() - len(first) <= 4 * AT_ONCE * ITEMS


def _ids(servers: Servers) -> Counter[str]:
    records = read_topic(KafkaAccess(servers.broker.url), Topics().news)
    return Counter(json.loads(record.value)["id"] for record in records)


def _rows(servers: Servers, of: str) -> int:
    row = _run(servers, f"SELECT count(*) FROM {of}")  # noqa: S608
    return int(row[0])


def _run(servers: Servers, statement: str) -> tuple[int, ...]:
    with psycopg.connect(servers.postgres.url.replace("+psycopg", "")) as connection:
        done = connection.execute(statement.encode())
        return (done.fetchone() or (0,)) if done.description else (done.rowcount,)
