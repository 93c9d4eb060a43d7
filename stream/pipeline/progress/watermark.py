"""Event time: how far the stream is known to have come, by the documents' own times.

Each origin (a partition of a raw topic) crossed with each partition of the scored topic is read in order, so its
latest time is what that pair has come to; the stream has come as far as the slowest pair. The watermark never goes
back.

A pair that is silent holds nobody back, but only as far as it is *proven*: the workers show that all that came to it
before a time was read, scored and counted (:mod:`stream.pipeline.progress.proofs`). Without a proof, because a worker,
the broker or the store is away or partitions are changing hands, the watermark stands still, and what was written
meanwhile is read before its minutes close. When all pairs are silent and proven, event time goes on at the pace of the
clock, so that an alert resolves after the last document.

All times of reading are those of the store's clock; a worker's own clock plays no part. The watermark never passes the
clock of the store, nor that of the broker.

A clock gone wild must not drag event time along. So a document moves its pair

- never beyond the time at which the broker got it: what the broker has not seen cannot have happened;
- at once by up to ten minutes, or if it is fresh, not older than ten minutes at the broker: that is live traffic;
- otherwise, as in a replay of old documents, only when the pair's next document confirms the jump. One that does not
  withdraws it; one of the very same time says nothing, for it may be the same. Where no next one comes, the silence
  confirms it.

A document is *late* when it lies more than ``late_for`` behind what its own pair had come to before it. That depends on
the log alone, not on other partitions, workers or the clock, so a rebuild from the log finds the same ones late.

A document of ``history`` was brought in from the past on purpose. It moves no pair and is never late; how far back such
documents reach is kept beside the pairs, under :data:`HISTORY`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

import msgspec

from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import LoggedDocument
from stream.pipeline.units import MINUTE_MS

# A pair is silent when it was proven to have brought nothing for so long. Longer, and minutes of a quiet stream close
# later (measured: four to seven seconds behind the clock); shorter, and a replay that pauses between two batches, while
# it reads its file, would count as silent.
IDLE_AFTER_MS = 5000
# In silence event time keeps so much more distance to the clock: what a document may need from its own time to the
# broker beyond the best that was seen. What needs longer is still counted, up to LATE_FOR_MS.
UNDER_WAY_MS = 2000
# The default of BELLWETHER_LATE_FOR. Longer, and more of the past is read again at each tick and fewer documents are
# left out; it closes no minute later.
LATE_FOR_MS = 15 * MINUTE_MS
# Smaller than LATE_FOR_MS: a document that moves its pair on at once never makes those of the time before it late.
JUMP_MS = 10 * MINUTE_MS
# What stands among the pairs for documents of history; it is no pair, and event time does not follow from it.
HISTORY = "history"


class Progress(msgspec.Struct, frozen=True):
    """How far one pair of partitions has come. All in milliseconds since 1970.

    ``first`` and ``latest`` are event times; ``seen`` is the time of the store's clock when the pair last brought a
    document; ``claim`` is a time beyond ``latest`` that one document claims and none has confirmed, or 0.
    """

    first: int
    latest: int
    seen: int
    claim: int = 0

    def merge(self, other: Progress) -> Progress:
        """Return the progress of both; ``other`` is the newer one."""
        first, latest = min(self.first, other.first), max(self.latest, other.latest)
        return Progress(first, latest, max(self.seen, other.seen), other.claim)

    def advanced(self, at: int, arrived: int, now: int) -> Progress:
        """Return the progress after a document of time ``at`` that the broker got at ``arrived``, read at ``now``.

        >>> Progress(0, 60_000, 5).advanced(61_000, 10**12, 6)
        Progress(first=0, latest=61000, seen=6, claim=0)
        >>> wild = Progress(0, 60_000, 5).advanced(9_000_000, 10**12, 6)
        >>> wild
        Progress(first=0, latest=60000, seen=6, claim=9000000)
        >>> wild.advanced(9_100_000, 10**12, 7).latest, wild.advanced(61_000, 10**12, 7).claim
        (9000000, 0)
        >>> wild.advanced(9_000_000, 10**12, 7).latest
        60000
        """
        first, seen = min(self.first, at), max(self.seen, now)
        at = min(at, arrived)
        if at <= self.latest + JUMP_MS or arrived - at <= JUMP_MS:
            return Progress(first, max(self.latest, at), seen)
        # The same time again may be the same document: a batch is read twice where a worker died after it.
        if self.claim in (0, at):
            return Progress(first, self.latest, seen, at)
        confirmed, open_ = sorted((self.claim, at))
        return Progress(first, confirmed, seen, open_ if open_ > confirmed else 0)

    def is_late(self, at: int, late_for: int = LATE_FOR_MS) -> bool:
        """Whether a document of time ``at`` comes too late for its minute.

        >>> Progress(0, 3_600_000, 5).is_late(2_700_000), Progress(0, 3_600_000, 5).is_late(2_699_999)
        (False, True)
        """
        return at < self.latest - late_for


class Proof(msgspec.Struct, frozen=True):
    """All that had come before ``at``, by the store's clock, was counted; the stream had come to ``event`` by then.

    Both in milliseconds since 1970; ``event`` is 0 where it is not known.
    """

    at: int
    event: int = 0


class EventTime(msgspec.Struct, frozen=True):
    """All that the watermark follows from, as the store knows it at one moment.

    ``now`` is the store's clock and ``limit`` what event time may not pass, milliseconds since 1970. ``pairs`` are
    those that exist, also those that have brought nothing yet.
    """

    now: int
    limit: int
    progress: Mapping[str, Progress]
    proofs: Mapping[str, Proof]
    pairs: frozenset[str]


class Stamp(NamedTuple):
    """Where and when a scored record was written: its partition, and its time in milliseconds since 1970.

    ``by_broker`` says whose clock that is, the broker's or the writing worker's.
    """

    partition: int
    timestamp: int
    by_broker: bool


class ProgressTracker:
    """The progress of pairs, moved on document by document.

    Args:
        known: progress by pair before the first document.
        late_for: milliseconds behind its pair at which a document is late.

    Attributes:
        moved: progress of the pairs that brought a document.
        pace: of all that moved a pair on, the least behind the broker's time, as a number of milliseconds that is not
            positive; None where nothing did. Event time that goes on in silence keeps this distance to the clock.
    """

    def __init__(self, known: Mapping[str, Progress], late_for: int = LATE_FOR_MS) -> None:
        self.moved: dict[str, Progress] = {}
        self.pace: int | None = None
        self._known, self._late_for = known, late_for

    def advance(self, document: LoggedDocument, stamp: Stamp) -> bool:
        """Move on by a document that stands in the log as ``stamp`` says; return whether it is late."""
        if document.history:
            self._note_history(milliseconds(document.published_at), stamp.timestamp)
            return False
        at, arrived = milliseconds(document.published_at), _arrived(document, stamp)
        pair = pair_of(document, stamp.partition)
        before = self.moved.get(pair) or self._known.get(pair)
        if before is None:
            after = Progress(at, min(at, arrived), stamp.timestamp)
        else:
            after = before.advanced(at, arrived, stamp.timestamp)
        self.moved[pair] = after
        if before is None or after.latest > before.latest:
            pace = min(0, after.latest - arrived)
            self.pace = pace if self.pace is None else max(self.pace, pace)
        return before is not None and before.is_late(at, self._late_for)

    def _note_history(self, at: int, now: int) -> None:
        noted = Progress(at, at, now)
        before = self.moved.get(HISTORY)
        self.moved[HISTORY] = noted if before is None else before.merge(noted)


def pair_of(document: LoggedDocument, partition: int) -> str:
    """Return the pair that brought ``document``, read from scored ``partition``."""
    origin = document.origin
    return f"{partition}/{origin.topic}/{origin.partition}" if origin else f"{partition}"


def _arrived(document: LoggedDocument, stamp: Stamp) -> int:
    """Return when the broker got it. A raw record's time may be that of its producer's clock, so the log bounds it."""
    if document.origin is None:
        return stamp.timestamp
    return min(document.origin.timestamp, stamp.timestamp) if stamp.by_broker else document.origin.timestamp


def watermark(known: EventTime, previous: int = 0) -> int:
    """Return the watermark: every minute that ends at or before it is closed.

    Where there is nothing but history, before the stream's first document, it is where the history ends.

    Args:
        known: what the store knows.
        previous: the last watermark; the result is never before it.

    >>> a, b = Progress(0, 60_000, 100_000), Progress(0, 90_000, 100_000)
    >>> pairs = frozenset({"a", "b"})
    >>> watermark(EventTime(200_000, 200_000, {"a": a, "b": b}, {}, pairs))
    60000
    >>> watermark(EventTime(200_000, 200_000, {"a": a, "b": b}, {"a": Proof(190_000, 180_000)}, pairs))
    90000
    """
    silence = _Silence(known)
    least = min((silence.come_to(pair) for pair in known.pairs), default=0)
    if known.progress.keys() == {HISTORY}:
        least = known.progress[HISTORY].latest
    return max(previous, min(least, known.limit))


class _Silence:
    """Which pairs are proven silent, and what event time had come to at the time of a proof.

    It goes on at the best pace of the pairs that were silent by then: the least that one of them was behind the clock
    when its last document was read.
    """

    def __init__(self, known: EventTime) -> None:
        self._known = known
        # Since when each silent pair counts as such, in this order, and the best pace of all up to each, milliseconds.
        silent = sorted(
            (progress.seen + IDLE_AFTER_MS, min(0, max(progress.latest, progress.claim) - progress.seen))
            for pair, progress in known.progress.items()
            if pair in known.pairs and progress.seen <= known.now and self._is_silent(pair)
        )
        self._since = [since for since, _ in silent]
        self._best_pace = list(accumulate((pace for _, pace in silent), max))

    def come_to(self, pair: str) -> int:
        """Return the event time before which nothing of ``pair`` is to come any more; 0: not known."""
        progress, proof = self._known.progress.get(pair), self._proof(pair)
        latest = progress.latest if progress else 0
        if proof is None or not self._is_silent(pair):
            return latest
        # Of the pairs that were silent by then, too: what they came to has gone on with the clock.
        others = bisect_right(self._since, proof.at)
        gone_on = self._best_pace[others - 1] + proof.at - UNDER_WAY_MS if others else 0
        return max(latest, proof.event, gone_on)

    def _is_silent(self, pair: str) -> bool:
        progress, proof = self._known.progress.get(pair), self._proof(pair)
        if proof is None or progress is None:
            return proof is not None
        # Where the store's clock was set back, what it said of the last document is worth nothing.
        return progress.seen > self._known.now or proof.at - progress.seen >= IDLE_AFTER_MS

    def _proof(self, pair: str) -> Proof | None:
        proof = self._known.proofs.get(pair)
        return proof if proof is not None and proof.at <= self._known.now else None
