"""Plays documents in event time: at their own pace, faster, or as fast as the pipeline takes them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stream.errors import BellwetherError, DocumentError
from stream.pipeline.documents.document import parse_document

Record = tuple[str, bytes | None, bytes]
BATCH = 100
# At full speed so many documents are under way at most: enough to keep the worker busy, few enough that all
# partitions stay close to each other in event time, as they are when documents come as they are written.
IN_FLIGHT = 2000


@dataclass(frozen=True, slots=True)
class Item:
    """A raw record for ``topic``; ``at`` is its event time, None where it cannot be read."""

    topic: str
    value: bytes
    id: str | None
    source: str | None
    at: datetime | None


def read_item(topic: str, value: bytes) -> Item:
    """Read a record as the pipeline will; a bad one is played too, and ends in the dead letters."""
    try:
        document = parse_document(value, datetime.now(UTC))
    except DocumentError:
        return Item(topic, value, None, None, None)
    return Item(topic, value, document.id, document.source, document.published_at)


@dataclass
class Played:
    """What has been sent so far: records, distinct ids, and the latest event time."""

    records: int = 0
    ids: set[str] = field(default_factory=set)
    latest: datetime | None = None


class Player(threading.Thread):
    """Sends ``items`` in a thread of its own.

    Args:
        items: in the order of their event times.
        send: publishes a batch of (topic, key, value) and returns when it is acknowledged.
        speed: how many times faster than event time; None is as fast as :meth:`allow` lets it.
    """

    def __init__(self, items: Iterable[Item], send: Callable[[list[Record]], None], speed: float | None) -> None:
        super().__init__(name="player", daemon=True)
        self.played = Played()
        self.error: BellwetherError | None = None
        self._items, self._send, self._speed = items, send, speed
        self._stop_asked, self._allowed = threading.Event(), IN_FLIGHT
        self._room = threading.Condition()

    def allow(self, taken: int) -> None:
        """Tell how many records the pipeline has taken in all."""
        with self._room:
            self._allowed = max(self._allowed, taken + IN_FLIGHT)
            self._room.notify()

    def stop(self) -> None:
        """End soon."""
        self._stop_asked.set()
        with self._room:
            self._room.notify()

    def run(self) -> None:
        """Play until the end of the items, or until stopped."""
        try:
            for batch in self._batches():
                if self._stop_asked.is_set():
                    return
                self._send([(item.topic, item.source.encode() if item.source else None, item.value) for item in batch])
                self._account(batch)
        except BellwetherError as error:
            self.error = error

    def _batches(self) -> Iterator[list[Item]]:
        batch: list[Item] = []
        began: datetime | None = None
        start = datetime.now(UTC)
        for item in self._items:
            began = began or item.at
            wait = 0.0
            if self._speed and began and item.at:
                wait = (item.at - began).total_seconds() / self._speed - (datetime.now(UTC) - start).total_seconds()
            if batch and (len(batch) == BATCH or wait > 0):
                yield batch
                batch = []
                self._wait_for_room()
            if wait > 0 and self._stop_asked.wait(wait):
                return
            batch.append(item)
        if batch:
            yield batch

    def _wait_for_room(self) -> None:
        with self._room:
            self._room.wait_for(lambda: self._stop_asked.is_set() or self.played.records < self._allowed)

    def _account(self, batch: list[Item]) -> None:
        played = self.played
        played.records += len(batch)
        played.ids.update(item.id for item in batch if item.id)
        times = [item.at for item in batch if item.at]
        played.latest = max([*times, *([played.latest] if played.latest else [])], default=None)
