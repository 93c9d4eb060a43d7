"""Stage 3: scored documents to minute buckets, in the documents' own time.

A bucket is half-open: minute ``m`` holds ``m * 60 s <= published_at < (m + 1) * 60 s``. All sums are integers
(probabilities in millionths), so they do not depend on the order of adding; :meth:`Bucket.merge` is associative and
commutative with ``Bucket()`` as its zero.

Copies: documents of one series whose texts are equal after :func:`models.text.fingerprint_text` are one story. A
story counts as *independent* once per UTC day, in the bucket of its earliest copy (where two are equally early, the
one whose id has the smaller digest), whatever the order in which the copies arrive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Protocol

from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENTS
from models.text import fingerprint_text
from stream.pipeline.classify import ScoredDocument
from stream.pipeline.documents import EPOCH

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is known of one series in one minute, or of several merged. Counts, and sums in millionths."""

    documents: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    independent: int = 0
    independent_negative: int = 0
    independent_neutral: int = 0
    independent_positive: int = 0
    p_negative: int = 0
    p_neutral: int = 0
    p_positive: int = 0
    score: int = 0
    score_squared: int = 0

    def merge(self, other: Bucket) -> Bucket:
        """Return the bucket of both.

        >>> Bucket(documents=1, negative=1).merge(Bucket(documents=2)).documents
        3
        """
        return Bucket(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def revert(self, other: Bucket) -> Bucket:
        """Take ``other`` out again: ``a.merge(b).revert(b) == a``."""
        return Bucket(*(mine - theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def negative_share(self) -> float | None:
        """Negative among independent documents, 0 to 1; None where there is none: that is no "0 %"."""
        return self.independent_negative / self.independent if self.independent else None

    @property
    def mean_score(self) -> float | None:
        """Mean of p(positive) - p(negative), -1 to 1; None where there is no document."""
        return self.score / MICRO / self.documents if self.documents else None


MEASURES = tuple(field.name for field in fields(Bucket))


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one document adds: ``raw`` always, ``independent`` when it is its story's earliest copy of the day.

    ``document`` is a digest of the document's id, 32 hex digits.
    """

    document: str
    series: str
    minute: int
    millisecond: int
    story: str
    sentiment: str
    raw: Bucket
    independent: Bucket


class WindowStore(Protocol):
    """The port: minute buckets, kept where all workers see them."""

    async def add(self, contributions: Sequence[Contribution]) -> int:
        """Count each document that was not counted before, atomically; return how many were new.

        Raises:
            StoreError: the store did not answer; what was added is unknown, so add the same again.
        """

    async def minutes(self, first: int, last: int) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of the minutes ``first <= m < last`` that hold anything: minute -> series -> bucket."""


def contribution(document: ScoredDocument) -> Contribution:
    """Return what ``document`` adds to its topic's series."""
    probabilities = {label: round(document.sentiment.probabilities[label] * MICRO) for label in SENTIMENTS}
    score = probabilities[POSITIVE] - probabilities[NEGATIVE]
    label = document.sentiment.label
    counts = {name: int(name == label) for name in SENTIMENTS}
    raw = Bucket(
        documents=1,
        **counts,
        p_negative=probabilities[NEGATIVE],
        p_neutral=probabilities[NEUTRAL],
        p_positive=probabilities[POSITIVE],
        score=score,
        score_squared=round(score * score / MICRO),
    )
    independent = Bucket(independent=1, **{f"independent_{name}": count for name, count in counts.items()})
    story = hashlib.sha256(fingerprint_text(document.content).encode(errors="replace")).hexdigest()[:24]
    return Contribution(
        # Ids are up to 256 bytes and each is kept for days, so what is kept is a digest of 16 bytes.
        document=hashlib.blake2b(document.id.encode(), digest_size=16).hexdigest(),
        series=f"topic:{document.topic.label}",
        minute=minute_of(document.published_at),
        millisecond=round((document.published_at - EPOCH) / timedelta(milliseconds=1)),
        story=f"{document.published_at.astimezone(UTC):%Y%m%d}:{story}",
        sentiment=label,
        raw=raw,
        independent=independent,
    )


def minute_of(moment: datetime) -> int:
    """Return the number of the minute that holds ``moment``, counted from 1970.

    >>> minute_of(datetime(1970, 1, 1, 0, 1, 59, 999_999, tzinfo=UTC))
    1
    """
    return (moment - EPOCH) // timedelta(minutes=1)


def rolling(minutes: dict[int, dict[str, Bucket]], first: int, last: int) -> dict[str, Bucket]:
    """Merge the minutes ``first <= m < last`` into one bucket per series."""
    merged: dict[str, Bucket] = {}
    for minute in range(first, last):
        for series, bucket in minutes.get(minute, {}).items():
            merged[series] = merged.get(series, Bucket()).merge(bucket)
    return merged
