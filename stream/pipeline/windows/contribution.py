"""Stage 3: a scored document to what it adds to the minute buckets of its series."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from models.classifier import Prediction
from models.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENTS
from models.text import fingerprint_text
from stream.errors import DocumentError
from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import LoggedDocument, ScoredDocument, UnreadDocument
from stream.pipeline.documents.relevance import PASSING
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.units import MINUTE_MS
from stream.pipeline.windows.bucket import MICRO, Bucket
from stream.pipeline.windows.evidence import Evidence, evidence_of
from stream.pipeline.windows.independence import UNIT, WindowMember, digest

TOPIC, ENTRY, GROUP = "topic:", "entry:", "group:"  # what the names of series begin with
KINDS = TOPIC, ENTRY, GROUP
ALL = "watchlist:all"  # the series of all entries together
UNREAD = "unread:"  # series of a language that the model does not read: documents are counted there, and nothing else


def is_series(name: str) -> bool:
    """Whether a series that is decided on can have this name."""
    return name == ALL or any(name.startswith(kind) and name != kind for kind in KINDS)


@dataclass(frozen=True, slots=True)
class OwnSentiment:
    """What a document says of one entry, where that is not what it says as a whole, or it is about it only in part: the
    parts of a contribution. ``relevance`` is in thousandths.
    """

    sentiment: str
    raw: Bucket
    evidence: Evidence | None = None
    relevance: int = UNIT


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one document adds to each of ``series``: ``raw`` always, a weight when it is a first copy.

    ``evidence`` is there when the document is negative. A document that came too ``late`` is counted apart.
    ``own`` are the series, by name, to which it adds something else; :meth:`to` says what it adds to one.
    """

    member: WindowMember
    series: tuple[str, ...]
    raw: Bucket
    evidence: Evidence | None = None
    late: bool = False
    own: Mapping[str, OwnSentiment] = field(default_factory=dict)

    def to(self, series: str) -> Contribution:
        """Return what is added to one series."""
        own = self.own.get(series)
        if own is None:
            return self
        member = msgspec.structs.replace(self.member, sentiment=own.sentiment, relevance=own.relevance)
        return replace(self, member=member, raw=own.raw, evidence=own.evidence)

    @property
    def minute(self) -> int:
        """The minute that it belongs to."""
        return self.member.millisecond // MINUTE_MS

    @property
    def document(self) -> str:
        """A digest of the document's id."""
        return digest(self.member.id)


def contribution_of(document: LoggedDocument, entries: Sequence[Entry] = ()) -> Contribution:
    """Return what ``document`` adds to its topic's series and to those of the watchlist entries that it names.

    The topic's series has the document's sentiment; an entry's has what the document says of that entry, and weighs by
    its relevance for it. The series of a group, and that of all entries, have the document once, as the one of their
    entries has it of which it says the worst. An entry that is only mentioned in passing
    (:mod:`stream.pipeline.documents.relevance`) has nothing of it. A document that was not read adds itself to the
    count of its language, and nothing to any other series.
    """
    if isinstance(document, UnreadDocument):
        # A member has a sentiment; of such a series nobody asks for it.
        return Contribution(_member(document, NEUTRAL), (f"{UNREAD}{document.language}",), Bucket(documents=1))
    if not isinstance(document, ScoredDocument):
        raise DocumentError("not a scored document: it has no sentiment")
    topic = f"{TOPIC}{document.topic.label}"
    about = [entry for entry in entries if document.relevance_of(entry.name) >= PASSING]
    of_entries = _series_of(document, about, topic)
    story, names = story_of(document), tuple(entry.name for entry in entries)
    member = _member(document, document.sentiment.label)
    own = {
        series: said
        for series, entry in of_entries.items()
        if (said := _own_sentiment(document, entry.name, story, names)) is not None
    }
    evidence = evidence_of(document, story, names)
    return Contribution(member, (topic, *of_entries), raw_bucket(document.sentiment), evidence, own=own)


def _own_sentiment(document: ScoredDocument, entry: str, story: str, names: tuple[str, ...]) -> OwnSentiment | None:
    """Return what the document says of ``entry``; None where that is all that it says."""
    sentiment, relevance = document.sentiment_of(entry), round(document.relevance_of(entry) * UNIT)
    differs = sentiment != document.sentiment
    if not differs and relevance == UNIT:
        return None
    evidence = evidence_of(document, story, names, sentiment if differs else None)
    return OwnSentiment(sentiment.label, raw_bucket(sentiment), evidence, relevance)


def _series_of(document: ScoredDocument, about: Sequence[Entry], topic: str) -> dict[str, Entry]:
    """Return the series of the entries that a document is ``about``, each with the entry that speaks there."""
    series = {f"{ENTRY}{entry.name}": entry for entry in about}
    series |= {f"{ENTRY}{entry.name}/{topic}": entry for entry in about if entry.by_topic}

    def badness(entry: Entry) -> tuple[bool, float, float]:
        sentiment = document.sentiment_of(entry.name)
        negative = sentiment.probabilities.get(NEGATIVE, 0.0)
        return sentiment.label == NEGATIVE, negative, document.relevance_of(entry.name)

    # From the mildest on, so that the worst one stays.
    for entry in sorted(about, key=badness):
        series |= {f"{GROUP}{entry.group}": entry} if entry.group else {}
        series[ALL] = entry
    return series


def _member(document: LoggedDocument, sentiment: str) -> WindowMember:
    published = milliseconds(document.published_at)
    return WindowMember(document.id, story_of(document), document.source, published, sentiment, document.origin)


def raw_bucket(sentiment: Prediction) -> Bucket:
    """Return the bucket of one document with this sentiment, without a weight."""
    probabilities = {label: round(sentiment.probabilities[label] * MICRO) for label in SENTIMENTS}
    score = probabilities[POSITIVE] - probabilities[NEGATIVE]
    return Bucket(
        documents=1,
        **{name: int(name == sentiment.label) for name in SENTIMENTS},
        p_negative=probabilities[NEGATIVE],
        p_neutral=probabilities[NEUTRAL],
        p_positive=probabilities[POSITIVE],
        score=score,
        score_squared=round(score * score / MICRO),
    )


def story_of(document: LoggedDocument) -> str:
    """Return the story that the document was given or, in a log without stories, a hash of its text."""
    if isinstance(document, ScoredDocument) and document.story:
        return document.story
    return hashlib.sha256(fingerprint_text(document.content).encode(errors="replace")).hexdigest()[:16]
