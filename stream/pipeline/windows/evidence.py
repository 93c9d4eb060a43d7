"""Evidence: the most negative documents of a series and minute, verbatim, so that an alert can show why it fired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from models.classifier import Prediction
from models.labels import NEGATIVE
from models.text import fingerprint_text
from stream.pipeline.documents.record import Origin, ScoredDocument
from stream.pipeline.windows.bucket import MICRO, minute_of

MAX_CHARACTERS = 2000  # the beginning of an article; what is shown of it is shorter still, and Redis holds it for days
MAX_TITLE = 300  # characters; the whole of a longer one stands in the text
# Of a series. An alert shows a few of its whole window; more from one minute would only crowd out the others.
PER_MINUTE = 5
OF_ALERT = 10  # documents that an alert carries: by them, too, it is told which alerts are of one event


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One document as it came. ``text`` is its beginning when ``truncated``; ``negative`` is p(negative), 0 to 1.

    Of an entry's series ``negative`` is what the document says of the entry; ``negative_of_text`` is then that of the
    whole text, where the two differ.

    ``title`` is the document's own, where it came with one; ``text`` begins with it.

    ``story`` is what copies have in common, ``copies`` how many the series had of it that day, this one included;
    ``scored_at`` is the wall clock at which it was classified.
    """

    id: str
    source: str
    published_at: datetime
    text: str
    negative: float
    author: str | None = None
    url: str | None = None
    truncated: bool = False
    origin: Origin | None = None
    entries: tuple[str, ...] = ()
    story: str = ""
    scored_at: datetime | None = None
    copies: int = 1
    negative_of_text: float | None = None
    title: str | None = None

    @property
    def shown(self) -> str:
        """What stands for the document in a line: its title, or its text where it has none."""
        return self.title or self.text

    @property
    def ingested_at(self) -> datetime | None:
        """When Kafka took the document; None where it did not come through Kafka."""
        return None if self.origin is None else datetime.fromtimestamp(self.origin.timestamp / 1000, UTC)


def evidence_of(
    document: ScoredDocument, story: str = "", entries: tuple[str, ...] = (), own: Prediction | None = None
) -> Evidence | None:
    """Return ``document`` as evidence, or None when it is not negative.

    Args:
        document: what was said.
        story: what it has in common with copies.
        entries: all that it names.
        own: what it says of the entry whose series this is for; None: the sentiment of the whole text counts.
    """
    sentiment = own or document.sentiment
    if sentiment.label != NEGATIVE or document.erased:
        return None
    text = document.content
    return Evidence(
        id=document.id,
        source=document.source,
        published_at=document.published_at,
        text=text[:MAX_CHARACTERS],
        negative=sentiment.probabilities[NEGATIVE],
        author=document.author,
        url=document.url,
        truncated=len(text) > MAX_CHARACTERS,
        origin=document.origin,
        entries=entries,
        story=story,
        scored_at=document.scored_at,
        negative_of_text=None if own is None else document.sentiment.probabilities[NEGATIVE],
        title=_title(document),
    )


def _title(document: ScoredDocument) -> str | None:
    title = (document.title or "").strip()
    return (title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1] + "…") or None


def kept_by_minute(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return what windows keep of the negative documents of a series, in whatever order they come.

    Of each minute PER_MINUTE, each of another story and the most negative of it; by minute, the most negative first.
    """
    minutes: dict[int, dict[str, Evidence]] = {}
    for item in sorted(evidence, key=_rank, reverse=True):
        stories = minutes.setdefault(minute_of(item.published_at), {})
        if len(stories) < PER_MINUTE:
            stories.setdefault(item.story or item.id, item)
    return [item for _, stories in sorted(minutes.items()) for item in stories.values()]


def _rank(item: Evidence) -> tuple[int, bytes]:
    return round(item.negative * MICRO), msgspec.json.encode(item)


def strongest(evidence: list[Evidence], limit: int) -> list[Evidence]:
    """Return ``limit`` documents, each of a story of its own and with words of its own, the most negative first.

    Of more than fit, one per source comes before a second one: ten outlets say more than one outlet ten times.
    """
    ranked = one_each(sorted(evidence, key=lambda item: (-item.negative, item.id)))
    firsts: dict[str, Evidence] = {}
    for item in ranked:
        firsts.setdefault(item.source, item)
    chosen = list(firsts.values())
    chosen = (chosen + [item for item in ranked if firsts[item.source] is not item])[:limit]
    return sorted(chosen, key=lambda item: (-item.negative, item.id))


def one_each(ranked: Sequence[Evidence]) -> list[Evidence]:
    """Leave out what is of a story of one before it, or has its words: a retweet may be a story of its own."""
    seen: set[str] = set()
    kept = []
    for item in ranked:
        keys = keys_of(item)
        if not keys & seen:
            kept.append(item)
        seen |= keys
    return kept


def keys_of(item: Evidence) -> frozenset[str]:
    """Return by what a document and its copies are known: their story, and their words."""
    return frozenset((f"story {item.story or item.id}", f"words {_words(item.text)}"))


def _words(text: str) -> str:
    return fingerprint_text(text).removeprefix("rt ").lstrip(": ")
