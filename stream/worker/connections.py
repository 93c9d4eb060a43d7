"""The worker's clients, made from settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from mode import Service
from sqlalchemy.ext.asyncio import AsyncEngine

from stream.adapters.files.watchlist import WatchlistFile
from stream.adapters.kafka.intake import KafkaIntake
from stream.adapters.kafka.scored_log import KafkaScoredLog
from stream.adapters.postgres.engine import engine_of
from stream.adapters.postgres.readiness import check_postgres
from stream.adapters.redis.client import client_of, close
from stream.adapters.redis.layout import Layout
from stream.adapters.redis.memory import Memory
from stream.adapters.redis.stores import RedisStores
from stream.clocks import Clocks
from stream.pipeline.documents.erasure import ErasureQueue, forget_texts
from stream.pipeline.documents.places import Places
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.topics import Topics
from stream.settings import Settings
from stream.worker.continuity import Part
from stream.worker.destinations import Destinations
from stream.worker.log_records import LogSource

POOL = 16


class Connections(Service):
    """The worker's clients; closed when it stops."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.redis = client_of(settings.redis.get_secret_value())
        self.stores = RedisStores(self.redis, Layout(settings.name, settings.shards), settings.keep_hours * 3600)
        # Senders mark several deliveries at once; a connection beyond the pool would be made and thrown away each time.
        self.engine: AsyncEngine = engine_of(
            settings.postgres.get_secret_value(),
            settings.postgres_timeout,
            pool_pre_ping=True,
            pool_size=POOL,
            max_overflow=POOL,
        )
        self.clocks, self.proofs = Clocks(), self.stores.proofs()
        self.windows, self.parts = self.stores.windows(), [Part(*part) for part in self.stores.parts()]
        self.stories, self.rebuilds, self.erasures = (
            self.stores.stories(),
            self.stores.rebuilds(),
            self.stores.erasures(),
        )
        self.watchlist = WatchlistFile(settings.watchlist) if settings.watchlist else None
        self.destinations = Destinations(settings, self._groups)
        self.intake = KafkaIntake(settings.kafka_access, Topics(settings.name), settings.acceptance)

    def places_in(self, text: str) -> Places:
        """Return where ``text`` names entries of the watchlist in use."""
        return self.watchlist.current.places(text) if self.watchlist else {}

    async def on_stop(self) -> None:
        """Close them."""
        for receiver in self.destinations.receivers.values():
            await receiver.aclose()
        await self.intake.aclose()
        await close(self.redis)
        await self.engine.dispose()

    @property
    def checks(self) -> Mapping[str, Callable[[], Awaitable[object]]]:
        """What readiness asks."""
        return {"redis": self._ask_redis, "postgres": self._ask_postgres, "clocks": self.clocks.check}

    async def redis_memory(self) -> Memory:
        """Return how full Redis is. Raises StoreError."""
        return await self.stores.memory()

    def entries(self) -> Mapping[str, Entry]:
        """Return the entries of the watchlist in use by their names."""
        return self.watchlist.current.entries if self.watchlist else {}

    def _groups(self) -> Mapping[str, str]:
        return {name: entry.group for name, entry in self.entries().items() if entry.group}

    async def _ask_redis(self) -> None:
        await self.stores.answer()

    async def _ask_postgres(self) -> None:
        await check_postgres(self.engine)


def log_source(settings: Settings, watchlist: WatchlistFile | None, erasures: ErasureQueue | None = None) -> LogSource:
    """Return the log of record, to be counted with this watchlist as it is when a record is read.

    Args:
        settings: say where it is.
        watchlist: whose entries are counted.
        erasures: takes the documents whose texts are to go; None where nothing is stored.
    """

    def entries_in(text: str) -> Sequence[Entry]:
        return watchlist.current.entries_in(text) if watchlist else ()

    def places_in(text: str) -> Places:
        return watchlist.current.places(text) if watchlist else {}

    log = KafkaScoredLog(settings.kafka_access, Topics(settings.name).scored)
    noted = forget_texts if erasures is None else erasures.note
    return LogSource(log, entries_in, settings.late_for * 1000, noted, places_in)
