"""``bellwether documents erase``: remove the texts of documents from the stores, and say where they stay."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec
import typer

from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.topic_admin import Keeping, keeping_of
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.erasures import PostgresErasures
from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.cli.operating import author_of, say, shown
from stream.cli.said import in_own_language
from stream.cli.work.erase_found import Found, Wanted, find, is_of
from stream.errors import UsageError
from stream.pipeline.documents.erasure import Erased, Erasure, without_text
from stream.pipeline.documents.record import LoggedDocument
from stream.pipeline.topics import Topics
from stream.settings import Settings, load_settings
from stream.worker.stages.withdraw import minutes_of


def erase_texts(wanted: Wanted, *, dry_run: bool) -> None:
    """Erase, and print what went and what stays.

    Raises:
        UsageError: nothing is named, or there is no such document.
        BrokerError, StoreError: run it again; what is gone stays gone.
    """
    if not wanted.ids and not wanted.author:
        raise UsageError("name the documents: ids, or --author")
    settings = load_settings()
    found = find(settings, wanted)
    for notice in found.notices():
        say(notice)
    asyncio.run(_erase(settings, wanted, found, dry_run=dry_run))


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
        is_known = any(id_ == item.id and is_of(source, item.source) for id_, source in known)
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
