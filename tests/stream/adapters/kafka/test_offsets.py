"""What the brokers say of a group's offsets, and what cannot be had from their numbers alone."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.structs import OffsetAndMetadata

from stream.adapters.kafka import offsets
from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.offsets import KafkaOffsets
from stream.adapters.kafka.topic_admin import create_topics
from stream.embedded import Broker, Server, free_port
from stream.errors import BrokerError
from stream.pipeline.progress.liveness import Liveness, Offsets, Partition
from tests.brokers import BROKERS
from tests.leftovers import Held, each_time_more, held_now

# kafka-python leaves the socket of a refused connection to the garbage collector.
pytestmark = [pytest.mark.kafka, pytest.mark.filterwarnings("ignore::ResourceWarning")]
P0, P1 = Partition("t", 0), Partition("t", 1)


@pytest.fixture(autouse=True)
def collected(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.CRITICAL, "kafka"):  # what it logs holds errors, these their sockets
        yield
    gc.collect()


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with request.param(tmp_path / "broker") as running:
        yield running


def _send(broker: Server, count: int, partition: int = 0) -> None:
    with closing(KafkaProducer(bootstrap_servers=broker.url, linger_ms=100, batch_size=1 << 20)) as producer:
        for number in range(count):
            producer.send("t", str(number).encode(), partition=partition)
        producer.flush()


def _commit(broker: Server, offset: int, partition: int = 0) -> None:
    """As a member of the group would, which also waits for the group's coordinator."""
    with closing(KafkaConsumer(bootstrap_servers=broker.url, group_id="g", enable_auto_commit=False)) as consumer:
        consumer.assign([TopicPartition("t", partition)])
        consumer.commit({TopicPartition("t", partition): OffsetAndMetadata(offset, "", -1)})


def _delete(broker: Server) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=broker.url)) as admin:
        admin.delete_topics(["t"])


def test_each_partition_is_told_and_a_topic_that_is_missing(broker: Server) -> None:
    with closing(KafkaOffsets(KafkaAccess(broker.url), {"g": ["t"], "h": ["t", "u"]})) as reader:
        assert _read(reader) == {"g": Offsets(missing=("t",)), "h": Offsets(missing=("t", "u"))}
        create_topics(KafkaAccess(broker.url), ["t"], 2, 1)
        _send(broker, 10)
        _send(broker, 5)
        _commit(broker, 15)
        _send(broker, 3, partition=1)
        reader.read()  # The embedded broker is found out to tell ends that are too low.
        found = reader.read()
        assert found["g"].partitions[P0].lag == 0
        assert (found["g"].partitions[P0].committed, found["g"].partitions[P0].end) == (15, 15)
        assert (found["g"].partitions[P1].committed, found["g"].lag) == (None, 3)
        assert found["h"].partitions[P0].lag > 0
        assert found["h"].missing == ("u",)
        assert found["g"].missing == ()
        _commit(broker, 3, partition=1)
        assert reader.read()["g"].lag == 0


def test_a_worker_whose_stages_have_no_group_learns_that_the_broker_answers(broker: Server) -> None:
    create_topics(KafkaAccess(broker.url), ["t"], 2, 1)
    with closing(KafkaOffsets(KafkaAccess(broker.url), {})) as reader:
        assert reader.read() == {}
        broker.kill()
        with pytest.raises(BrokerError):
            reader.read()


def test_a_topic_made_again_shows(broker: Server) -> None:
    create_topics(KafkaAccess(broker.url), ["t"], 1, 1)
    _send(broker, 30)
    _commit(broker, 30)
    with closing(KafkaOffsets(KafkaAccess(broker.url), {"g": ["t"]})) as reader:
        assert not _problems(reader)
        _delete(broker)
        _until(lambda: _problems(reader) == ["g: the topic t is not there: bellwether topics create"])
        # The embedded broker makes a topic that anybody asks for.
        _until(lambda: create_topics(KafkaAccess(broker.url), ["t"], 1, 1) == ["t"] or type(broker) is Broker)
        _send(broker, 4)
        assert reader.read()["g"].lag > 0  # of which nothing is committed, unless the worker notices
        if type(broker) is not Broker:  # the embedded one counts on where the old topic ended
            _commit(broker, 30)  # as a worker does that does not notice
            assert "30 records are committed, but the log ends at 4" in _problems(reader)[0]


def test_what_is_committed_while_it_is_asked_is_not_behind_the_end(
    broker: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_topics(KafkaAccess(broker.url), ["t"], 1, 1)
    _send(broker, 5)
    with closing(KafkaOffsets(KafkaAccess(broker.url), {"g": ["t"]})) as reader:
        _read(reader)
    listed, sent = offsets._listed, [5]

    def go_on(*arguments: Any) -> Any:
        """As a worker that takes and commits a batch between two questions."""
        found = listed(*arguments)
        _send(broker, 5)
        sent[0] += 5
        _commit(broker, sent[0])
        return found

    with closing(KafkaOffsets(KafkaAccess(broker.url), {"g": ["t"]})) as reader:
        monkeypatch.setattr(offsets, "_listed", go_on)
        for _ in range(3):
            assert not _problems(reader)
        # Nothing is known where the batch at the end does not come in time.
        monkeypatch.setattr(offsets, "_listed", listed)
        monkeypatch.setattr(offsets, "TRY_FOR", 0.0)
        assert not _problems(reader)


@pytest.mark.apache("transactions")
def test_marks_of_transactions_are_no_records_that_wait(broker: Server) -> None:
    create_topics(KafkaAccess(broker.url), ["t"], 1, 1)
    with closing(KafkaProducer(bootstrap_servers=broker.url, transactional_id="x")) as producer:
        producer.init_transactions()
        producer.begin_transaction()
        producer.send("t", b"1")
        producer.commit_transaction()
        producer.begin_transaction()
        producer.send("t", b"2")
        producer.flush()
        producer.abort_transaction()
    _commit(broker, 1)
    with closing(KafkaOffsets(KafkaAccess(broker.url), {"g": ["t"]})) as reader:
        reader.read()
        assert reader.read()["g"].lag == 0
        _send(broker, 1)
        reader.read()
        assert reader.read()["g"].lag > 0


def test_a_broker_that_is_not_there_is_an_error_and_one_that_comes_back_is_read(broker: Server) -> None:
    create_topics(KafkaAccess(broker.url), ["t"], 1, 1)
    with closing(KafkaOffsets(KafkaAccess(broker.url), {"g": ["t"]})) as reader:
        assert set(_read(reader)["g"].partitions) == {P0}
        broker.kill()
        with pytest.raises(BrokerError, match=rf"Kafka at {broker.url} did not return offsets: ."):
            reader.read()
        broker.start()
        _until(lambda: _readable(reader))


def test_an_address_where_nothing_listens_is_told_and_asking_it_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offsets, "TIMEOUT_MS", 300)
    with closing(KafkaOffsets(KafkaAccess(f"127.0.0.1:{free_port()}"), {"g": ["t"]})) as reader:
        held = list[Held]()
        for _ in range(4):
            with pytest.raises(BrokerError, match="did not return offsets"):
                reader.read()
            gc.collect()
            held.append(held_now())
    assert not each_time_more(held), held


def _problems(reader: KafkaOffsets) -> list[str]:
    liveness = Liveness(60)
    liveness.observe(reader.read(), 0)
    return liveness.problems(0)


def _read(reader: KafkaOffsets) -> dict[str, Offsets]:
    """Read when the broker, which has just begun, has loaded what its groups have committed."""
    _until(lambda: _readable(reader))
    return reader.read()


def _readable(reader: KafkaOffsets) -> bool:
    try:
        return "g" in reader.read()
    except BrokerError:
        return False


def _until(holds: object, seconds: float = 240.0) -> None:
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)
