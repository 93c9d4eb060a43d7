"""What ``bellwether documents erase`` is to take, and where in the topics it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from stream.adapters.kafka.records import Record, read_topic
from stream.cli.operating import shown
from stream.errors import DocumentError
from stream.pipeline.documents.document import (
    ANY_AHEAD,
    EARLIEST,
    EPOCH,
    LATEST,
    Document,
    milliseconds,
    parse_document,
)
from stream.pipeline.documents.erasure import Erasure
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.record import LoggedDocument
from stream.pipeline.figures import number
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.translation import _

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to go: documents by their ids, or all of an author; of one source alone where that is given."""

    ids: tuple[str, ...]
    author: str | None = None
    source: str | None = None

    def has(self, id_: str, author: str | None, source: str) -> bool:
        """Whether a document is one of them."""
        is_named = id_ in self.ids or (self.author is not None and author == self.author)
        return is_named and self.is_of_source(source)

    def is_of_source(self, source: str) -> bool:
        """Whether a document's source, or the one of an account behind it, is meant."""
        return self.source is None or is_of(self.source, source)

    def reach(self, id_: str, source: str) -> str:
        """Return the source to erase of, empty for any: whoever names an author must not reach others' documents."""
        return self.source or ("" if id_ in self.ids else source)

    def missing(self, erasures: Iterable[Erasure], author_found: bool) -> list[str]:
        """Return a sentence for each of them that was not found."""
        found = {item.id for item in erasures}
        of_source = f" of the source '{self.source}'" if self.source else ""
        lines = [f"there is no document '{shown(id_)}'{shown(of_source)}" for id_ in self.ids if id_ not in found]
        if self.author and not author_found:
            lines.append(f"there is no document of the author '{shown(self.author)}'{shown(of_source)}")
        return lines


@dataclass(slots=True)
class Found:
    """Where the documents stand.

    Attributes:
        logged: the latest record of each in the log of record, by id and source; those that have a text.
        records: how many records hold a text, by topic.
        times: of all that stand in a topic, with a text or without, in milliseconds since 1970.
        has_author: whether one is of the author that is wanted.
        unreadable: how many records could not be read, by topic: a text may stand there, too.
    """

    logged: dict[tuple[str, str], LoggedDocument] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    times: dict[tuple[str, str], int] = field(default_factory=dict)
    has_author: bool = False
    unreadable: Counter[str] = field(default_factory=Counter)

    def add(self, topic: str, document: Document, author: str | None, *, has_text: bool) -> None:
        """Take a document that was found in a topic."""
        self.times[document.id, document.source] = milliseconds(document.published_at)
        self.has_author |= author is not None and document.author == author
        if has_text:
            self.records[topic] = self.records.get(topic, 0) + 1

    def notices(self) -> list[str]:
        """Return a sentence for each topic with records that could not be read."""
        said = _("{count} records of {topic} cannot be read; whether one of them holds such a text is not known")
        return [said.format(count=number(count), topic=topic) for topic, count in self.unreadable.items()]


def find(settings: Settings, wanted: Wanted) -> Found:
    """Read the topics through. The log alone does not do: it holds a text only as long as its retention says.

    The raw topics come first: where handles are masked, the author stands there alone.
    """
    topics, found = Topics(settings.name), Found()
    for topic in (topics.news, topics.social):
        for raw in _readable(settings, topic, _raw, found.unreadable):
            if wanted.has(raw.id, raw.author, raw.source):
                found.add(topic, raw, wanted.author, has_text=not raw.withdrawn)
    for document in _readable(settings, topics.scored, lambda record: read_scored(record.value), found.unreadable):
        place = document.id, document.source
        if not document.withdrawn and (place in found.times or wanted.has(place[0], document.author, place[1])):
            found.logged[place] = document
            found.add(topics.scored, document, wanted.author, has_text=not document.erased)
    return found


def _readable(settings: Settings, topic: str, read: Callable[[Record], T], unreadable: Counter[str]) -> Iterator[T]:
    """Yield what a topic holds; count the records that cannot be read. Those without a value hold no text."""
    for record in read_topic(settings.kafka_access, topic):
        if not record.value:
            continue
        try:
            yield read(record)
        except DocumentError:
            unreadable[topic] += 1


def _raw(record: Record) -> Document:
    """Read a raw record whatever its times: what the stream refuses for them holds a text all the same."""
    is_dated = milliseconds(EARLIEST) <= record.timestamp < milliseconds(LATEST)
    received_at = EPOCH + timedelta(milliseconds=record.timestamp) if is_dated else datetime.now(UTC)
    return parse_document(record.value, received_at, ANY_AHEAD)


def is_of(source: str, other: str) -> bool:
    """Whether what is erased of a source, empty for any, is erased of another one: itself, or an account behind it."""
    return source in ("", other) or other.startswith(f"{source}/")
