"""Is the stream moving? A partition with records that wait, of which none is committed for a while, stands still.

A worker can be up, fetch nothing and log nothing; only the committed offsets show it. They are compared by partition:
in a sum, one partition that stands would not show among others that move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

# Seconds; offsets are read every five. Two readings further apart than three of those mean that the process was stopped
# or the broker was away. That time does not count as standing: else a partition would be called stalled in the moment
# when its broker comes back.
LOOKED_WITHIN = 15.0
# Seconds without an answer of the broker after which it counts as gone: four readings, so that one slow answer says
# nothing and an operator still hears of it within half a minute.
BLIND_AFTER = 20.0
# The end of the name under which the topic of dead letters stands among the groups. Nobody commits there, so its lag is
# the number of letters that it holds.
DEAD_LETTERS = "-dead-letters"


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
class Stall:
    """A partition that stands still: ``waiting`` records wait, and ``group`` has committed none for ``seconds``."""

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
    >>> liveness.describe_stalls(70)
    ['g: t/1: 5 records wait, none was committed for 70 s']
    """

    def __init__(self, stall_after: float, began: float = 0.0) -> None:
        self._stall_after, self._began = stall_after, began
        self._last, self._reason = _Observation(), ""

    @property
    def offsets(self) -> Mapping[str, Offsets]:
        """The offsets that were read last, by group; empty before the first answer."""
        return self._last.offsets

    def observe(self, offsets: Mapping[str, Offsets], now: float) -> None:
        """Take in the offsets of each group, read at ``now``, and count on for how long each partition has stood."""
        passed, last = self._since(now), self._last
        stood: dict[tuple[str, Partition], float] = {}
        for group, current in offsets.items():
            before = last.offsets.get(group, Offsets()).partitions
            for partition, position in current.partitions.items():
                key = group, partition
                stood[key] = last.stood.get(key, 0.0) + passed if _stood_still(before.get(partition), position) else 0.0
        # In one step: the watchdog asks from a thread of its own.
        self._last, self._reason = _Observation(dict(offsets), stood, now), ""

    def failed(self, reason: str) -> None:
        """Note the reason why the offsets could not be read; those that were read last stay."""
        self._reason = reason

    def blind_for(self, now: float) -> float:
        """Return the seconds since the broker last answered, or since the beginning."""
        read_at = self._last.read_at
        return now - (self._began if read_at is None else read_at)

    def stalls(self, now: float, longer_than: float | None = None) -> list[Stall]:
        """Return the partitions that have stood for longer than ``longer_than`` seconds, or else ``stall_after``."""
        bound, passed, last = self._stall_after if longer_than is None else longer_than, self._since(now), self._last
        candidates = [
            Stall(group, partition, last.offsets[group].partitions[partition].lag, stood + passed)
            for (group, partition), stood in sorted(last.stood.items())
        ]
        return [stall for stall in candidates if stall.waiting and stall.seconds > bound]

    def describe_stalls(self, now: float, longer_than: float | None = None) -> list[str]:
        """Return a sentence for each partition that stands still; see :meth:`stalls`."""
        return [str(stall) for stall in self.stalls(now, longer_than)]

    def problems(self, now: float) -> list[str]:
        """Return a sentence for each thing that is wrong, worst first."""
        problems = []
        if (blind := self.blind_for(now)) > BLIND_AFTER:
            reason = self._reason or "it does not answer"
            problems.append(f"broker: the offsets were not read for {blind:.0f} s, so nothing is known: {reason}")
        for group, current in sorted(self._last.offsets.items()):
            problems += [
                f"{group}: the topic {topic} is not there: bellwether topics create" for topic in current.missing
            ]
            problems += [_lost(group, *item) for item in sorted(current.partitions.items()) if item[1].lost]
        return problems + self.describe_stalls(now)

    def _since(self, now: float) -> float:
        """Return the seconds since the last reading that count as standing."""
        read_at = self._last.read_at
        return 0.0 if read_at is None else min(now - read_at, LOOKED_WITHIN)


@dataclass(frozen=True, slots=True)
class _Observation:
    """Offsets by group, for how many seconds each partition had ``stood`` by then, and when they were read."""

    offsets: Mapping[str, Offsets] = field(default_factory=dict)
    stood: Mapping[tuple[str, Partition], float] = field(default_factory=dict)
    read_at: float | None = None


def _stood_still(before: Position | None, now: Position) -> bool:
    """Whether records waited at both readings and none was committed between them."""
    return before is not None and before.lag > 0 and now.lag > 0 and before.committed == now.committed


def _lost(group: str, partition: Partition, position: Position) -> str:
    return (
        f"{group}: {partition}: {position.committed} records are committed, but the log ends at {position.end}: it was "
        "cut, or the topic was deleted and made again"
    )


def _records(count: int) -> str:
    return f"{count} record{' waits' if count == 1 else 's wait'}"
