"""Proof that nothing waits: up to which time all that came to a partition was read and handled.

A silent partition and one that nobody reads look alike from behind: no document comes. So each stage proves, for each
partition that it reads, how far it is through, and event time goes on in silence only as far as there is a proof.

The times are the store's, and no two clocks are compared. A stage asks the store for the time. A fetch that it sends
the broker *after* that brings the partition's end, and all that had come by then lies before it. When all up to there
is read and its effects are stored, the time that the store told is proven: a steady backlog of some seconds delays
that by as long and does not keep it from coming.

- ``classify`` proves partitions of the raw topics: what had come before ``at`` stands in the scored topic.
- ``aggregate`` proves partitions of the scored topic. With the time it is told what classify had proven by then, and
  all that stood in the log when classify said so: when its own time is proven, so are those for the pairs of both.

A proof is about the past and never becomes wrong: whoever loses a partition, or dies, proves nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from threading import Lock
from typing import NamedTuple, Protocol

import msgspec

from stream.pipeline.progress.watermark import UNDER_WAY_MS, EventTime, Progress, Proof

RAW, SCORED = "raw", "scored"
# Stands for the pairs that there may be besides, while a stage has not said how many partitions its topics have.
UNKNOWN = "?"


class Baseline(msgspec.Struct, frozen=True):
    """What the store told: its time, what event time had come to, and by raw partition what was proven of it."""

    proof: Proof
    raw: Mapping[str, Proof] = {}


class Proven(msgspec.Struct, frozen=True):
    """A baseline that is proven for ``partition``: ``topic/number`` of a raw one, the number of a scored one."""

    partition: str
    baseline: Baseline


class ProofStore(Protocol):
    """The port: proofs, kept beside the windows. Raises StoreError."""

    async def prove(
        self, kind: str, partitions: Mapping[str, int], proven: Sequence[Proven], broker: int | None = None
    ) -> Baseline:
        """Keep what is newer than what is kept, and return the baseline of now.

        Args:
            kind: RAW or SCORED, what the topics hold.
            partitions: how many each topic has.
            broker: by how many milliseconds the broker's clock is ahead of the store's; None: not known.
        """


class Reading(NamedTuple):
    """What a consumer knows of a partition: the next offset it hands out, and the end that the latest fetch brought.

    ``sent`` is when that fetch was sent, in seconds of a steady clock. ``unfinished`` is the first offset that was
    handed out and whose effects are not stored yet.
    """

    position: int
    end: int
    sent: float
    unfinished: int | None


class Unfinished:
    """The offsets of one partition that were handed out and are not finished yet. Threads may share it.

    What is handed out once more, because the consumer was set back, is known already: it is finished or will be.

    >>> offsets = Unfinished()
    >>> offsets.begin([3, 4, 7])
    >>> offsets.finish(4)
    >>> offsets.begin([3, 4, 7, 8])
    >>> offsets.first
    3
    >>> offsets.finish(3), offsets.finish(7), offsets.first
    (None, None, 8)
    """

    def __init__(self) -> None:
        self._begun, self._open, self._lock = list[int](), set[int](), Lock()
        self._span: tuple[int, int] | None = None  # the first and the last one that were ever handed out

    def begin(self, offsets: Sequence[int]) -> None:
        """Hand out ``offsets``, in their order."""
        if not offsets:
            return
        with self._lock:
            first, last = self._span or (offsets[0], offsets[0] - 1)
            for offset in offsets:
                if not first <= offset <= last:
                    heappush(self._begun, offset)
                    self._open.add(offset)
            self._span = min(first, offsets[0]), max(last, offsets[-1])

    def finish(self, offset: int) -> None:
        """Say that the effects of ``offset`` are stored. One that was not handed out is no matter."""
        with self._lock:
            self._open.discard(offset)
            while self._begun and self._begun[0] not in self._open:
                heappop(self._begun)

    @property
    def first(self) -> int | None:
        """The first that is not finished; None: all are."""
        with self._lock:
            return self._begun[0] if self._begun else None


class _Told(NamedTuple):
    baseline: Baseline
    at: float


@dataclass(slots=True)
class _Candidate:
    told: _Told
    end: int | None = None
    proven: bool = False

    def look(self, seen: Reading) -> bool:
        """Whether all is read that had come when the store told the time."""
        if seen.position > seen.end:
            return False  # the topic is another one than was read
        if self.end is None and seen.sent > self.told.at:
            self.end = seen.end
        done = seen.position if seen.unfinished is None else min(seen.position, seen.unfinished)
        self.proven = self.end is not None and done >= self.end
        return self.proven


class Prover:
    """Tells what is proven, from what the store and the consumer say in turn."""

    def __init__(self) -> None:
        self._told: _Told | None = None
        self._candidates: dict[str, _Candidate] = {}

    def tell(self, baseline: Baseline, at: float) -> None:
        """Take what the store told; its answer was there ``at`` seconds of the steady clock."""
        self._told = _Told(baseline, at)

    def look(self, readings: Mapping[str, Reading]) -> list[Proven]:
        """Return what is newly proven of the partitions that are read now. They were looked at after the last tell."""
        if self._told is None:
            return []
        found = []
        self._candidates = {name: self._candidate(name, self._told) for name in readings}
        for name, candidate in self._candidates.items():
            if not candidate.proven and candidate.look(readings[name]):
                found.append(Proven(name, candidate.told.baseline))
        return found

    def _candidate(self, name: str, told: _Told) -> _Candidate:
        kept = self._candidates.get(name)
        return kept if kept and (kept.told is told or not kept.proven) else _Candidate(told)


def proof_at(now: int, pace: int | None, broker: int) -> Proof:
    """Return the proof of ``now``, the store's time, in milliseconds since 1970.

    Args:
        pace: how far behind the broker's time the stream is, see :class:`~stream.pipeline.progress.watermark.Followed`.
        broker: how far the broker's clock is ahead of the store's.

    >>> proof_at(100_000, -500, 0).event, proof_at(100_000, None, 0).event
    (97500, 0)
    >>> proof_at(100_000, -500, -7000).event, proof_at(100_000, -7000, 7000).event
    (90500, 98000)
    """
    if pace is None:
        return Proof(now)
    return Proof(now, max(0, min(now + broker + pace, limit_at(now, broker)) - UNDER_WAY_MS))


def limit_at(now: int, broker: int) -> int:
    """Return what event time may not pass: the clock of the store, nor that of the broker."""
    return min(now, now + broker)


def event_time(
    now: tuple[int, int],
    progress: Mapping[str, Progress],
    scored: Mapping[int, Baseline],
    partitions: Mapping[str, Mapping[str, int]],
) -> EventTime:
    """Return what the watermark follows from.

    Args:
        now: the store's clock, and how far the broker's is ahead of it, in milliseconds.
        scored: what was proven of each partition of the scored topic.
        partitions: how many each topic has, by kind and topic, as the stages that read them have said.
    """
    raw, counts = partitions.get(RAW, {}), partitions.get(SCORED, {})
    numbers = [number for count in counts.values() for number in range(count)]
    pairs = {f"{number}/{topic}/{n}" for number in numbers for topic, count in raw.items() for n in range(count)}
    pairs |= {pair for pair in progress if _exists(pair, raw, counts)}
    proofs = {pair: proof for pair in pairs if (proof := _proof(pair, scored, raw)) is not None}
    if any("/" in pair for pair in progress) and not (raw and counts):
        pairs.add(UNKNOWN)
    return EventTime(now[0], limit_at(*now), progress, proofs, frozenset(pairs))


def _exists(pair: str, raw: Mapping[str, int], counts: Mapping[str, int]) -> bool:
    """Whether both partitions are there still; a topic may have been made anew with fewer."""
    number, _, origin = pair.partition("/")
    topic, _, n = origin.rpartition("/")
    known = not counts or int(number) < max(counts.values())
    return known and (topic not in raw or int(n) < raw[topic])


def _proof(pair: str, scored: Mapping[int, Baseline], raw: Mapping[str, int]) -> Proof | None:
    number, _, origin = pair.partition("/")
    told = scored.get(int(number))
    if told is None:
        return None
    # What came from elsewhere, or nobody knows where from, stands in the log and nowhere before it. But while classify
    # has not said which topics it reads, it may be its own.
    if not origin or (raw and origin.rpartition("/")[0] not in raw):
        return told.proof
    return told.raw.get(origin)
