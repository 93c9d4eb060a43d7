"""Runs looks at sources of a publisher on loopback: real requests, a store and an intake in memory, a clock by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from stream.adapters.files.sources import Sources
from stream.pipeline.documents.document import AHEAD_FOR
from stream.pipeline.feeds.ports import Health
from stream.pipeline.feeds.sources import Source, SourceSpec, SourcesSpec, sources_of
from stream.worker.feeds.gathering import Gathering
from stream.worker.feeds.looking import Tools
from stream.worker.feeds.wiring import Readers
from tests.fakes.sources import FakeSourceStore
from tests.served import FakeIntake

# Hours ago, so that tests may let time pass: documents must not lie ahead of the real clock.
NOW = datetime.now(UTC) - timedelta(hours=12)


class Desk:
    """What one worker's stage does, look by look."""

    def __init__(self, *specs: SourceSpec, contact: str | None = "desk@bank.example") -> None:
        self.now, self.store, self.intake = NOW, FakeSourceStore(), FakeIntake()
        self.sources = {one.name: one for one in sources_of(SourcesSpec(sources=specs))}
        self.contact, self.tokens = contact, dict[str, str]()
        self.prepare: Callable[[Source, bytes], bytes] = lambda _, content: content

    def look(self, after: timedelta = timedelta()) -> list[dict[str, Any]]:
        """Let time pass, begin what is due, and return the documents that came of it."""
        self.now += after
        before = len(self.intake.taken)
        asyncio.run(self._look())
        return [msgspec.json.decode(value) for _, _, value in self.intake.taken[before:]]

    async def _look(self) -> None:
        readers = Readers(self.store, self.contact, AHEAD_FOR, lambda: self.now)
        tools = Tools(
            self.store, self.intake, lambda: self.now, self.prepare, chance=lambda: 0.0, aclose=readers.aclose
        )
        sources = Sources(self.sources, self.tokens)
        stage = Gathering(lambda: sources, lambda: False, readers.by_type, tools)
        await stage.tick()
        await stage.idle()
        await stage.on_stop()

    def health(self, name: str = "wire") -> Health:
        """Return how a source is."""
        return self.store.rows[name].health

    def due_in(self, name: str = "wire") -> timedelta:
        """Return when it is asked again."""
        return self.store.rows[name].next_at - self.now


def wire(url: str, **more: Any) -> SourceSpec:
    """Return a source that may be on loopback."""
    return SourceSpec(**{"name": "wire", "url": url, "allow_http": True, "allow_private": True, **more})
