"""A topic read through while its broker is slow, goes away, or is written to."""

import time
from collections.abc import Callable, Iterator
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from kafka import KafkaProducer, TopicPartition

from stream.adapters.kafka import reading, records
from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.records import read_topic
from stream.adapters.kafka.topic_admin import create_topics
from stream.embedded import Server
from stream.errors import BrokerError
from tests.brokers import BROKERS
from tests.standstill import still

# kafka-python leaves the socket of a connection that was refused to the garbage collector.
pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]
COUNT, TOPIC, EMPTY = 6000, "filled", "empty"


def _fill(access: KafkaAccess, until: Callable[[int], bool] = lambda sent: sent == COUNT) -> None:
    producer, sent = KafkaProducer(bootstrap_servers=access.bootstrap, acks="all"), 0
    while not until(sent):
        producer.send(TOPIC, b"%d " % sent + b"x" * 500, partition=sent % 2)
        sent += 1
    producer.flush()
    producer.close()


def _stand_still(broker: Server, begun: Event) -> None:
    with still(broker):
        begun.set()
        time.sleep(8)


@pytest.fixture(scope="module", params=BROKERS)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    kind: type[Server] = request.param
    with kind(tmp_path_factory.mktemp("broker")) as running:
        create_topics(KafkaAccess(running.url), [TOPIC, EMPTY], 3, 1)  # a partition is empty in both
        _fill(KafkaAccess(running.url))
        yield running


@pytest.mark.parametrize("topic", [EMPTY, "missing"])
def test_what_is_empty_ends_at_once(broker: Server, topic: str) -> None:
    assert list(read_topic(KafkaAccess(broker.url), topic)) == []


# From here on the broker is disturbed; an Apache Kafka that stood still has no broker to tell of for a moment.


def test_a_broker_that_stands_still_for_a_while_is_waited_for(broker: Server) -> None:
    incoming = read_topic(KafkaAccess(broker.url), TOPIC)
    found = [next(incoming).value]
    begun = Event()
    standing = Thread(target=_stand_still, args=(broker, begun))
    standing.start()
    begun.wait()
    found += [record.value for record in incoming]
    standing.join()
    assert {int(value.split()[0]) for value in found} == set(range(COUNT))
    assert len(found) == COUNT


def test_a_topic_that_is_written_to_has_an_end(broker: Server) -> None:
    access, enough = KafkaAccess(broker.url), Event()
    writing = Thread(target=_fill, args=(access, lambda _: enough.wait(0.01)))
    writing.start()
    try:
        assert sum(1 for _ in read_topic(access, TOPIC)) >= COUNT
        assert writing.is_alive()
    finally:
        enough.set()
        writing.join()


def test_a_broker_that_does_not_come_back_is_told(broker: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SILENT", 2.0)
    incoming = read_topic(KafkaAccess(broker.url), TOPIC)
    next(incoming)
    with still(broker), pytest.raises(BrokerError, match=f"did not return {TOPIC}: nothing for 2 s"):
        list(incoming)


class _HalfGone:
    """A consumer of two partitions: one brings a record at each look, the other's broker is gone."""

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[object]]:
        time.sleep(0.01)
        return {TopicPartition(TOPIC, 0): [SimpleNamespace(partition=0, offset=9, timestamp=0, key=None, value=b"x")]}

    def highwater(self, place: TopicPartition) -> int | None:
        return 5 if place.partition == 0 else None

    def position(self, place: TopicPartition) -> int:
        return 10


def test_a_partition_that_is_gone_is_told_though_another_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SILENT", 0.3)
    places = [TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)]
    silence = reading.Silence(KafkaAccess("h:1"), TOPIC)
    with pytest.raises(BrokerError, match=f"did not return {TOPIC}: nothing for"):
        list(records._to_the_end(_HalfGone(), places, silence))
