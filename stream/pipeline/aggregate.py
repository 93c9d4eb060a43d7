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
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENTS
from models.text import fingerprint_text
from stream.pipeline.classify import ScoredDocument
from stream.pipeline.documents import EPOCH, milliseconds
from stream.pipeline.evidence import Evidence, evidence_of
from stream.pipeline.watchlist import Entry
from stream.pipeline.watermark import Progress

MICRO = 1_000_000
UNIT = 1  # what one document of full weight adds to the independent measures
TOPIC, ENTRY = "topic:", "entry:"  # what the names of series begin with


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
        return Bucket(*map(operator.add, sums(self), sums(other)))

    def revert(self, other: Bucket) -> Bucket:
        """Take ``other`` out again: ``a.merge(b).revert(b) == a``."""
        return Bucket(*map(operator.sub, sums(self), sums(other)))

    @property
    def independent_documents(self) -> float:
        """Independent documents, in documents."""
        return self.independent / UNIT

    @property
    def independent_negatives(self) -> float:
        """Independent negative documents, in documents."""
        return self.independent_negative / UNIT

    @property
    def negative_share(self) -> float | None:
        """Negative among independent documents, 0 to 1; None where there is none: that is no "0 %"."""
        return self.independent_negative / self.independent if self.independent else None

    @property
    def mean_score(self) -> float | None:
        """Mean of p(positive) - p(negative), -1 to 1; None where there is no document."""
        return self.score / MICRO / self.documents if self.documents else None


MEASURES = tuple(field.name for field in fields(Bucket))
sums = operator.attrgetter(*MEASURES)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one document adds: ``raw`` always, ``independent`` when it is its story's earliest copy of the day.

    ``document`` is a digest, 32 hex digits, of the document's id, for an entry's series together with its name.
    ``evidence`` is there when the document is negative. Each document has one contribution that is ``leading``.
    """

    document: str
    series: str
    minute: int
    millisecond: int
    story: str
    sentiment: str
    raw: Bucket
    independent: Bucket
    evidence: Evidence | None = None
    leading: bool = True


class WindowStore(Protocol):
    """The port: minute buckets, kept where all workers see them, and what is known of each partition's progress.

    Every method raises StoreError when the store does not answer; each may then be called again with the same.
    """

    async def add(self, contributions: Sequence[Contribution], progress: Mapping[str, Progress]) -> int:
        """Count what was not counted before, atomically with ``progress``; return how many documents were new.

        Where the store did not answer, what was added is unknown: add the same again.
        """

    async def minutes(self, minutes: Iterable[int]) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of those of ``minutes`` that hold anything: minute -> series -> bucket."""

    async def progress(self) -> dict[str, Progress]:
        """Return how far each pair of partitions has come; see :mod:`stream.pipeline.watermark`."""

    async def evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        """Return the most negative documents of the minutes ``first <= m < last``, a few per minute, no copies."""

    async def changed(self, limit: int) -> dict[int, int]:
        """Return up to ``limit`` minutes that changed since they were settled -> a number that grows with changes."""

    async def settle(self, changed: Mapping[int, int]) -> None:
        """Take minutes off the list of the changed, unless they have changed again since :meth:`changed` told."""


def contributions(document: ScoredDocument, entries: Sequence[Entry]) -> list[Contribution]:
    """Return what ``document`` adds to its topic's series and to those of the watchlist entries that it names."""
    first = contribution(document, tuple(entry.name for entry in entries))
    series = [f"{ENTRY}{entry.name}" for entry in entries]
    series += [f"{ENTRY}{entry.name}/{first.series}" for entry in entries if entry.by_topic]
    return [first, *(_of_series(first, document.id, name) for name in series)]


def _of_series(leading: Contribution, document_id: str, series: str) -> Contribution:
    # An id of a document may hold anything but a null byte, so no id looks like this pair.
    return replace(leading, document=digest(f"{document_id}\0{series}"), series=series, leading=False)


def contribution(document: ScoredDocument, entries: tuple[str, ...] = ()) -> Contribution:
    """Return what ``document``, which names ``entries``, adds to its topic's series."""
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
        document=digest(document.id),
        series=f"{TOPIC}{document.topic.label}",
        minute=minute_of(document.published_at),
        millisecond=milliseconds(document.published_at),
        story=f"{document.published_at.astimezone(UTC):%Y%m%d}:{story}",
        sentiment=label,
        raw=raw,
        independent=independent,
        evidence=evidence_of(document, entries),
    )


def digest(document_id: str) -> str:
    """Return 32 hex digits for an id: ids are up to 256 bytes and each is kept for days."""
    return hashlib.blake2b(document_id.encode(), digest_size=16).hexdigest()


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
