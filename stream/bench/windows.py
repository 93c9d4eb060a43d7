"""What windows cost: documents a second of stories, watchlist and aggregate; memory; a snapshot; rows in Postgres."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine

from models.classifier import Prediction
from stream import metrics
from stream.adapters.files.temporary import temporary_folder
from stream.adapters.postgres.migrate import migrate
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.rebuild_store import RedisRebuildStore
from stream.adapters.redis.story_store import RedisStoryStore
from stream.adapters.redis.window_store import RedisWindowStore
from stream.bench.texts import SEED, bench_records, invented_documents
from stream.embedded import Postgres, Valkey
from stream.pipeline.documents.document import parse_document
from stream.pipeline.documents.reading import entries_of
from stream.pipeline.documents.record import ArtifactRef, Origin, ScoredDocument
from stream.pipeline.documents.watchlist import Entry, Watchlist
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.units import DAY
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.worker.stages import Project

BATCH = 500
ENTRIES, GROUPS = 2000, 10
NEGATIVE_SHARE = 0.2


class WindowsResult(msgspec.Struct, frozen=True):
    """Figures of one run; ``..._us`` are microseconds of processor time per document.

    ``story_bytes`` is what a document's stories take in Redis, ``bucket_bytes`` a series and minute with a document,
    ``series_day_bytes`` a full day of them with the sums of ten and sixty minutes; ``memory_bytes`` says what each kind
    of key takes per document, ``used_bytes`` what the server holds in all. The snapshot is taken over ``minutes``.
    """

    documents: int
    rate: float
    worker_us: float
    redis_us: float
    signature_us: float
    story_bytes: float
    series: int
    minutes: int
    bucket_bytes: float
    series_day_bytes: float
    used_bytes: int
    memory_bytes: dict[str, float]
    snapshot_seconds: float
    snapshot_cpu_seconds: float
    snapshot_rows: int
    projection_seconds: float
    projection_rows: int


class Span(NamedTuple):
    """What memory and the snapshot are measured on: each series has a document in every ``every``-th of ``minutes``."""

    series: int
    minutes: int
    every: int = 1


def bench_windows(documents: int, texts: Path | None, span: Span) -> WindowsResult:
    """Measure on an embedded Valkey and PostgreSQL: the rate on ``documents`` of ``texts`` or invented, then ``span``.

    Raises:
        DatasetError: the file of texts holds no document.
    """
    scored = scored_documents(documents, texts)
    with temporary_folder("bellwether-bench-") as folder:
        folder.chmod(0o755)
        with Valkey(folder / "valkey") as valkey, Postgres(folder / "postgres") as postgres:
            migrate(postgres.url)
            return asyncio.run(_measure(valkey.url, postgres.url, scored, span))


async def _measure(redis: str, postgres: str, documents: Sequence[ScoredDocument], span: Span) -> WindowsResult:
    async with Redis.from_url(redis) as client:
        rate, worker, server = await _rate(client, documents)
        story_bytes = (await _memory(client, len(documents)))["stories"]
        signature_us = _signature_us(documents[:2000])
        await client.flushall()
        first, added = await _fill(client, span)
        memory = await _memory(client, added)
        used = int((await client.info("memory"))["used_memory"])
        windows = RedisWindowStore(client)
        start = time.process_time(), time.perf_counter()
        rows = await windows.window(first, first + span.minutes)
        snapshot = time.perf_counter() - start[1], time.process_time() - start[0]
        await RedisRebuildStore(client).mark()  # nothing is projected from windows that may not be complete
        projection, projected = await _project(windows, postgres)
    bucket, day = memory["minute"], _series_day(memory, span)
    return WindowsResult(
        len(documents), rate, worker, server, signature_us, story_bytes,
        span.series, span.minutes, bucket, day, used, memory, *snapshot, len(rows), projection, projected,
    )  # fmt: skip


def _signature_us(documents: Sequence[ScoredDocument]) -> float:
    began = time.process_time()
    for item in documents:
        signature_of(item)
    return (time.process_time() - began) / len(documents) * 1e6


def _series_day(memory: Mapping[str, float], span: Span) -> float:
    """Return the bytes of a series with a document in every minute of a day: of its minutes, tens and hours."""
    per_minute = -(-span.minutes // span.every)  # documents of a series
    return DAY * memory["minute"] + sum(
        DAY / length * memory[kind] * per_minute / -(-span.minutes // length)
        for kind, length in (("ten", 10), ("sixty", 60))
    )


async def _rate(client: Redis, documents: Sequence[ScoredDocument]) -> tuple[float, float, float]:
    """Stories, watchlist and aggregate in batches; documents a second, and processor time here and in the server."""
    stories, windows = RedisStoryStore(client), RedisWindowStore(client)
    watchlist = invented_watchlist(documents)
    rest = iter(documents)
    own, server, began = time.process_time(), await _server_cpu(client), time.perf_counter()
    while batch := list(islice(rest, BATCH)):
        assigned = await stories.assign([signature_of(item) for item in batch])
        batch = [msgspec.structs.replace(item, story=story) for item, story in zip(batch, assigned, strict=True)]
        await windows.add([contribution_of(item, entries_of(item, watchlist.entries_in)) for item in batch], {})
    seconds = time.perf_counter() - began
    spent = (time.process_time() - own, await _server_cpu(client) - server)
    return len(documents) / seconds, spent[0] / len(documents) * 1e6, spent[1] / len(documents) * 1e6


async def _server_cpu(client: Redis) -> float:
    info = await client.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def invented_watchlist(documents: Sequence[ScoredDocument]) -> Watchlist:
    """Return 2,000 entries, of which some are named in ``documents``."""
    return Watchlist([Entry(name=name, group=f"group {n % GROUPS}") for n, name in enumerate(_names(documents))])


def _names(documents: Sequence[ScoredDocument]) -> list[str]:
    """Names that occur, and as many that do not as make a list of thousands."""
    words = Counter(word for item in documents for word in re.findall(r"\b[A-Z][a-z]{4,}\b", item.content))
    frequent = [name for name, _ in words.most_common(50)]
    return frequent + [f"Company {number}" for number in range(ENTRIES - len(frequent))]


def scored_documents(count: int, file: Path | None = None) -> list[ScoredDocument]:
    """Return ``count`` documents, a file's or invented ones, with an invented classification."""
    rng, now = Random(SEED), datetime.now(UTC)  # noqa: S311
    if file is None:
        records = [msgspec.json.encode(item.document) for item in invented_documents(count)]
    else:
        records = bench_records(file, count)
    return [_classified(raw, rng, number, now) for number, raw in enumerate(records)]


def _classified(raw: bytes, rng: Random, number: int, now: datetime) -> ScoredDocument:
    document = parse_document(raw, now)
    negative = rng.random()
    label = "negative" if negative > 0.6 else "neutral"
    return ScoredDocument(
        **msgspec.structs.asdict(document),
        sentiment=Prediction(label, {"negative": negative, "neutral": 1 - negative, "positive": 0.0}),
        topic=Prediction(f"Topic {rng.randrange(20)}", {}),
        artifact=ArtifactRef("bench", "0" * 16),
        origin=Origin("bellwether.news", number % 4, number, 0),
    )


async def _fill(client: Redis, span: Span) -> tuple[int, int]:
    """Add a document to each series in each minute of ``span`` that has any; return the first minute and how many."""
    windows, rng, now = RedisWindowStore(client), Random(SEED), datetime.now(UTC)  # noqa: S311
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    filled = range(0, span.minutes, span.every)
    for minute in filled:
        at = start + timedelta(minutes=minute)
        for number in range(0, span.series, BATCH):
            await windows.add(
                [_single(rng, at, minute, n) for n in range(number, min(span.series, number + BATCH))], {}
            )
    return minute_of(start), len(filled) * span.series


def _single(rng: Random, at: datetime, minute: int, series: int) -> Contribution:
    """A document of a source and story of its own, in the series of its number; one in five is negative."""
    negative, number = rng.random() < NEGATIVE_SHARE, minute * 1_000_000 + series
    label = "negative" if negative else "neutral"
    document = ScoredDocument(
        id=f"document {number}",
        source=f"source {rng.randrange(500)}",
        published_at=at,
        text=f"Invented headline number {number} about a company that is watched, of usual length",
        sentiment=Prediction(label, {"negative": rng.random(), "neutral": rng.random(), "positive": rng.random()}),
        topic=Prediction(f"Topic or entry {series:05d}", {}),
        artifact=ArtifactRef("bench", "0" * 16),
        origin=Origin("bellwether.news", number % 4, number, 0),
        story=f"{number:012x}",
    )
    return contribution_of(document)


async def _memory(client: Redis, documents: int) -> dict[str, float]:
    """Return bytes per document by kind of key, as the server counts them."""
    sizes: Counter[str] = Counter()
    async for key in client.scan_iter("*", 1000):
        parts = key.decode().split(":")
        kind = "stories" if parts[1] == "stories" else parts[2] if len(parts) > 2 else "other"
        sizes[kind] += await client.memory_usage(key, samples=0) or 0
    info = await client.info("memory")
    sizes["all"] = int(info["used_memory_dataset"])
    return {kind: size / documents for kind, size in sorted(sizes.items())}


async def _project(windows: RedisWindowStore, url: str) -> tuple[float, int]:
    """Bring everything to Postgres; return seconds and rows."""
    engine = create_async_engine(url)
    try:
        project = Project(windows, PostgresSeriesStore(engine))
        rows = metrics.PROJECTED._value.get()
        began = time.perf_counter()
        while await project.tick():
            pass
        return time.perf_counter() - began, int(metrics.PROJECTED._value.get() - rows)
    finally:
        await engine.dispose()
