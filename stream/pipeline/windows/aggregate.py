"""Stage 3: scored documents to minute buckets, in the documents' own time.

A bucket is half-open: minute ``m`` holds ``m * 60 s <= published_at < (m + 1) * 60 s``. All sums are integers
(probabilities in millionths, independent weights in thousandths), so they do not depend on the order of adding;
:meth:`Bucket.merge` is associative and commutative with ``Bucket()`` as its zero.

How much a document weighs beside its copies says :mod:`stream.pipeline.windows.independence`; which are copies says
its story.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Protocol

from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENTS
from models.text import fingerprint_text
from stream.pipeline.documents.classify import Origin, ScoredDocument
from stream.pipeline.documents.document import EPOCH, milliseconds
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.progress.watermark import EventTime, Progress
from stream.pipeline.windows.columns import Counts
from stream.pipeline.windows.evidence import Evidence, evidence_of
from stream.pipeline.windows.independence import UNIT, Member, digest, independent, weighed

__all__ = [
    "ENTRY",
    "MEASURES",
    "TOPIC",
    "UNIT",
    "Bucket",
    "Contribution",
    "Member",
    "Origin",
    "WindowStore",
    "contribution",
    "digest",
    "independent",
    "minute_of",
    "rolling",
    "sums",
    "weighed",
]

MICRO = 1_000_000
TOPIC, ENTRY = "topic:", "entry:"  # what the names of series begin with


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is known of one series in one minute, or of several merged.

    Attributes:
        independent: weight of the documents beside their copies, in thousandths of a document; likewise the three
            by sentiment.
        p_negative: sum of the probabilities, in millionths; so are its two neighbours.
        score: sum of p(positive) - p(negative), in millionths; ``score_squared`` that of the squares.
        stories: stories whose first copy of the UTC day stands here.
        sources: sources whose first document of the hour stands here; over an hour that is how many there were.
    """

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
    stories: int = 0
    sources: int = 0

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
    """What one document adds to each of ``series``: ``raw`` always, a weight when it is a first copy.

    ``evidence`` is there when the document is negative. A document that came too ``late`` is counted apart.
    """

    member: Member
    series: tuple[str, ...]
    raw: Bucket
    evidence: Evidence | None = None
    late: bool = False

    @property
    def minute(self) -> int:
        """The minute that it belongs to."""
        return self.member.millisecond // 60_000

    @property
    def document(self) -> str:
        """A digest of the document's id."""
        return digest(self.member.id)


class WindowStore(Protocol):
    """The port: minute buckets, kept where all workers see them, and what is known of each partition's progress.

    Every method raises StoreError when the store does not answer; each may then be called again with the same.
    """

    async def add(
        self, contributions: Sequence[Contribution], progress: Mapping[str, Progress], pace: int | None = None
    ) -> int:
        """Count what was not counted before, atomically with ``progress``; return how many documents were new.

        When a pair was ``seen`` says the store's own clock. ``pace``: see
        :class:`~stream.pipeline.progress.watermark.Followed`. Where the store did not answer, what was added is
        unknown: add the same again.
        """

    async def minutes(self, minutes: Iterable[int]) -> dict[int, dict[str, Bucket]]:
        """Return the buckets of those of ``minutes`` that hold anything: minute -> series -> bucket."""

    async def counts(self, first: int, last: int, step: int) -> Counts:
        """Return the independent documents of every series that holds anything, summed by ``step`` minutes.

        Of the columns that hold the minutes ``first <= m < last``, which begin at multiples of ``step``.
        """

    async def window(self, first: int, last: int) -> dict[str, Bucket]:
        """Return the rolling window of every series that holds anything: the sum of ``first <= m < last``."""

    async def progress(self) -> dict[str, Progress]:
        """Return how far each pair of partitions has come; see :mod:`stream.pipeline.progress.watermark`."""

    async def event_time(self) -> EventTime:
        """Return all that event time follows from, as of one moment by the store's clock."""

    async def complete(self) -> str | None:
        """Return a mark of all that was counted being here; None while it is not: lost and not rebuilt, or not known.

        What was read between two equal marks was complete: a mark that was lost does not come back.
        """

    async def evidence(self, series: str, first: int, last: int) -> list[Evidence]:
        """Return the most negative documents of the minutes ``first <= m < last``, a few per minute, no copies."""

    async def pool(self, minutes: Iterable[int]) -> dict[int, dict[str, list[Evidence]]]:
        """Return the evidence of those of ``minutes`` that have any: minute -> series -> documents, worst first."""

    async def members(self, series: str, first: int, last: int) -> list[Member]:
        """Return the documents of the minutes ``first <= m < last``, by (millisecond, id), each with its weight.

        At most 200 per minute, those with the smallest digests of their ids: a sample that neither order nor content
        decides. How many were left out is what the buckets' ``documents`` say beyond them. Kept for three hours after
        they were written.
        """

    async def late(self, minutes: Iterable[int]) -> dict[int, dict[str, int]]:
        """Return how many documents came too late for each of ``minutes``: minute -> series -> documents."""

    async def minutes_and_late(
        self, minutes: Iterable[int]
    ) -> tuple[dict[int, dict[str, Bucket]], dict[int, dict[str, int]]]:
        """Return what :meth:`minutes` and :meth:`late` do, both from before or both from after a rebuild's switch."""

    async def changed(self, limit: int) -> dict[int, int]:
        """Return up to ``limit`` minutes that changed since they were settled -> the number of their last change."""

    async def settle(self, changed: Mapping[int, int]) -> None:
        """Take minutes off the list of the changed, unless they have changed again since :meth:`changed` told.

        Where somebody else has settled a later change meanwhile, the minute is put on the list again: what was read
        before it may have been written last.
        """


def contribution(document: ScoredDocument, entries: Sequence[Entry] = ()) -> Contribution:
    """Return what ``document`` adds to its topic's series and to those of the watchlist entries that it names."""
    topic = f"{TOPIC}{document.topic.label}"
    series = [topic, *(f"{ENTRY}{entry.name}" for entry in entries)]
    series += [f"{ENTRY}{entry.name}/{topic}" for entry in entries if entry.by_topic]
    story = story_of(document)
    member = Member(
        document.id,
        story,
        document.source,
        milliseconds(document.published_at),
        document.sentiment.label,
        document.origin,
    )
    evidence = evidence_of(document, story, tuple(entry.name for entry in entries))
    return Contribution(member, tuple(series), raw_bucket(document), evidence)


def raw_bucket(document: ScoredDocument) -> Bucket:
    """Return the bucket of ``document`` alone, without a weight."""
    probabilities = {label: round(document.sentiment.probabilities[label] * MICRO) for label in SENTIMENTS}
    score = probabilities[POSITIVE] - probabilities[NEGATIVE]
    return Bucket(
        documents=1,
        **{name: int(name == document.sentiment.label) for name in SENTIMENTS},
        p_negative=probabilities[NEGATIVE],
        p_neutral=probabilities[NEUTRAL],
        p_positive=probabilities[POSITIVE],
        score=score,
        score_squared=round(score * score / MICRO),
    )


def story_of(document: ScoredDocument) -> str:
    """Return the story that the document was given or, in a log without stories, a hash of its text."""
    if document.story:
        return document.story
    return hashlib.sha256(fingerprint_text(document.content).encode(errors="replace")).hexdigest()[:16]


def minute_of(moment: datetime) -> int:
    """Return the number of the minute that holds ``moment``, counted from 1970.

    >>> minute_of(EPOCH.replace(minute=1, second=59, microsecond=999_999))
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
