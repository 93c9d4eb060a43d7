"""Event time: how far the stream is known to have come, by the documents' own times.

Each origin (a partition of a raw topic) crossed with each partition of the scored topic is read in order, so its
latest time is what that pair has come to; the stream has come as far as the slowest pair. A pair that has brought
nothing for a while is idle and holds nobody back. When all are idle, event time goes on at the pace of the clock, so
that an alert resolves after the last document. The watermark never goes back.

A clock gone wild must not drag event time along. So a document moves its pair

- never beyond the time at which the broker got it: what the broker has not seen cannot have happened;
- at once by up to ten minutes, or if it is fresh, not older than ten minutes at the broker: that is live traffic;
- otherwise, as in a replay of old documents, only when the pair's next document confirms the jump. One that does not
  withdraws it. Where no next one comes, the silence confirms it.

A document is *late* when it lies more than ``late_for`` behind what its own pair had come to before it. That depends on
the log alone, not on other partitions, workers or the clock, so a rebuild from the log finds the same ones late.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from stream.pipeline.classify import ScoredDocument
from stream.pipeline.documents import milliseconds

IDLE_AFTER_MS = 10_000
LATE_FOR_MS = 15 * 60_000
JUMP_MS = 10 * 60_000


class Progress(msgspec.Struct, frozen=True):
    """How far one pair of partitions has come. All in milliseconds since 1970.

    ``first`` and ``latest`` are event times; ``seen`` is the wall clock when the pair last brought a document;
    ``claim`` is a time beyond ``latest`` that one document claims and none has confirmed, or 0.
    """

    first: int
    latest: int
    seen: int
    claim: int = 0

    def merge(self, other: Progress) -> Progress:
        """Return the progress of both; ``other`` is the newer one."""
        first, latest = min(self.first, other.first), max(self.latest, other.latest)
        return Progress(first, latest, max(self.seen, other.seen), other.claim)

    def moved(self, at: int, arrived: int, now: int) -> Progress:
        """Return the progress after a document of time ``at`` that the broker got at ``arrived``, read at ``now``.

        >>> Progress(0, 60_000, 5).moved(61_000, 10**12, 6)
        Progress(first=0, latest=61000, seen=6, claim=0)
        >>> wild = Progress(0, 60_000, 5).moved(9_000_000, 10**12, 6)
        >>> wild
        Progress(first=0, latest=60000, seen=6, claim=9000000)
        >>> wild.moved(9_100_000, 10**12, 7).latest, wild.moved(61_000, 10**12, 7).claim
        (9000000, 0)
        """
        first, seen = min(self.first, at), max(self.seen, now)
        at = min(at, arrived)
        if at <= self.latest + JUMP_MS or arrived - at <= JUMP_MS:
            return Progress(first, max(self.latest, at), seen)
        if not self.claim:
            return Progress(first, self.latest, seen, at)
        confirmed, open_ = sorted((self.claim, at))
        return Progress(first, confirmed, seen, open_ if open_ > confirmed else 0)

    def is_late(self, at: int, late_for: int = LATE_FOR_MS) -> bool:
        """Whether a document of time ``at`` comes too late for its minute.

        >>> Progress(0, 3_600_000, 5).is_late(2_700_000), Progress(0, 3_600_000, 5).is_late(2_699_999)
        (False, True)
        """
        return at < self.latest - late_for


def pair_of(document: ScoredDocument, partition: int) -> str:
    """Return the pair that brought ``document``, read from scored ``partition``."""
    origin = document.origin
    return f"{partition}/{origin.topic}/{origin.partition}" if origin else f"{partition}"


def follow(progress: dict[str, Progress], pair: str, document: ScoredDocument, now: int, late_for: int) -> bool:
    """Move ``pair`` in ``progress`` on by ``document``, read at ``now`` (ms); return whether the document is late."""
    at = milliseconds(document.published_at)
    arrived = document.origin.timestamp if document.origin else now
    before = progress.get(pair)
    if before is None:
        progress[pair] = Progress(at, min(at, arrived), now)
        return False
    progress[pair] = before.moved(at, arrived, now)
    return before.is_late(at, late_for)


def watermark(progress: Mapping[str, Progress], now: int, previous: int = 0, idle_after: int = IDLE_AFTER_MS) -> int:
    """Return the watermark at wall clock ``now``: every minute that ends at or before it is closed.

    Args:
        progress: of each pair of partitions; see :class:`Progress`.
        now: wall clock, milliseconds since 1970.
        previous: the last watermark; the result is never before it.
        idle_after: milliseconds of silence after which a pair holds nobody back.

    >>> watermark({"0": Progress(0, 60_000, 5), "1": Progress(0, 90_000, 5)}, now=5)
    60000
    >>> watermark({"0": Progress(0, 60_000, 0), "1": Progress(0, 90_000, 30_000)}, now=30_000)
    90000
    >>> watermark({"0": Progress(0, 60_000, 0)}, now=30_000)
    90000
    """
    active = [pair.latest for pair in progress.values() if now - pair.seen < idle_after]
    if active:
        return max(previous, min(active))
    idle = [max(pair.latest, pair.claim) + now - pair.seen for pair in progress.values()]
    return max([previous, *idle])
