"""``bellwether documents erase``: find documents, remove their texts from the stores, and say where they stay."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import typer

from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import Record, read_topic
from stream.adapters.kafka.topic_admin import Keeping, keeping_of
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.erasures import PostgresErasures
from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.cli.operating import author_of, say, shown
from stream.cli.said import in_own_language
from stream.errors import DocumentError, UsageError
from stream.pipeline.documents.document import (
    ANY_AHEAD,
    EARLIEST,
    EPOCH,
    LATEST,
    Document,
    milliseconds,
    parse_document,
)
from stream.pipeline.documents.erasure import Erased, Erasure, without_text
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.record import LoggedDocument
from stream.pipeline.figures import number
from stream.pipeline.topics import Topics
from stream.settings import Settings, load_settings
from stream.translation import _
from stream.worker.stages.withdraw import minutes_of

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
        return self.source is None or _covers(self.source, source)

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


def erase_texts(wanted: Wanted, *, dry_run: bool) -> None:
    """Erase, and print what went and what stays.

    Raises:
        UsageError: nothing is named, or there is no such document.
        BrokerError, StoreError: run it again; what is gone stays gone.
    """
    if not wanted.ids and not wanted.author:
        raise UsageError("name the documents: ids, or --author")
    settings = load_settings()
    found = _found(settings, wanted)
    for notice in found.notices():
        say(notice)
    asyncio.run(_erase(settings, wanted, found, dry_run=dry_run))


def _found(settings: Settings, wanted: Wanted) -> Found:
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


async def _erase(settings: Settings, wanted: Wanted, found: Found, *, dry_run: bool) -> None:
    engine = engine_of(settings.postgres.get_secret_value(), settings.postgres_timeout)
    try:
        store = PostgresErasures(engine)
        erasures = await _erasures(store, wanted, found)
        if dry_run:
            typer.echo(f"would erase: {len(erasures)} documents")
            for item in erasures:
                typer.echo(f"  {shown(item.id)}" + (f"  {shown(item.source)}" if item.source else ""))
            return
        # First of all PostgreSQL: from then on nobody writes these texts there again.
        erased = await store.erase(erasures, f"by hand, {author_of(None)}", datetime.now(UTC))
        async with connected(settings.redis.get_secret_value()) as client:
            queue = RedisStores(client, Layout(settings.name, settings.shards)).erasures()
            removed = await queue.remove(minutes_of(erasures, erased.minutes))
            written = await asyncio.to_thread(_write, settings, found.logged.values())
            await queue.note(erasures)  # a worker looks once more, for what was under way
        _tell(erasures, erased, removed, written)
        for line in _left(settings, found):
            typer.echo(line)
    finally:
        await engine.dispose()


async def _erasures(store: PostgresErasures, wanted: Wanted, found: Found) -> list[Erasure]:
    """Return all that is to go, each with the time that a topic tells; say what is not there.

    Raises:
        UsageError: nothing is there.
    """
    known: dict[tuple[str, str], Erasure] = {}
    for (id_, source), millisecond in found.times.items():
        reach = wanted.reach(id_, source)
        known[id_, reach] = Erasure(id_, reach, millisecond)
    # They may still be evidence where the topics have forgotten them.
    of_author = await store.of_author(wanted.author) if wanted.author else []
    for item in [*of_author, *(await store.of_ids(wanted.ids))]:
        is_known = any(id_ == item.id and _covers(source, item.source) for id_, source in known)
        if wanted.is_of_source(item.source) and not is_known:
            reach = wanted.reach(item.id, item.source)
            known[item.id, reach] = Erasure(item.id, reach)
    has_author = found.has_author or any(wanted.is_of_source(item.source) for item in of_author)
    missing = wanted.missing(known.values(), has_author)
    for line in missing if known else missing[:-1]:
        say(in_own_language(line))
    if not known:
        raise UsageError(missing[-1])
    return list(known.values())


def _covers(source: str, other: str) -> bool:
    """Whether what is erased of a source, empty for any, is erased of another one: itself, or an account behind it."""
    return source in ("", other) or other.startswith(f"{source}/")


def _write(settings: Settings, documents: Iterable[LoggedDocument]) -> int:
    """Write each document to the log without its text, in the place of the one with it where the topic is compacted."""
    topic = Topics(settings.name).scored
    records = [(topic, one.id.encode(), msgspec.json.encode(without_text(one))) for one in documents if not one.erased]
    if records:
        with Publisher(settings.kafka_access) as publisher:
            publisher.send(records)
    return len(records)


def _tell(erasures: Sequence[Erasure], erased: Erased, removed: int, written: int) -> None:
    typer.echo(f"documents: {len(erasures)}")
    typer.echo(f"erased: {erased.evidence} in the evidence of alerts, {erased.pool} in the pool of evidence")
    typer.echo(f"erased: in {erased.deliveries} notifications, {removed} in the windows in Redis")
    typer.echo(f"written to the log without their text: {written}")


def _left(settings: Settings, found: Found) -> list[str]:
    """Return a line for each place that keeps a text, and until when."""
    topics = Topics(settings.name)
    keeping = keeping_of(settings.kafka_access, topics.all)
    lines = [
        f"left: {count} records of {topic} hold a text, {_until(keeping.get(topic), topic == topics.scored)}"
        for topic, count in found.records.items()
    ]
    also = f"{topics.alerts} ({_until(keeping.get(topics.alerts))})"
    return [
        *lines,
        f"left: what was sent to receivers and to {also}, dead letters, backups: not looked at",
    ]


def _until(keeping: Keeping | None, keyed: bool = False) -> str:
    """Say until when a topic keeps a record."""
    if keeping is None:
        return "for how long the broker does not say"
    if keyed and keeping.compacted:
        return "until Kafka compacts the topic"
    return f"for {keeping.days:g} days after they were written" if keeping.days is not None else "for ever"
