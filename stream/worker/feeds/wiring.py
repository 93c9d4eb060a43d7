"""From settings to the stage ``feeds``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache

from stream.adapters.files.sources import SourcesFile
from stream.adapters.http.feed_readers import EdgarReader, FeedReader
from stream.adapters.http.fetching import Fetcher
from stream.adapters.http.jetstream import JetstreamReader
from stream.adapters.http.mastodon import MastodonReader
from stream.adapters.http.pages import Pages, require_extra
from stream.adapters.postgres.source_store import PostgresSourceStore
from stream.clocks import Clock, utc_now
from stream.pipeline.documents.document import ANY_AHEAD, read_raw
from stream.pipeline.documents.intake import Intake
from stream.pipeline.documents.masking import Masker, masked_record
from stream.pipeline.feeds.ports import Reader, SourceStore
from stream.pipeline.feeds.sources import Source
from stream.settings import Settings
from stream.worker.announcing import announce
from stream.worker.connections import Connections
from stream.worker.feeds.gate import SharedGate
from stream.worker.feeds.gathering import Gathering, MakeReader
from stream.worker.feeds.looking import Tools
from stream.worker.stage_names import StageName
from stream.worker.ticks import Ticks


class Readers:
    """Makes the readers of sources, over connections that they share."""

    def __init__(self, store: SourceStore, contact: str | None, ahead_for: timedelta, clock: Clock = utc_now) -> None:
        self._store, self._ahead_for = store, ahead_for
        self._fetcher = Fetcher(SharedGate(store, clock), contact)
        self.pages = Pages(self._fetcher)

    @property
    def by_type(self) -> Mapping[str, MakeReader]:
        """What makes a reader, by the type of a source."""
        return {"rss": self._feed, "edgar": self._edgar, "jetstream": JetstreamReader, "mastodon": MastodonReader}

    async def aclose(self) -> None:
        """Close connections."""
        await self._fetcher.aclose()

    def _feed(self, source: Source, token: str | None) -> Reader:
        return FeedReader(source, self._fetcher, self._ahead_for, token)

    def _edgar(self, source: Source, _token: str | None) -> Reader:
        return EdgarReader(source, self._fetcher, self._ahead_for, lambda ids: self._store.known(source.name, ids))


def gathering(settings: Settings, connections: Connections, stages: set[StageName], ticks: Ticks) -> list[Gathering]:
    """Return the service that reads sources, where this worker does.

    Raises:
        SettingsError: the file of sources is wrong, or a token is not there.
    """
    if settings.feeds is None or StageName.FEEDS not in stages:
        return []
    file = SourcesFile(settings.feeds)
    for source in file.current.sources.values():
        require_extra(source)
    announce(f"sources: {settings.feeds}; on: {len(file.current.sources)}")
    return [gathering_of(file, PostgresSourceStore(connections.engine), connections.intake, settings, ticks)]


@cache
def _masker(kinds: tuple[str, ...]) -> Masker:
    return Masker(kinds)


def masked(source: Source, content: bytes) -> bytes:
    """Return a document with the personal data masked that its source says."""
    if not source.mask:
        return content
    # One that lies ahead is refused later, by whoever takes it.
    return masked_record(read_raw(content, utc_now(), ANY_AHEAD), _masker(source.mask))


def gathering_of(file: SourcesFile, store: SourceStore, intake: Intake, settings: Settings, ticks: Ticks) -> Gathering:
    """Return the service over a store and an intake."""
    readers = Readers(store, settings.feeds_contact, settings.acceptance.ahead_for)
    tools = Tools(store, intake, complete=readers.pages.complete, prepare=masked, aclose=readers.aclose)
    return Gathering(lambda: file.current, file.refresh, readers.by_type, tools, ticks)
