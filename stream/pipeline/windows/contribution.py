"""Stage 3: a scored document to what it adds to the minute buckets of its series."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENTS
from models.text import fingerprint_text
from stream.pipeline.documents.classify import ScoredDocument
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.units import MINUTE_MS
from stream.pipeline.windows.bucket import MICRO, Bucket
from stream.pipeline.windows.evidence import Evidence, evidence_of
from stream.pipeline.windows.independence import WindowMember, digest

TOPIC, ENTRY = "topic:", "entry:"  # what the names of series begin with


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one document adds to each of ``series``: ``raw`` always, a weight when it is a first copy.

    ``evidence`` is there when the document is negative. A document that came too ``late`` is counted apart.
    """

    member: WindowMember
    series: tuple[str, ...]
    raw: Bucket
    evidence: Evidence | None = None
    late: bool = False

    @property
    def minute(self) -> int:
        """The minute that it belongs to."""
        return self.member.millisecond // MINUTE_MS

    @property
    def document(self) -> str:
        """A digest of the document's id."""
        return digest(self.member.id)


def contribution_of(document: ScoredDocument, entries: Sequence[Entry] = ()) -> Contribution:
    """Return what ``document`` adds to its topic's series and to those of the watchlist entries that it names."""
    topic = f"{TOPIC}{document.topic.label}"
    series = [topic, *(f"{ENTRY}{entry.name}" for entry in entries)]
    series += [f"{ENTRY}{entry.name}/{topic}" for entry in entries if entry.by_topic]
    story = story_of(document)
    member = WindowMember(
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
