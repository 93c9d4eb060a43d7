"""Is the stream moving? A partition with records that wait, of which none is committed for a while, stands still.

A worker can be up, fetch nothing and log nothing; only this tells. A sum over partitions would not: one that stands is
not seen among others that move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

# Between two readings further apart than this nobody looked: the process was stopped, or the broker was away. That time
# does not count as standing, or a partition would stand too long in the moment when its broker comes back.
LOOKED_WITHIN = 15.0
# Seconds without an answer of the broker after which it counts as gone: four readings.
BLIND_AFTER = 20.0
DEAD_LETTERS = "-dead-letters"  # ends the name of what is no group: nobody commits there, so what waits is all there is


class Partition(NamedTuple):
    """A partition of a topic.

    >>> str(Partition("bellwether.news", 3))
    'bellwether.news/3'
    """

    topic: str
    number: int

    def __str__(self) -> str:
        """Return ``topic/number``."""
        return f"{self.topic}/{self.number}"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a group stands in a partition: offsets as Kafka counts them.

    ``committed`` is None where the group has committed nothing; it then begins at ``start``, the oldest record that the
    broker still has. ``end`` is one after the last record.
    """

    committed: int | None
    end: int
    start: int = 0

    @property
    def next(self) -> int:
        """The offset that is read next; what the broker has deleted is passed over."""
        return max(self.committed or 0, self.start)

    @property
    def lag(self) -> int:
        """Records that wait.

        >>> Position(7, 10).lag, Position(None, 10, 4).lag, Position(3, 10, 10).lag
        (3, 6, 0)
        """
        return max(0, self.end - self.next)

    @property
    def lost(self) -> bool:
        """Whether more is committed than the log holds: it was cut, or the topic was deleted and made again."""
        return (self.committed or 0) > self.end


@dataclass(frozen=True, slots=True)
class Offsets:
    """A consumer group over its topics, by partition; ``missing`` are topics that the broker does not have."""

    partitions: Mapping[Partition, Position] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def committed(self) -> int:
        """Records committed, over all partitions."""
        return sum(position.committed or 0 for position in self.partitions.values())

    @property
    def lag(self) -> int:
        """Records that wait, over all partitions."""
        return sum(position.lag for position in self.partitions.values())


class OffsetReader(Protocol):
    """The port: offsets by consumer group. Blocks; called from one thread."""

    def read(self) -> dict[str, Offsets]:
        """Return the offsets of each group. Raises BrokerError."""

    def close(self) -> None:
        """Give the connections back."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A partition in which ``waiting`` records wait and a group has committed none for ``seconds``."""

    group: str
    partition: Partition
    waiting: int
    seconds: float

    def __str__(self) -> str:
        """Return it as a sentence."""
        return f"{self.group}: {self.partition}: {_records(self.waiting)}, none was committed for {self.seconds:.0f} s"


class Liveness:
    """Which partitions stand still, and whether the broker can be asked at all.

    All times are seconds of one steady clock, which the caller reads.

    Args:
        stall_after: seconds without a commit, while records wait, that are a stall.
        began: now; a broker that never answers is missed from here on.

    >>> liveness = Liveness(60, began=0)
    >>> for now in range(0, 80, 10):
    ...     moving, standing = Position(now, 100), Position(0, 5)
    ...     liveness.observe({"g": Offsets({Partition("t", 0): moving, Partition("t", 1): standing})}, now)
    >>> liveness.stalled(70)
    ['g: t/1: 5 records wait, none was committed for 70 s']
    """

    def __init__(self, stall_after: float, began: float = 0.0) -> None:
        self._stall_after, self._began = stall_after, began
        self._seen, self._reason = _Seen(), ""

    @property
    def offsets(self) -> Mapping[str, Offsets]:
        """What was read last, by group; empty before the first answer."""
        return self._seen.offsets

    def observe(self, offsets: Mapping[str, Offsets], now: float) -> None:
        """Take offsets in, read at ``now``."""
        passed = self._since(now)
        stood: dict[tuple[str, Partition], float] = {}
        for group, seen in offsets.items():
            before = self._seen.offsets.get(group, Offsets()).partitions
            for partition, position in seen.partitions.items():
                key, known = (group, partition), before.get(partition)
                waited = known is not None and known.lag > 0 and position.lag > 0
                still = waited and known is not None and known.committed == position.committed
                stood[key] = self._seen.stood.get(key, 0.0) + passed if still else 0.0
        # In one step: the watchdog asks from a thread of its own.
        self._seen, self._reason = _Seen(dict(offsets), stood, now), ""

    def failed(self, reason: str) -> None:
        """Say why the broker was not read; what was read last stays."""
        self._reason = reason

    def blind_for(self, now: float) -> float:
        """Return the seconds since the broker last answered, or since the beginning."""
        read_at = self._seen.read_at
        return now - (self._began if read_at is None else read_at)

    def standing(self, now: float, longer_than: float | None = None) -> list[Standing]:
        """Return the partitions that have stood for longer than ``longer_than`` seconds, or than a stall takes."""
        bound, passed, seen = self._stall_after if longer_than is None else longer_than, self._since(now), self._seen
        found = [
            Standing(group, partition, seen.offsets[group].partitions[partition].lag, stood + passed)
            for (group, partition), stood in sorted(seen.stood.items())
        ]
        return [item for item in found if item.waiting and item.seconds > bound]

    def stalled(self, now: float, longer_than: float | None = None) -> list[str]:
        """Return a sentence for each partition that stands still; see :meth:`standing`."""
        return [str(item) for item in self.standing(now, longer_than)]

    def problems(self, now: float) -> list[str]:
        """Return a sentence for each thing that is wrong, worst first."""
        problems = []
        if (blind := self.blind_for(now)) > BLIND_AFTER:
            reason = self._reason or "it does not answer"
            problems.append(f"broker: the offsets were not read for {blind:.0f} s, so nothing is known: {reason}")
        for group, seen in sorted(self._seen.offsets.items()):
            problems += [f"{group}: the topic {topic} is not there: bellwether topics create" for topic in seen.missing]
            problems += [_lost(group, *item) for item in sorted(seen.partitions.items()) if item[1].lost]
        return problems + self.stalled(now)

    def _since(self, now: float) -> float:
        read_at = self._seen.read_at
        return 0.0 if read_at is None else min(now - read_at, LOOKED_WITHIN)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read last, for how many seconds each partition had stood then, and when that was."""

    offsets: Mapping[str, Offsets] = field(default_factory=dict)
    stood: Mapping[tuple[str, Partition], float] = field(default_factory=dict)
    read_at: float | None = None


def _lost(group: str, partition: Partition, position: Position) -> str:
    return (
        f"{group}: {partition}: {position.committed} records are committed, but the log ends at {position.end}: it was "
        "cut, or the topic was deleted and made again"
    )


def _records(count: int) -> str:
    return f"{count} record{' waits' if count == 1 else 's wait'}"
