"""``bellwether rebuild``: windows and rows anew, with the stores that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stream.adapters.files.watchlist import WatchlistFile
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.errors import StoreError
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.units import DAY_MS
from stream.pipeline.windows.projection import Projection
from stream.pipeline.windows.rebuild import RebuildStore
from stream.pipeline.windows.store import WindowStore
from stream.settings import Settings
from stream.worker.connections import log_source
from stream.worker.log_records import LogSource
from stream.worker.window_rebuild import (
    BEFORE_MS,
    RebuildResult,
    days_since,
    documents_standing,
    doubtful_days,
    project_again,
    rebuild_windows,
)

Told = Callable[[str, int], None]  # what is being done, and how much of it is done
DOCUMENTS_READ, DAYS_WRITTEN = "documents read again", "days written"
TELL_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to; days are UTC days since 1970.

    ``kept`` are days that stay, since the log, which ``begins`` then, holds fewer documents of them than stand there;
    ``beyond`` how many days lie before ``first``, further back than rows and windows are kept.
    """

    documents: int
    days: int
    rows: int
    begins: datetime
    kept: Sequence[int]
    first: int
    beyond: int


@dataclass(frozen=True, slots=True)
class _Stores:
    source: LogSource
    rebuilds: RebuildStore
    windows: WindowStore
    series: Projection


async def run_rebuild(settings: Settings, since: datetime, told: Told, *, force: bool) -> Rebuilt:
    """Rebuild from the UTC day of ``since``; ``force``: also days of which the log does not hold all.

    Raises:
        StoreError: another rebuild is under way, or a store did not answer.
        BrokerError: the log could not be read.
    """
    now = datetime.now(UTC)
    asked, first = days_since(since, now), first_kept(settings, now)
    days = [day for day in asked if force or day >= first]
    async with _opened(settings) as stores:
        begins = await asyncio.to_thread(stores.source.log.begins)
        doubtful = [] if force else doubtful_days(days, begins, timedelta(seconds=settings.ahead_for))
        standing = await documents_standing(stores.windows, stores.series, doubtful)
        rebuilt, kept = await _rebuild_whole(stores, days, standing, told)
        rows = 0
        for number, day in enumerate(rebuilt.days, 1):
            rows += await project_again(stores.windows, stores.series, [day])
            told(DAYS_WRITTEN, number)
    began = EPOCH + timedelta(milliseconds=begins)
    return Rebuilt(rebuilt.documents, len(rebuilt.days), rows, began, kept, first, len(asked) - len(days))


def first_kept(settings: Settings, now: datetime) -> int:
    """Return the first day of which rows or windows are kept.

    Each day takes a while, also one of which there is nothing; what is older would be deleted at once.
    """
    return days_since(now - timedelta(hours=max(settings.keep_hours, settings.keep_days * 24)), now)[0]


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[_Stores]:
    watchlist = WatchlistFile(settings.watchlist) if settings.watchlist else None
    engine = engine_of(settings.postgres.get_secret_value(), settings.postgres_timeout)
    try:
        async with connected(settings.redis.get_secret_value()) as client:
            redis = RedisStores(client, Layout(settings.name, settings.shards), settings.keep_hours * 3600)
            source = log_source(settings, watchlist, redis.erasures())
            yield _Stores(source, redis.rebuilds(), redis.windows(), PostgresSeriesStore(engine))
    finally:
        await engine.dispose()


async def _rebuild_whole(
    stores: _Stores, days: list[int], standing: dict[int, int], told: Told
) -> tuple[RebuildResult, list[int]]:
    """Rebuild ``days``, without those that would come out with fewer documents than stand there; return these, too."""
    kept: list[int] = []
    while days:
        rebuilt = await _told_meanwhile(stores, days, standing, told)
        if not rebuilt.short:
            return rebuilt, sorted(kept)
        kept += rebuilt.short
        days = [day for day in days if day not in rebuilt.short]
        standing = {day: count for day, count in standing.items() if day in days}
    return RebuildResult(0, ()), sorted(kept)


async def _told_meanwhile(stores: _Stores, days: list[int], standing: dict[int, int], told: Told) -> RebuildResult:
    async def tell() -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            with suppress(StoreError):
                told(DOCUMENTS_READ, await stores.rebuilds.rebuilding() or 0)

    telling = asyncio.create_task(tell())
    try:
        since = days[0] * DAY_MS - BEFORE_MS
        rebuilt = await rebuild_windows(stores.source, stores.rebuilds, days, since, standing=standing)
    finally:
        telling.cancel()
    if rebuilt is None:
        raise StoreError("another rebuild is under way; wait until it is done, or two minutes if it has died")
    return rebuilt
