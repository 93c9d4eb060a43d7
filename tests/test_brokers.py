import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.topic_admin import (
    create_topics,
    keeping_of,
    kept_too_short,
    stamp_by_broker,
    stamped_by_producers,
)
from stream.cli.worker import topics_create
from stream.embedded import Broker, Server
from stream.errors import EmbeddedError
from tests import brokers
from tests.brokers import BROKERS, ApacheKafka

pytestmark = pytest.mark.kafka
apache = pytest.mark.parametrize("kind", [param for param in BROKERS if param.id == "apache"])


@contextmanager
def _consumer(broker: Server, group: str | None = None, topic: str = "t") -> Iterator[KafkaConsumer]:
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=broker.url,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=120_000,
    )
    with closing(consumer):
        yield consumer


def _send(broker: Server, numbers: range) -> None:
    with closing(KafkaProducer(bootstrap_servers=broker.url)) as producer:
        for number in numbers:
            producer.send("t", str(number).encode()).get(timeout=120)


def _take(consumer: KafkaConsumer, count: int) -> list[int]:
    return [int(record.value) for record in islice(consumer, count)]


@pytest.mark.parametrize("kind", BROKERS)
def test_a_broker_takes_and_gives_records(kind: type[Server], tmp_path: Path) -> None:
    with kind(tmp_path / "broker") as broker:
        assert create_topics(KafkaAccess(broker.url), ["t"], 2, 1) == ["t"]
        assert create_topics(KafkaAccess(broker.url), ["t"], 2, 1) == []
        _send(broker, range(10))
        with _consumer(broker) as consumer:
            assert sorted(_take(consumer, 10)) == list(range(10))


def _stamps(broker: Server, topic: str, ahead: tuple[int, ...]) -> list[int]:
    """Send records of a producer whose clock is so many seconds ahead; return by how many minutes their times are."""
    now = time.time()
    with closing(KafkaProducer(bootstrap_servers=broker.url)) as producer:
        sent = [producer.send(topic, b"x", timestamp_ms=int((now + seconds) * 1000)) for seconds in ahead]
        producer.flush()
        assert all(each.succeeded() for each in sent)
    with _consumer(broker, topic=topic) as consumer:
        records = list(islice(consumer, len(ahead)))
    return [round((record.timestamp / 1000 - now) / 60) for record in records]


def _wait_until_stamped(broker: Server, topic: str) -> None:
    """A broker learns of a change of its own from the controller, a moment later."""
    deadline = time.monotonic() + 120
    while stamped_by_producers(KafkaAccess(broker.url), [topic]):
        assert time.monotonic() < deadline
        time.sleep(0.2)


WRONG = (16 * 60, 59 * 60, 2 * 3600, -2 * 3600)


@apache
def test_a_producer_whose_clock_is_wrong_does_not_stamp_our_topics(kind: type[Server], tmp_path: Path) -> None:
    with kind(tmp_path / "broker") as broker:
        create_topics(KafkaAccess(broker.url), ["t"], 1, 1)
        assert _stamps(broker, "t", WRONG) == [0, 0, 0, 0]
        assert stamped_by_producers(KafkaAccess(broker.url), ["t", "not there"]) == []


@apache
def test_a_topic_of_before_is_found_and_altered_and_keeps_its_other_settings(
    kind: type[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with kind(tmp_path / "broker") as broker:
        with closing(KafkaAdminClient(bootstrap_servers=broker.url)) as admin:
            admin.create_topics([NewTopic("old", 1, 1, topic_configs={"retention.ms": "86400000"})])
            assert _stamps(broker, "old", (16 * 60,)) == [16]
            assert stamped_by_producers(KafkaAccess(broker.url), ["old"]) == ["old"]
            stamp_by_broker(KafkaAccess(broker.url), ["old"])
            _wait_until_stamped(broker, "old")
            # The same by the command.
            monkeypatch.setenv("BELLWETHER_KAFKA", broker.url)
            admin.create_topics([NewTopic("bellwether.news", 1, 1)])
            for alter, said in (
                (False, "--alter changes that: bellwether.news"),
                (True, "from now on: bellwether.news"),
            ):
                topics_create(alter=alter)
                assert said in capsys.readouterr().out
            _wait_until_stamped(broker, "bellwether.news")
            topics_create(alter=False)
            assert capsys.readouterr().out == "created: none, all were there\n"
            described = str(admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "old")]))
            assert "86400000" in described
        assert _stamps(broker, "old", (16 * 60, 2 * 3600))[-1] == 0


@apache
def test_scored_documents_are_kept_longer_than_the_windows_that_are_rebuilt_from_them(
    kind: type[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with kind(tmp_path / "broker") as broker:
        access = KafkaAccess(broker.url)
        monkeypatch.setenv("BELLWETHER_KAFKA", broker.url)
        topics_create(alter=False)
        assert "kept for 216 hours, a day longer than windows: bellwether.scored" in capsys.readouterr().out
        _wait_until_kept(access, "bellwether.scored", 216)
        assert kept_too_short(access, "bellwether.scored", 192) == ""
        assert "keeps records for 168 hours, and Redis" in kept_too_short(access, "bellwether.news", 192)
        # One that was there before is left alone, unless it is asked for.
        monkeypatch.setenv("BELLWETHER_KEEP_HOURS", "240")
        for alter, said in ((False, "the oldest cannot be rebuilt"), (True, "kept for 264 hours")):
            topics_create(alter=alter)
            assert said in capsys.readouterr().out
        _wait_until_kept(access, "bellwether.scored", 264)


def _wait_until_kept(access: KafkaAccess, topic: str, hours: int) -> None:
    deadline = time.monotonic() + 120
    while keeping_of(access, [topic])[topic].days != hours / 24:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_embedded_broker_keeps_producers_times_and_does_not_say_so(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker:
        create_topics(KafkaAccess(broker.url), ["t"], 1, 1)
        assert _stamps(broker, "t", WRONG) == [16, 59, 120, -120]
        assert stamped_by_producers(KafkaAccess(broker.url), ["t"]) == []


@apache
def test_records_and_offsets_outlive_a_kill(kind: type[Server], tmp_path: Path) -> None:
    broker = kind(tmp_path / "broker")
    with broker:
        address = broker.url
        create_topics(KafkaAccess(address), ["t"], 1, 1)
        _send(broker, range(10))
        with _consumer(broker, "g") as consumer:
            assert _take(consumer, 4) == [0, 1, 2, 3]
            consumer.commit()
        broker.kill()
    with broker:
        assert broker.url == address
        _send(broker, range(10, 12))
        with _consumer(broker, "g") as consumer:
            assert consumer.committed(TopicPartition("t", 0)) == 4
            assert _take(consumer, 8) == list(range(4, 12))


@apache
def test_a_start_that_fails_says_why(kind: type[Server], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\ncluster.id=other\nnode.id=2\n")
    with pytest.raises(EmbeddedError, match=r"ApacheKafka did not start: (?s:.*)Stored node id 2"):
        kind(tmp_path).start()


def test_a_failed_download_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho '[ERROR] no such host'; exit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(brokers.OFFLINE, raising=False)
    with pytest.raises(EmbeddedError, match=r"not fetched: .*no such host.*BELLWETHER_TEST_OFFLINE"):
        ApacheKafka(tmp_path / "broker").start()
    assert list((tmp_path / "cache" / "bellwether").iterdir()) == []


def test_what_is_missing_is_the_reason_to_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(brokers, "_java_problem", lambda: None)
    monkeypatch.setenv(brokers.OFFLINE, "1")
    assert "is set" in str(brokers.available())
    monkeypatch.delenv(brokers.OFFLINE)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no mvn" in str(brokers.available())
    monkeypatch.setattr(brokers, "_java_problem", lambda: "there is no java")
    assert brokers.available() == "there is no java"
