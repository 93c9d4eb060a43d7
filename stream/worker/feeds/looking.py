"""One look at a source: read it, publish what is new, and store where it stands once the broker has acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random

import msgspec

from stream import metrics
from stream.clocks import Clock, utc_now
from stream.errors import BrokerError, BusyError, DocumentError, FeedError, StoreError
from stream.pipeline.documents.intake import Intake
from stream.pipeline.feeds.health import after_failure, after_step, asked_in_full
from stream.pipeline.feeds.pacing import next_wait
from stream.pipeline.feeds.ports import Claim, FeedDocument, Gathered, Health, Known, Reader, SourceStore
from stream.pipeline.feeds.selection import dated, select
from stream.pipeline.feeds.sources import POLLED, Source

logger = logging.getLogger(__name__)
PAGES = 30  # of one look, the newest: at the first look at a feed all is new, and its host is asked for each page
CHUNK = 500  # documents that are acknowledged before the next are sent
BROKER_AGAIN = timedelta(seconds=10)  # a source whose documents the broker did not take is read again after that
replace = msgspec.structs.replace


class LostError(Exception):
    """Another worker reads the source now."""


@dataclass(frozen=True)
class Tools:
    """What a look needs of the world.

    Attributes:
        complete: adds to a new document what the source does not send, as the text of its page.
        prepare: makes of a document what is published, as with personal data masked.
        aclose: closes what the readers share.
    """

    store: SourceStore
    intake: Intake
    clock: Clock = utc_now
    prepare: Callable[[Source, bytes], bytes] = lambda _, content: content
    chance: Callable[[], float] = random
    aclose: Callable[[], Awaitable[None]] | None = None
    complete: Callable[[Source, bytes], Awaitable[bytes]] | None = None


class Look:
    """One look at a source that was claimed; of a stream, it lasts until the stream ends.

    Attributes:
        claim: as it was last renewed; whoever renews it sets it here.
    """

    def __init__(self, claim: Claim, source: Source, reader: Reader, tools: Tools) -> None:
        self.claim, self.source = claim, source
        self._reader, self._tools = reader, tools
        self._health: Health = claim.health
        self._last_read = claim.health.succeeded_at
        self._wish: timedelta | None = None

    async def run(self) -> None:
        """Do it, and give the source back. What cannot be stored is read again when the claim has ended."""
        due: datetime | None = None
        try:
            due = await self._read()
        except LostError:
            logger.warning("feeds: %s: another worker reads it now", self.source.name)
        except StoreError as error:
            logger.warning("feeds: %s: %s; it is read again later", self.source.name, error)
        finally:
            await self._release(due or self._tools.clock())

    async def _read(self) -> datetime:
        """Read, and return when to come again."""
        position = self.claim.position
        if self.source.type in POLLED:
            position = asked_in_full(position, self.claim.health, self.source.every)
        try:
            async for step in self._reader.read(position):
                await self._take(step)
        except BusyError as error:
            wait = timedelta(seconds=error.retry_after or 0.0)
            return self._tools.clock() + next_wait(wait, None, 0, self._tools.chance())
        except FeedError as error:
            await self._failed(error)
        except BrokerError as error:
            logger.warning("feeds: %s: %s", self.source.name, error)
            return self._tools.clock() + BROKER_AGAIN
        except (StoreError, LostError):
            raise
        except Exception as error:  # what somebody's server sends must not end the worker
            logger.exception("feeds: %s", self.source.name)
            await self._failed(FeedError(f"in a way that was not foreseen: {type(error).__name__}"))
        return self._tools.clock() + next_wait(
            self.source.every, self._wish, self._health.failures, self._tools.chance()
        )

    async def _take(self, step: Gathered) -> None:
        """Publish what is new of a step, and then store where the source stands."""
        now = self._tools.clock()
        known = await self._known(step)
        selection = select(step.documents, known, self.source.keywords)
        contents = await self._completed(selection.publish)
        prepared = [self._prepared(*pair, known, now) for pair in zip(selection.publish, contents, strict=True)]
        refused = await self._publish(prepared)
        self._health, self._wish = after_step(self._health, step, selection.new, now), step.wait
        position = self.claim.position if step.damage else step.position
        if not await self._tools.store.save(
            self.claim, position, self._health, selection.items if step.remember else {}
        ):
            raise LostError
        self.claim = replace(self.claim, position=position)
        self._count(step, selection.new, len(selection.publish) - selection.new, refused)

    async def _known(self, step: Gathered) -> dict[str, Known]:
        if not step.remember or not step.documents:
            return {}
        ids = [id_ for one in step.documents for id_ in (one.id, *one.others)]
        return await self._tools.store.known(self.source.name, ids)

    async def _completed(self, documents: Sequence[FeedDocument]) -> list[bytes]:
        """Return the contents of documents; of the newest ones with what their pages say, where that is wanted."""
        contents = [one.content for one in documents]
        if self.source.full_text and self._tools.complete is not None:
            first = max(0, len(contents) - PAGES)
            for at in range(first, len(contents)):
                contents[at] = await self._tools.complete(self.source, contents[at])
        return contents

    def _prepared(self, document: FeedDocument, content: bytes, known: dict[str, Known], now: datetime) -> bytes:
        try:
            content = self._tools.prepare(self.source, content)
            return content if document.id in known else dated(content, now, self._last_read)
        except DocumentError:  # whoever takes it says so
            return content

    async def _publish(self, contents: list[bytes]) -> int:
        """Publish, and return how many were refused."""
        refused = 0
        for start in range(0, len(contents), CHUNK):
            answer = await self._tools.intake.take(self.source.channel, contents[start : start + CHUNK])
            refused += len(answer.refused)
            for refusal in answer.refused:
                logger.warning("feeds: %s: a document is refused: %s", self.source.name, refusal.reason)
        return refused

    async def _failed(self, error: FeedError) -> None:
        now = self._tools.clock()
        metrics.FEED_LOOKS.labels("failed").inc()
        if not self._health.failures:
            logger.warning("feeds: %s: %s", self.source.name, error)
        self._health = after_failure(self._health, error, now)
        if error.retry_after is not None:
            self._wish = timedelta(seconds=error.retry_after)
            if error.host is not None:
                await self._tools.store.bar(error.host, now + self._wish)
        if not await self._tools.store.save(self.claim, self.claim.position, self._health, {}):
            raise LostError

    def _count(self, step: Gathered, new: int, changed: int, refused: int) -> None:
        result = "unchanged" if step.unchanged else "damaged" if step.damage else "new" if new else "nothing-new"
        metrics.FEED_LOOKS.labels(result).inc()
        for outcome, count in (("new", new), ("changed", changed), ("refused", refused + len(step.refused))):
            metrics.FEED_DOCUMENTS.labels(outcome).inc(count)

    async def _release(self, due: datetime) -> None:
        try:
            await self._tools.store.release(self.claim, due)
        except StoreError as error:
            logger.warning("feeds: %s: %s; it is free when the claim ends", self.source.name, error)
