"""``bellwether documents erase``: find documents, remove their texts from the stores, and say where they stay."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import typer

from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.records import read_topic
from stream.adapters.kafka.topic_admin import Keeping, keeping_of
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.erasures import PostgresErasures
from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.cli.operating import author_of, say, shown
from stream.errors import DocumentError, UsageError
from stream.pipeline.documents.classify import LoggedDocument, read_scored
from stream.pipeline.documents.document import parse_document
from stream.pipeline.documents.erasure import Erased, Erasure, without_text
from stream.pipeline.topics import Topics
from stream.settings import Settings, load_settings
from stream.worker.stages.withdraw import minutes_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to go: documents by their ids, or all of an author; of one source alone where that is given."""

    ids: tuple[str, ...]
    author: str | None = None
    source: str | None = None

    def has(self, id_: str, author: str | None, source: str) -> bool:
        """Whether a document is one of them."""
        is_named = id_ in self.ids or (self.author is not None and author == self.author)
        return is_named and self.source in (None, source)


@dataclass(slots=True)
class Found:
    """Where the documents stand in Kafka.

    Attributes:
        logged: the latest record of each in the log of record, by id; those that have a text.
        records: how many records hold a text, by topic.
        ids: of all that stand in a topic, with a text or without.
    """

    logged: dict[str, LoggedDocument] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)


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
    for id_ in wanted.ids:
        if id_ not in found.ids:
            say(f"{shown(id_)} stands in no topic; is the id right? It may still be evidence of an alert")
    asyncio.run(_erase(settings, wanted, found, dry_run=dry_run))


def _found(settings: Settings, wanted: Wanted) -> Found:
    """Read the topics through. The log alone does not do: it holds a text only as long as its retention says."""
    topics, found = Topics(settings.name), Found()
    wanted_ids = set(wanted.ids)
    for topic in (topics.scored, topics.news, topics.social):
        for record in read_topic(settings.kafka_access, topic):
            with suppress(DocumentError):
                if topic == topics.scored:
                    document = read_scored(record.value)
                    if document.withdrawn or not wanted.has(document.id, document.author, document.source):
                        continue
                    wanted_ids.add(document.id)
                    found.ids.add(document.id)
                    found.logged[document.id] = document
                    has_text = not document.erased
                else:
                    raw = parse_document(record.value, datetime.fromtimestamp(record.timestamp / 1000, UTC))
                    is_wanted = raw.id in wanted_ids or wanted.has(raw.id, raw.author, raw.source)
                    has_text = is_wanted and not raw.withdrawn
                    if is_wanted:
                        found.ids.add(raw.id)
                if has_text:
                    found.records[topic] = found.records.get(topic, 0) + 1
    return found


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
    """Return all that is to go, each with the time that the log tells."""
    known = {
        document.id: Erasure(document.id, wanted.source or "", round(document.published_at.timestamp() * 1000))
        for document in found.logged.values()
    }
    of_author = await store.of_author(wanted.author) if wanted.author else []
    for item in of_author:
        if wanted.source in (None, item.source):
            known.setdefault(item.id, item)
    for id_ in wanted.ids:  # they may still be evidence where the log has forgotten them
        known.setdefault(id_, Erasure(id_, wanted.source or ""))
    if not known:
        raise UsageError(f"there is no document of the author '{wanted.author}'")
    return list(known.values())


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
