"""Whose clock a record's time is, and what it says of the broker's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stream.clocks import BROKER, Clocks
from stream.pipeline.documents.record import Origin
from stream.pipeline.progress.watermark import Stamp

LOG_APPEND_TIME = 1  # what a record says where the broker wrote its time; else it is the producer's clock


def by_broker(record: Any) -> bool:
    """Whether the broker wrote the time of ``record``, of any of the Kafka clients."""
    return bool(getattr(record, "timestamp_type", None) == LOG_APPEND_TIME)


def stamp_of(record: Any) -> Stamp:
    """Return where and when a scored ``record`` was written."""
    return Stamp(record.partition, record.timestamp or 0, by_broker(record))


def origin_of(record: Any, clocks: Clocks) -> Origin:
    """Return where a raw ``record`` stood, and when it arrived.

    A producer's clock that runs ahead is bounded by the store's. What is written here stands in the log, so that a
    rebuild finds the same.
    """
    arrived = record.timestamp or 0
    if not by_broker(record):
        arrived = min(arrived, int(clocks.store_now() * 1000))
    return Origin(record.topic, record.partition, record.offset, arrived)


def compare_broker(clocks: Clocks, before: float, acknowledged: Iterable[Any]) -> None:
    """Compare with the broker's clock, by what it answered to records that were sent since ``before``."""
    records = [item for item in acknowledged if not isinstance(item, BaseException) and by_broker(item)]
    newest = max((record.timestamp for record in records), default=None)
    if newest is not None:
        clocks.compare(BROKER, before, newest / 1000, clocks.clock())
