"""Minute buckets: what is known of one series in one minute of the documents' own time.

A bucket is half-open: minute ``m`` holds ``m * 60 s <= published_at < (m + 1) * 60 s``. All sums are integers
(probabilities in millionths, independent weights in thousandths), so they do not depend on the order of adding;
:meth:`Bucket.merge` is associative and commutative with ``Bucket()`` as its zero.

How much a document weighs beside its copies says :mod:`stream.pipeline.windows.independence`; which are copies says
its story.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from stream.pipeline.documents.document import EPOCH
from stream.pipeline.windows.independence import UNIT

MICRO = 1_000_000


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
        return Bucket(*map(operator.add, measures_of(self), measures_of(other)))

    def revert(self, other: Bucket) -> Bucket:
        """Take ``other`` out again: ``a.merge(b).revert(b) == a``."""
        return Bucket(*map(operator.sub, measures_of(self), measures_of(other)))

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
measures_of = operator.attrgetter(*MEASURES)


def minute_of(moment: datetime) -> int:
    """Return the number of the minute that holds ``moment``, counted from 1970.

    >>> minute_of(EPOCH.replace(minute=1, second=59, microsecond=999_999))
    1
    """
    return (moment - EPOCH) // timedelta(minutes=1)


def merge_minutes(minutes: dict[int, dict[str, Bucket]], first: int, last: int) -> dict[str, Bucket]:
    """Merge the minutes ``first <= m < last`` into one bucket per series."""
    merged: dict[str, Bucket] = {}
    for minute in range(first, last):
        for series, bucket in minutes.get(minute, {}).items():
            merged[series] = merged.get(series, Bucket()).merge(bucket)
    return merged
