"""What gathering needs of the world: readers of sources, and a store of where each of them stands.

A :class:`Reader` gives what a source has, step by step. Whoever runs it publishes the documents of a step, waits until
the broker has acknowledged all of them, and only then stores the position of the step (:meth:`SourceStore.save`). So
what was fetched is never lost: a worker that is killed between the two reads the step again, and its documents come
again under the same ids, which count once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from stream.pipeline.feeds.sources import Source

WITHDRAWAL = b"withdrawn"  # the digest of a document that withdraws another


class FeedDocument(NamedTuple):
    """A document in the format of docs/records.md; its id, and a digest of its text that tells whether it changed.

    Where the digest is WITHDRAWAL, it withdraws the document of this id. ``others`` are ids under which the same text
    may have been published before.
    """

    id: str
    content: bytes
    digest: bytes
    others: tuple[str, ...] = ()


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source stands, so that the next look goes on from there.

    Attributes:
        url: that of the file, when this was written; with another one, all begins anew.
        address: where to ask now; another than ``url`` after the server said that it has moved for good.
        etag: as the server sent it, to the byte; ``last_modified`` likewise.
        cursor: of a stream; of a source that is polled, what its reader has to remember.
    """

    url: str
    address: str
    etag: str | None = None
    last_modified: str | None = None
    cursor: str | None = None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How a source is.

    Attributes:
        kind: the format that it was last read as, as "RSS 2.0".
        tried_at: when it was last asked; ``succeeded_at``: last without a failure; ``new_at``: last with a new item.
        failures: in a row.
        error: of the last one; None after a success.
        disabled: why it is not asked any more; None while it is.
        looks: how often it was asked without a failure; ``unchanged`` of these said that nothing had changed.
        documents: that were published.
        arrivals: looks that gave something new, after the first one.
        longest_gap: seconds between two of these, at most; it fades, see :mod:`stream.pipeline.feeds.health`.
    """

    kind: str | None = None
    tried_at: datetime | None = None
    succeeded_at: datetime | None = None
    new_at: datetime | None = None
    failures: int = 0
    error: str | None = None
    disabled: str | None = None
    looks: int = 0
    unchanged: int = 0
    documents: int = 0
    arrivals: int = 0
    longest_gap: float = 0.0


class SourceState(Health, frozen=True, kw_only=True):
    """How the source of a name is.

    Attributes:
        state: waiting (not asked yet), disabled, failing, silent or ok.
        next_at: when it is due to be asked.
        silent_seconds: for how long nothing new has come, where that is too long against its own rhythm; else None.
        unchanged_share: of its looks, those at which the source said that nothing had changed; None: there was none.
    """

    name: str
    state: str
    next_at: datetime | None
    silent_seconds: float | None
    unchanged_share: float | None


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a reader.

    Attributes:
        documents: found, in the order to publish them; those that were published before may be among them.
        position: to store once they are acknowledged.
        unchanged: the source says that nothing has changed.
        kind: the format, where it is known.
        wait: how long the source asks to be left alone, as by ``max-age``; None: it does not say.
        damage: what is wrong with what was read all the same.
        refused: why items are no documents, each.
        remember: whether the ids are to be kept, and what was published before is left out. A stream has a cursor.
    """

    documents: Sequence[FeedDocument]
    position: Position
    unchanged: bool = False
    kind: str | None = None
    wait: timedelta | None = None
    damage: str | None = None
    refused: Sequence[str] = ()
    remember: bool = True


class Reader(Protocol):
    """Reads one source."""

    def read(self, position: Position) -> AsyncIterator[Gathered]:
        """Yield what there is from ``position`` on: one step of a source that is polled, without end of a stream.

        Raises:
            FeedError: it cannot be read; the next try goes on from the last position that was stored.
        """


class Gate(Protocol):
    """Lets requests through to a host, at its pace."""

    def passing(self, host: str, spacing: timedelta) -> AbstractAsyncContextManager[None]:
        """Wait for a turn, and hold while a request runs.

        Raises:
            BusyError: the host is to be left alone for longer than anybody waits.
        """


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A source that this worker alone may read until ``until``; ``lease`` tells its claim from later ones."""

    name: str
    lease: int
    until: datetime
    position: Position
    health: Health


class Known(NamedTuple):
    """An item that was published: the digest of its text, and how often this has changed since."""

    digest: bytes
    changes: int = 0


class Turn(NamedTuple):
    """When a host may be asked. ``barred``: it has asked to be left alone until then."""

    at: datetime
    barred: bool = False


class SourceStore(Protocol):
    """The port: where each source stands, who reads it, and what was published. All times are aware.

    Raises:
        StoreError: from every method, when the store did not answer; call it again.
    """

    async def claim(self, sources: Sequence[Source], now: datetime, lease: timedelta, limit: int) -> list[Claim]:
        """Return up to ``limit`` of these sources that are due and that nobody has claimed, the longest due first.

        A source that is new, or has another ``url`` than when it was last saved, begins anew and is due at once.
        """

    async def renew(self, claim: Claim, until: datetime) -> Claim | None:
        """Return the claim with a later end; None: somebody else has claimed the source, or it was let go."""

    async def save(self, claim: Claim, position: Position, health: Health, items: Mapping[str, Known]) -> bool:
        """Store where the source stands, and what was published, in one step; the claim goes on.

        Args:
            items: new and changed ones, and those that were found again, by id; the time of ``health.tried_at`` counts
                as the one at which they were seen.

        Returns:
            False: the claim was lost, nothing was stored.
        """

    async def release(self, claim: Claim, next_at: datetime) -> bool:
        """Give the source back, due at ``next_at``; False: the claim was lost before."""

    async def known(self, name: str, ids: Sequence[str]) -> dict[str, Known]:
        """Return which of these ids of a source were published."""

    async def health(self) -> dict[str, tuple[Health, datetime | None]]:
        """Return how each source is, and when it is due; by name."""

    async def enable(self, name: str, now: datetime) -> bool:
        """Ask a source again that is disabled or waits, at once; False: there is none of that name."""

    async def turn(self, host: str, now: datetime, spacing: timedelta) -> Turn:
        """Take a turn at ``host``: no two of all workers' are nearer to each other than ``spacing``."""

    async def bar(self, host: str, until: datetime) -> None:
        """Leave ``host`` alone until then, whoever asks; a later end that is known stays."""
