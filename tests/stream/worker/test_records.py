"""Whatever stands in a topic, the stream goes on: each record becomes a document or a dead letter, on both brokers."""

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import confluent_kafka
import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.offsets import KafkaOffsets
from stream.adapters.kafka.records import Record, read_topic
from stream.adapters.kafka.scored_log import KafkaScoredLog
from stream.adapters.kafka.topic_admin import create_topics
from stream.embedded import Broker, Servers
from stream.embedded.worker import WorkerProcess
from stream.errors import DocumentError
from stream.pipeline.documents.dead_letters import KEPT_BYTES, DeadLetter
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.record import LoggedDocument, ScoredDocument
from stream.pipeline.topics import Topics
from tests.brokers import BROKERS
from tests.deployments import prepared, servers_on
from tests.fuzz import fuzzed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

TOPICS = Topics()
TIMEOUT = 180.0
CODECS = ["gzip", "snappy", "lz4", "zstd"]
PARTITIONS = 2
Place = tuple[str, int, int]
Found = LoggedDocument | DeadLetter


class Stream:
    """A worker on real servers, into whose topics a test writes."""

    def __init__(self, servers: Servers, worker: WorkerProcess) -> None:
        self.servers, self.worker = servers, worker
        self.kafka = servers.broker.url
        self.embedded = type(servers.broker) is Broker

    def send(self, records: Iterable[dict[str, Any]], topic: str = TOPICS.news, **options: Any) -> list[Place]:
        """Write records, each as the arguments of a producer's ``send``; return where they stand."""
        producer = KafkaProducer(bootstrap_servers=self.kafka, max_request_size=8 << 20, linger_ms=50, **options)
        try:
            # This client wants a key where there is no value.
            keyed = ({"key": b"k", **one} if one["value"] is None else one for one in records)
            sent = [producer.send(topic, **one) for one in keyed]
            producer.flush()
            return [(topic, one.partition, one.offset) for one in (future.get(TIMEOUT) for future in sent)]
        finally:
            producer.close()

    def became(self, places: Iterable[Place]) -> dict[Place, Found]:
        """Wait until each record is a scored document or a dead letter, and return which; longer while more come."""
        wanted, deadline, left = set(places), time.monotonic() + TIMEOUT, 0
        while missing := wanted - (found := dict(self._all())).keys():
            self.worker.check()
            if len(missing) != left:
                left, deadline = len(missing), time.monotonic() + TIMEOUT
            assert time.monotonic() < deadline, f"{left} of {len(wanted)} are nowhere: {sorted(missing)[:3]}"
        return {place: found[place] for place in wanted}

    def _all(self) -> Iterator[tuple[Place, Found]]:
        for record in read_topic(KafkaAccess(self.kafka), TOPICS.scored):
            with suppress(DocumentError):
                document = read_scored(record.value)
                if document.origin:
                    yield (document.origin.topic, document.origin.partition, document.origin.offset), document
        for record in read_topic(KafkaAccess(self.kafka), TOPICS.dead_letters):
            letter = msgspec.json.decode(record.value, type=DeadLetter)
            yield (letter.topic, letter.partition, letter.offset), letter

    def settled(self) -> bool:
        """Whether all that can be read was committed, and all scored documents were counted."""
        groups = {f"{TOPICS.name}-classify": (TOPICS.news, TOPICS.social), f"{TOPICS.name}-aggregate": (TOPICS.scored,)}
        reader = KafkaOffsets(KafkaAccess(self.kafka), groups)
        try:
            return _within(TIMEOUT, lambda: all(offsets.lag == 0 for offsets in reader.read().values()))
        finally:
            reader.close()

    def committed_to_the_end(self, group: str, topic: str) -> bool:
        """Whether Kafka itself knows of no lag, as tools of others see it."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka, group_id=group, enable_auto_commit=False)
        try:
            partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            ends = consumer.end_offsets(partitions)
            return _within(TIMEOUT, lambda: all(consumer.committed(item) == ends[item] for item in partitions))
        finally:
            consumer.close()

    def health(self) -> str:
        try:
            with urllib.request.urlopen(f"{self.worker.url}/healthz", timeout=60) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            with error:
                return error.read().decode()

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"{self.worker.url}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name)), 0.0)


def _within(seconds: float, what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


@pytest.fixture(scope="module", params=BROKERS)
def stream(request: pytest.FixtureRequest) -> Iterator[Stream]:
    with TemporaryDirectory(prefix="bellwether-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with (
            prepared(servers_on(request.param, folder), PARTITIONS) as servers,
            WorkerProcess(servers.settings, folder / "worker.log") as worker,
        ):
            worker.wait_until_ready()
            yield Stream(servers, worker)


def _good(number: int, **changes: Any) -> bytes:
    record = {"id": f"{uuid4().hex}", "source": f"s{number % 7}", "text": f"Shares rise {number % 20} %", **changes}
    return json.dumps(record).encode()


NAN = float("nan")
HALF = "\ud83d"
POISON: list[tuple[bytes | None, str]] = [
    (b'{"source":"a","text":"\\ud83d crash","author":NaN}', "text: holds half a character"),
    (b'{"source":"a","text":"\\ud800 NaN"}', "text: holds half a character"),
    (json.dumps({"source": HALF, "text": "x", "url": float("-inf")}).encode(), "source: holds half a character"),
    (b"x" * 800_000, "record: 800000 bytes"),
    (b"x" * 900_000, "record: 900000 bytes"),
    (_good(0, published_at="9" * 450_000), "published_at: .* and 449900 characters more is neither"),
    (b'{"source":"a","text":"x","published_at":' + b"9" * 4000 + b',"url":NaN}', "published_at: 9"),
    (b'{"source":"a","text":"x","published_at":"0001-01-01T00:00:00+14:00"}', "published_at: .*lies outside"),
    (b'{"source":"a","text":"x","u":' * 15_000 + b"NaN", "not JSON"),
    (b"[" * 100_000 + b"NaN", "fields in braces are expected"),
    (b"\xff\xfe\x00", "not JSON"),
    (b"\xef\xbb\xbf" + _good(0), "not JSON"),
    (b'{"source":"a\\u0000","text":"x"}', "source: holds a null byte"),
    (b"", "not JSON"),
    (None, "not JSON"),
]


def test_poison_of_each_kind_becomes_a_letter_and_what_stands_behind_it_is_scored(stream: Stream) -> None:
    records = [{"value": value, "partition": 0} for value, _ in POISON]
    good = [{"value": _good(number), "partition": 0} for number in range(100)]
    places = stream.send([*records, *good])
    found = stream.became(places)
    for place, (value, reason) in zip(places, POISON, strict=False):
        letter = found[place]
        assert isinstance(letter, DeadLetter), value
        assert re.search(reason, letter.reason), letter.reason
        assert (value or b"").startswith(letter.content)
        size = len(value or b"")
        assert (len(letter.content), letter.length) in ((size, None), (KEPT_BYTES, size))
        assert letter.null == (value is None)
    assert all(isinstance(found[place], ScoredDocument) for place in places[len(POISON) :])
    assert stream.settled()


@pytest.mark.parametrize("time_ms", [0, 10**15, 2**62])
def test_a_record_of_an_impossible_time_becomes_a_letter(stream: Stream, time_ms: int) -> None:
    try:
        places = stream.send([{"value": _good(1), "timestamp_ms": time_ms}, {"value": _good(2)}])
    except KafkaError:
        assert not stream.embedded  # Apache Kafka itself refuses a time that is far in the future
        return
    first, second = stream.became(places).items()
    outcomes = {place[1:]: outcome for place, outcome in (first, second)}
    assert len(outcomes) == 2
    assert stream.settled()


def test_what_somebody_writes_to_the_scored_topic_does_not_stop_it(stream: Stream) -> None:
    place = stream.send([{"value": _good(1)}])[0]
    document = stream.became([place])[place]
    assert isinstance(document, ScoredDocument)
    plain = msgspec.to_builtins(document)
    changes: list[dict[str, Any]] = [
        {"sentiment": {"label": "odd", "probabilities": {}}},
        {
            "sentiment": {
                "label": "negative",
                "probabilities": dict.fromkeys(("negative", "neutral", "positive"), 1e300),
            }
        },
        {"published_at": "2026-03-05T00:00:00"},
        {"published_at": "0001-01-01T00:00:00Z"},
        {"topic": {"label": "a\x00b", "probabilities": {}}},
        {"id": ""},
        {"text": 3},
    ]
    values = [b"", None, b"\xff", b"[" * 50_000, *(json.dumps({**plain, **change}).encode() for change in changes)]
    counted = stream.metric('bellwether_documents_total{outcome="counted",stage="aggregate"}')
    places = stream.send([{"value": value, "partition": 0} for value in values], TOPICS.scored)
    behind = json.dumps({**plain, "id": uuid4().hex}).encode()
    stream.send([{"value": behind, "partition": 0}], TOPICS.scored)
    found = stream.became(places)
    assert all(isinstance(letter, DeadLetter) for letter in found.values())
    assert stream.settled()
    counts = 'bellwether_documents_total{outcome="counted",stage="aggregate"}'
    assert _within(TIMEOUT, lambda: stream.metric(counts) > counted)


@pytest.mark.parametrize("codec", CODECS)
def test_each_codec_is_read_from_two_clients(stream: Stream, codec: str) -> None:
    places = stream.send([{"value": _good(number)} for number in range(50)], compression_type=codec)
    delivered: list[Place] = []

    def note(error: object, message: Any) -> None:
        assert error is None
        delivered.append((message.topic(), message.partition(), message.offset()))

    producer = confluent_kafka.Producer({"bootstrap.servers": stream.kafka, "compression.type": codec, "linger.ms": 50})
    for number in range(50):
        producer.produce(TOPICS.social, _good(number), on_delivery=note)
    assert producer.flush(60) == 0
    assert len(delivered) == 50
    assert all(isinstance(item, ScoredDocument) for item in stream.became([*places, *delivered]).values())


@pytest.mark.parametrize("codec", CODECS)
def test_our_own_readers_read_each_codec(stream: Stream, codec: str) -> None:
    """A broker or a topic may be set to compress what we wrote."""
    topic = f"{codec}-{uuid4().hex[:8]}"
    create_topics(KafkaAccess(stream.kafka), [topic], 1, 1)
    values = [b"%d " % number * 50 for number in range(200)]
    stream.send([{"value": value} for value in values], topic, compression_type=codec)
    records: list[Record] = list(read_topic(KafkaAccess(stream.kafka), topic))
    assert [record.value for record in records] == values
    log, before = KafkaScoredLog(KafkaAccess(stream.kafka), topic), int(time.time() * 1000)
    logged = [record for batch in log.read(0) for record in batch]
    assert [record.value for record in logged] == values
    assert logged[0].timestamp <= log.begins() <= before  # the embedded broker tells the time of the whole batch


@pytest.mark.apache("max.message.bytes")
def test_what_does_not_fit_into_a_topic_becomes_a_letter_that_does(stream: Stream) -> None:
    limits = {TOPICS.news: 5 << 20, TOPICS.scored: 20_000, TOPICS.dead_letters: 20_000}
    _limit(stream, limits)
    try:
        places = stream.send(
            [
                {"value": b"x" * (3 << 20), "partition": 0},  # more than a fetch asks for
                {"value": b"x" * 300_000, "partition": 0},
                {"value": _good(1, text="fall " * 12_000), "partition": 0},
                {"value": _good(2), "partition": 0},
            ]
        )
        found = stream.became(places)
        large, unread, scored = [found[place] for place in places[:3]]
        assert isinstance(large, DeadLetter)
        assert isinstance(unread, DeadLetter)
        assert isinstance(scored, DeadLetter)
        assert (large.length, unread.length, unread.value) == (3 << 20, 300_000, "")
        assert unread.reason.startswith("not JSON")
        assert scored.reason.startswith("record: scored, it is too large")
        assert isinstance(found[places[3]], ScoredDocument)
        assert stream.settled()
    finally:
        _limit(stream, dict.fromkeys(limits, 1_048_588))


def _limit(stream: Stream, limits: dict[str, int]) -> None:
    admin = KafkaAdminClient(bootstrap_servers=stream.kafka)
    try:
        changes = [
            ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(limit)})
            for topic, limit in limits.items()
        ]
        admin.alter_configs(changes)
    finally:
        admin.close()


def test_keys_and_headers_of_all_sorts_are_passed_over(stream: Stream) -> None:
    keys = [None, b"", b"\xff\xfe", b"k" * 10_000]
    headers = [[], [("a", b"1"), ("a", b"\xff"), ("", b"")], [("h" * 1000, b"v" * 10_000)]]
    records = [{"value": _good(1), "key": key, "headers": header} for key in keys for header in headers]
    assert all(isinstance(item, ScoredDocument) for item in stream.became(stream.send(records)).values())


@pytest.mark.apache("transactions")
def test_of_transactions_what_was_committed_counts_and_no_lag_stays(stream: Stream) -> None:
    producer = confluent_kafka.Producer({"bootstrap.servers": stream.kafka, "transactional.id": uuid4().hex})
    producer.init_transactions(60)
    committed: list[Place] = []
    aborted: list[Place] = []
    for number in range(6):
        into = committed if number in (1, 4) else aborted

        def note(_: object, message: Any, into: list[Place] = into) -> None:
            into.append((message.topic(), message.partition(), message.offset()))

        producer.begin_transaction()
        for at in range(20):
            producer.produce(TOPICS.social, _good(at), partition=at % 2, on_delivery=note)
        producer.flush(60)
        if into is committed:
            producer.commit_transaction(60)
        else:
            producer.abort_transaction(60)
    assert len(committed) == 40
    assert all(isinstance(item, ScoredDocument) for item in stream.became(committed).values())
    # The last things on the topic are aborted records and a mark, from which no record ever comes.
    assert stream.settled()
    assert stream.committed_to_the_end(f"{TOPICS.name}-classify", TOPICS.social)
    assert not set(aborted) & dict(stream._all()).keys()
    # And it goes on behind them, also for a worker that begins there.
    stream.worker.stop()
    stream.worker.start()
    stream.worker.wait_until_ready()
    behind = stream.send([{"value": _good(1), "partition": at} for at in (0, 1)], TOPICS.social)
    assert all(isinstance(item, ScoredDocument) for item in stream.became(behind).values())
    assert stream.settled()
    assert stream.committed_to_the_end(f"{TOPICS.name}-classify", TOPICS.social)


def test_of_fuzzed_records_each_is_a_document_or_a_letter(stream: Stream) -> None:
    pick = Random(7)
    places = stream.send([{"value": fuzzed(pick)} for _ in range(3000)])
    found = stream.became(places)
    assert len(found) == 3000
    scored = sum(isinstance(item, ScoredDocument) for item in found.values())
    assert 500 < scored < 2500
    assert stream.settled()
    stream.worker.check()
    _within(TIMEOUT, lambda: stream.health() == "ok")
    assert stream.health() == "ok"
