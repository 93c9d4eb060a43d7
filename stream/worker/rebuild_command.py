"""``bellwether rebuild``: windows and rows anew, with the stores that the settings name."""

from __future__ import annotations

from datetime import UTC, datetime

from stream.adapters.files.watchlist import WatchlistFile
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.series_store import PostgresSeriesStore
from stream.adapters.redis.client import connected
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.stores import RedisStores
from stream.errors import StoreError
from stream.pipeline.units import DAY_MS
from stream.settings import Settings
from stream.worker.connections import log_source
from stream.worker.window_rebuild import BEFORE_MS, days_since, project_again, rebuild_windows


async def run_rebuild(settings: Settings, since: datetime) -> tuple[int, int, int]:
    """Rebuild from the UTC day of ``since``; return documents, days and rows.

    Raises:
        StoreError: another rebuild is under way, or a store did not answer.
        BrokerError: the log could not be read.
    """
    watchlist = WatchlistFile(settings.watchlist) if settings.watchlist else None
    days = days_since(since, datetime.now(UTC))
    engine = engine_of(settings.postgres.get_secret_value(), settings.postgres_timeout)
    try:
        async with connected(settings.redis.get_secret_value()) as client:
            stores = RedisStores(client, Layout(settings.name, settings.shards), settings.keep_hours * 3600)
            source = log_source(settings, watchlist, stores.erasures())
            rebuilt = await rebuild_windows(source, stores.rebuilds(), days, days[0] * DAY_MS - BEFORE_MS)
            if rebuilt is None:
                raise StoreError("another rebuild is under way; wait until it is done, or two minutes if it has died")
            rows = await project_again(stores.windows(), PostgresSeriesStore(engine), rebuilt.days)
            return rebuilt.documents, len(rebuilt.days), rows
    finally:
        await engine.dispose()
