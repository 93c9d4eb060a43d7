"""Topics that change while a worker reads them: made again, with a longer or shorter log, or with more partitions."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.types import TP
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewPartitions, NewTopic
from kafka.errors import IncompatibleBrokerVersion

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.topic_admin import create_topics
from stream.adapters.kafka.transport import _Consumer
from stream.embedded import Server, Valkey
from stream.embedded.worker import WorkerProcess
from stream.pipeline.topics import Topics
from tests.brokers import BROKERS

TOPICS = Topics()
AT_MOST = 240.0  # generous: the machine may be busy


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[Server]:
    with request.param(open_folder / "broker") as server:
        create_topics(KafkaAccess(server.url), TOPICS.all, 2, 1)
        yield server


@pytest.fixture
def valkey(open_folder: Path) -> Iterator[Valkey]:
    with Valkey(open_folder / "valkey") as server:
        yield server


def _publish(url: str, ids: range, partition: int) -> None:
    producer = KafkaProducer(bootstrap_servers=url)
    for number in ids:
        record = {"id": f"d{number}", "source": "s", "text": f"Shares of bank {number} fall"}
        producer.send(TOPICS.news, json.dumps(record).encode(), partition=partition)
    producer.flush()
    producer.close()


class _Scored:
    """Reads what the worker has classified."""

    def __init__(self, url: str, worker: WorkerProcess) -> None:
        self._worker = worker
        self._consumer = KafkaConsumer(
            TOPICS.scored, bootstrap_servers=url, auto_offset_reset="earliest", group_id=None
        )
        self._found: set[str] = set()

    def wait(self, ids: range) -> None:
        """Return when all of them have come."""
        wanted, deadline = {f"d{number}" for number in ids}, time.monotonic() + AT_MOST
        while wanted - self._found:
            self._worker.check()
            for records in self._consumer.poll(500).values():
                self._found |= {json.loads(record.value)["id"] for record in records}
            assert time.monotonic() < deadline, f"{len(wanted - self._found)} of {len(wanted)} have not come"

    def close(self) -> None:
        """Give the connections back."""
        self._consumer.close()


def _created(admin: KafkaAdminClient, count: int) -> None:
    """Create the topic; a broker may say for a while that it is still there."""
    deadline = time.monotonic() + 240
    while True:
        try:
            admin.create_topics([NewTopic(TOPICS.news, count, 1)])
            return
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


@pytest.mark.kafka
def test_a_topic_that_is_made_again_and_partitions_that_are_added_are_read(
    broker: Server, valkey: Valkey, open_folder: Path
) -> None:
    settings = {
        "kafka": broker.url,
        "redis": valkey.url,
        "postgres": "postgresql+psycopg://127.0.0.1:1/none",
        "session_timeout": "6",
    }
    log = open_folder / "worker.log"
    with WorkerProcess(settings, log, stages=("classify",)) as worker:
        scored, admin = _Scored(broker.url, worker), KafkaAdminClient(bootstrap_servers=broker.url)
        try:
            _publish(broker.url, range(300), 0)
            scored.wait(range(300))
            time.sleep(2)  # committed
            admin.delete_topics([TOPICS.news])
            _created(admin, 2)
            # Fewer than were read before: the place to be read next lies beyond the end.
            _publish(broker.url, range(300, 320), 0)
            scored.wait(range(300, 320))
            try:
                admin.create_partitions({TOPICS.news: NewPartitions(4)})
            except IncompatibleBrokerVersion:  # the embedded broker can only make it anew
                admin.delete_topics([TOPICS.news])
                _created(admin, 4)
            _publish(broker.url, range(320, 340), 3)
            scored.wait(range(320, 340))
            worker.check()  # and all by the same process
        finally:
            admin.close()
            scored.close()
            print(log.read_text()[-4000:])
    # Apache Kafka forgets a group's offsets with the topic, and the topic is missed; the embedded broker does neither.
    assert f"{TOPICS.news}/0: was read to" in log.read_text() or "Ignoring missing topic" in log.read_text()


def test_a_partition_whose_records_begin_before_what_was_read_is_read_from_there(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """aiokafka goes back to the beginning by itself where the broker says that the place is not there."""
    found = {TP("news", 0): [SimpleNamespace(offset=3)], TP("news", 1): [SimpleNamespace(offset=12)], TP("news", 2): []}

    async def fetched(self: object, timeout: float) -> tuple[object, None]:
        return found, None

    monkeypatch.setattr(FaustConsumer, "_wait_next_records", fetched)
    consumer = _Consumer.__new__(_Consumer)
    begun: list[tuple[object, ...]] = []
    transport = SimpleNamespace(consumed=SimpleNamespace(begin_anew=lambda *told: begun.append(told)))
    monkeypatch.setattr(consumer, "transport", transport, raising=False)
    for name in ("_acked", "_read_offset", "_committed_offset"):
        setattr(consumer, name, defaultdict(lambda: None, {TP("news", 0): 10, TP("news", 1): 11}))
    assert asyncio.run(consumer._wait_next_records(1.0))[0] == found
    assert (consumer._read_offset[TP("news", 0)], consumer._read_offset[TP("news", 1)]) == (None, 11)
    assert consumer._committed_offset[TP("news", 0)] is None
    assert begun == [(("news", 0), found[TP("news", 0)])]
    assert "news/0: was read to 10, but begins at 3 again" in caplog.text
    assert "news/1" not in caplog.text
