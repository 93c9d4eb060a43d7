"""Reading a topic from its beginning to the end it has now, outside of any consumer group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.reading import POLL_MS, Silence, open_reader


@dataclass(frozen=True, slots=True)
class Record:
    """One record and where it stood; ``timestamp`` is in milliseconds since 1970."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes


def read_topic(access: KafkaAccess, topic: str) -> Iterator[Record]:
    """Yield every record that ``topic`` has when the reading begins, each partition in its order; some later ones too.

    Nothing where there is no such topic.

    Raises:
        BrokerError: the broker did not answer, or not to the end.
    """
    with open_reader(access, topic) as consumer:
        places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
        consumer.assign(places)
        yield from _to_the_end(consumer, places, Silence(access, topic))


def _to_the_end(consumer: KafkaConsumer, places: list[TopicPartition], silence: Silence) -> Iterator[Record]:
    ends: dict[TopicPartition, int] = {}
    while missing := [place for place in places if place not in ends or consumer.position(place) < ends[place]]:
        polled = consumer.poll(timeout_ms=POLL_MS)
        # The end comes with the first answer. A silence says nothing of it: the broker may be slow, or away; and what
        # the embedded broker says when it is asked for the end lies before its last batch.
        ends |= {
            place: end for place in missing if place not in ends and (end := consumer.highwater(place)) is not None
        }
        for records in polled.values():
            for record in records:
                yield Record(record.partition, record.offset, record.timestamp, record.key, record.value or b"")
        silence.look(ended=not polled.keys().isdisjoint(missing))  # others may be written to without an end
