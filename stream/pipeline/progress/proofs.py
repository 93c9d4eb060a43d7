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

A proof is about the past and never becomes wrong: whoever loses a partition, or dies, proves nothing more. But the
store may come back older, without what a worker that still lives had handled. So a proof of the scored topic says up to
which offset that was, and a store that lacks some of it does not keep the proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec

from stream.pipeline.progress.watermark import HISTORY, UNDER_WAY_MS, EventTime, Progress, Proof

RAW, SCORED = "raw", "scored"
# Stands for the pairs that there may be besides, while a stage has not said how many partitions its topics have.
UNKNOWN = "?"


class Baseline(msgspec.Struct, frozen=True):
    """An answer of the store: its time and what event time had come to, and what was proven of each raw partition."""

    proof: Proof
    raw: Mapping[str, Proof] = {}


class ProvenBaseline(msgspec.Struct, frozen=True):
    """A baseline that is proven for ``partition``: ``topic/number`` of a raw one, the number of a scored one.

    It stands for records that were handled here, the last of which is before ``handled``; 0: for none.
    """

    partition: str
    baseline: Baseline
    handled: int = 0


class ProofStore(Protocol):
    """The port: proofs, kept beside the windows. Raises StoreError."""

    async def prove(
        self, kind: str, partitions: Mapping[str, int], proven: Sequence[ProvenBaseline], broker: int | None = None
    ) -> Baseline:
        """Keep what is newer than what is kept, and return the baseline of now.

        What of the scored topic was handled and is not here any more proves nothing.

        Args:
            kind: RAW or SCORED, what the topics hold.
            partitions: how many each topic has.
            broker: by how many milliseconds the broker's clock is ahead of the store's; None: not known.
        """


class ConsumerPosition(NamedTuple):
    """Where a consumer stands in a partition: the next offset it hands out, and the end that the last fetch brought.

    ``sent`` is when that fetch was sent, in seconds of a steady clock. ``unfinished`` is the first offset that was
    handed out and whose effects are not stored yet. ``handed`` is the offset behind the last one that was; 0: none was.
    """

    position: int
    end: int
    sent: float
    unfinished: int | None
    handed: int = 0


class _ReceivedBaseline(NamedTuple):
    """A baseline, and when it was received, in seconds of the steady clock."""

    baseline: Baseline
    at: float


@dataclass(slots=True)
class _Candidate:
    """A baseline that is to be proven for one partition.

    ``end`` is the partition's end, by the first fetch that was sent after the baseline was received.
    """

    received: _ReceivedBaseline
    end: int | None = None
    proven: bool = False

    def check(self, consumer: ConsumerPosition) -> bool:
        """Whether all is read that had come at the time of the baseline."""
        if consumer.position > consumer.end:
            return False  # the topic is another one than was read
        if self.end is None and consumer.sent > self.received.at:
            self.end = consumer.end
        unfinished = consumer.unfinished
        done = consumer.position if unfinished is None else min(consumer.position, unfinished)
        return self.end is not None and done >= self.end


class Prover:
    """Finds what is proven: is given the store's baselines and the consumer's positions in turn."""

    def __init__(self) -> None:
        self._latest: _ReceivedBaseline | None = None
        self._candidates: dict[str, _Candidate] = {}
        self._found: list[_Candidate] = []

    def set_baseline(self, baseline: Baseline, at: float) -> None:
        """Take the store's newest baseline, received ``at`` seconds of the steady clock, to be proven next.

        The store gave it when it was told what was found last.
        """
        for candidate in self._found:
            candidate.proven = True
        self._found = []
        self._latest = _ReceivedBaseline(baseline, at)

    def find_proven(self, positions: Mapping[str, ConsumerPosition]) -> list[ProvenBaseline]:
        """Return what is newly proven of the partitions that are read now; again, until there is another baseline.

        Args:
            positions: by partition, as of a moment after the last baseline was received.
        """
        if self._latest is None:
            return []
        self._candidates = {name: self._candidate(name, self._latest) for name in positions}
        found = {
            name: candidate
            for name, candidate in self._candidates.items()
            if not candidate.proven and candidate.check(positions[name])
        }
        self._found = list(found.values())
        return [
            ProvenBaseline(name, candidate.received.baseline, min(candidate.end or 0, positions[name].handed))
            for name, candidate in found.items()
        ]

    def _candidate(self, name: str, latest: _ReceivedBaseline) -> _Candidate:
        """Return the candidate of a partition: an older baseline stays one until it is proven."""
        candidate = self._candidates.get(name)
        if candidate and (candidate.received is latest or not candidate.proven):
            return candidate
        return _Candidate(latest)


def proof_at(now: int, pace: int | None, broker: int) -> Proof:
    """Return the proof of ``now``, the store's time, in milliseconds since 1970.

    Args:
        pace: how far the stream is behind the broker's time, in milliseconds and not positive; see
            :class:`~stream.pipeline.progress.watermark.ProgressTracker`. None: not known.
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
    if pair == HISTORY:
        return False
    number, _, origin = pair.partition("/")
    topic, _, n = origin.rpartition("/")
    in_scored = not counts or int(number) < max(counts.values())
    return in_scored and (topic not in raw or int(n) < raw[topic])


def _proof(pair: str, scored: Mapping[int, Baseline], raw: Mapping[str, int]) -> Proof | None:
    """Return what is proven of a pair, from the baseline that is proven for its partition of the scored topic."""
    number, _, origin = pair.partition("/")
    baseline = scored.get(int(number))
    if baseline is None:
        return None
    # A document without an origin, or of a topic that classify does not read, stood in the log alone: the log's own
    # proof is enough. While classify has not said which topics it reads, any topic may be one of them.
    if not origin or (raw and origin.rpartition("/")[0] not in raw):
        return baseline.proof
    return baseline.raw.get(origin)
