"""Plays documents in event time: at their own pace, faster, or as fast as the pipeline takes them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

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


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of event time that is there to be watched.

    It begins when all before it has been taken, is played at ``speed`` times its own pace, and when it is over nothing
    follows until :meth:`Player.go_on`.
    """

    begin: datetime
    end: datetime
    speed: float


class Part(Enum):
    """Where event time stands beside the scene."""

    BEFORE = "before"
    SCENE = "scene"
    AFTER = "after"


class Player(threading.Thread):
    """Sends ``items`` in a thread of its own.

    Args:
        items: in the order of their event times.
        send: publishes a batch of (topic, key, value) and returns when it is acknowledged.
        speed: how many times faster than event time; None is as fast as :meth:`allow` lets it.
        scene: what is played at a pace of its own.
    """

    def __init__(
        self,
        items: Iterable[Item],
        send: Callable[[list[Record]], None],
        speed: float | None,
        scene: Scene | None = None,
    ) -> None:
        super().__init__(name="player", daemon=True)
        self.played = Played()
        self.error: BellwetherError | None = None
        self._items, self._send, self._speed, self._scene = items, send, speed, scene
        self._stop_asked, self._taken, self._going_on = threading.Event(), 0, False
        self._changed = threading.Condition()
        self.waits_for: Part | None = None  # the part that it would go on with, where it may not yet

    def allow(self, taken: int) -> None:
        """Tell how many records the pipeline has taken in all."""
        with self._changed:
            self._taken = max(self._taken, taken)
            self._changed.notify()

    def go_on(self) -> None:
        """Play what follows the scene, also if it is not over yet."""
        with self._changed:
            self._going_on = True
            self._changed.notify()

    def stop(self) -> None:
        """End soon."""
        self._stop_asked.set()
        with self._changed:
            self._changed.notify()

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
        schedule = _Schedule(self._speed, self._scene)
        for item in self._items:
            entered = schedule.enters(item.at)
            wait = schedule.wait(item.at)
            if batch and (len(batch) == BATCH or wait > 0 or entered):
                yield batch
                batch = []
                self._wait_until(lambda: self.played.records < self._taken + IN_FLIGHT)
            if entered:
                self._pause(entered)
                schedule.restart(item.at)
            elif wait > 0 and self._stop_asked.wait(wait):
                return
            batch.append(item)
        if batch:
            yield batch

    def _pause(self, entered: Part) -> None:
        self.waits_for = entered
        if entered is Part.SCENE:
            self._wait_until(lambda: self._taken >= self.played.records)
        else:
            self._wait_until(lambda: self._going_on)
        self.waits_for = None

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stop_asked.is_set() or condition())

    def _account(self, batch: list[Item]) -> None:
        played = self.played
        played.records += len(batch)
        played.ids.update(item.id for item in batch if item.id)
        times = [item.at for item in batch if item.at]
        played.latest = max([*times, *([played.latest] if played.latest else [])], default=None)


class _Schedule:
    """When an item is due, at the speed of its part."""

    def __init__(self, speed: float | None, scene: Scene | None) -> None:
        self._speed, self._scene, self._part = speed, scene, Part.BEFORE
        self._began: datetime | None = None
        self._start = datetime.now(UTC)

    def enters(self, at: datetime | None) -> Part | None:
        """Return the part that begins with ``at``, if one does."""
        if at is None or self._scene is None:
            return None
        part = Part.BEFORE if at < self._scene.begin else Part.SCENE if at < self._scene.end else Part.AFTER
        if part is self._part or part is Part.BEFORE:
            return None
        self._part = part
        return part

    def restart(self, at: datetime | None) -> None:
        """Count from ``at`` and from now on."""
        self._began, self._start = at, datetime.now(UTC)

    def wait(self, at: datetime | None) -> float:
        """Return the seconds until ``at`` is due; not positive is now."""
        self._began = self._began or at
        speed = self._scene.speed if self._scene and self._part is Part.SCENE else self._speed
        if not speed or self._began is None or at is None:
            return 0.0
        return (at - self._began).total_seconds() / speed - (datetime.now(UTC) - self._start).total_seconds()
