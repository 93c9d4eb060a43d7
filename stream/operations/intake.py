"""Documents that people bring, and the sources that are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stream.clocks import Clock, utc_now
from stream.errors import NotFoundError, UsageError
from stream.pipeline.documents.intake import Intake, Published
from stream.pipeline.feeds.health import described
from stream.pipeline.feeds.ports import SourceState, SourceStore


@dataclass(frozen=True, kw_only=True)
class IntakeOperations:
    """What people do to documents and sources.

    Attributes:
        intake: takes documents; None where nobody does.
        sources: knows how sources are; None where nobody asks.
    """

    clock: Clock = utc_now
    intake: Intake | None = None
    sources: SourceStore | None = None

    async def publish(self, feed: str, lines: Sequence[bytes]) -> Published:
        """Publish documents to the raw topic of a feed, news or social; raises BrokerError, too."""
        if self.intake is None:
            raise UsageError("nobody takes documents here")
        if not any(line.strip() for line in lines):
            raise UsageError("there is no document; write one a line")
        return await self.intake.take(feed, lines)

    async def source_states(self) -> list[SourceState]:
        """Return how every source is that was ever read, by name, those too that are in no file any more."""
        if self.sources is None:
            raise UsageError("nobody knows of sources here")
        health, now = await self.sources.health(), self.clock()
        return [described(name, one, next_at, now) for name, (one, next_at) in sorted(health.items())]

    async def source_state(self, name: str) -> SourceState:
        """Return how a source is."""
        found = next((one for one in await self.source_states() if one.name == name), None)
        if found is None:
            raise NotFoundError(f"source '{name[:100]}': it has not been read yet")
        return found
