"""Rebuilding windows from the log of record: the ports. :mod:`stream.worker.window_rebuild` does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from stream.pipeline.progress.watermark import Progress
from stream.pipeline.windows.contribution import Contribution


class Logged(NamedTuple):
    """A record of ``bellwether.scored``; ``timestamp`` in milliseconds since 1970, the broker's if ``by_broker``."""

    partition: int
    timestamp: int
    value: bytes
    by_broker: bool = False
    offset: int = -1


class ScoredLog(Protocol):
    """The port: the log of record."""

    def read(self, since: int) -> Iterator[list[Logged]]:
        """Yield the records from broker time ``since`` (ms) to the end that the log has when the reading begins.

        Each partition in its order. An empty list says that nothing came for a moment. Blocks. Raises BrokerError.
        """

    def begins(self) -> int:
        """Return the broker time (ms) from which on all that was written is still there; now, where nothing is.

        Blocks. Raises BrokerError.
        """

    def between(self, partition: int, offsets: range) -> Iterator[list[Logged]]:
        """Yield the records of one partition with these offsets, as far as the log still holds them.

        In their order. An empty list says that nothing came for a moment. Blocks. Raises BrokerError.
        """


class RebuildStore(Protocol):
    """The port: windows that are built beside those that count, and take their place in one step.

    From :meth:`begin` to :meth:`switch`, whatever is added to the windows is added to both. Raises StoreError.
    """

    async def begin(self, days: Sequence[int] | None) -> bool:
        """Begin to build ``days`` (UTC, since 1970), None for all of them; False when somebody is at it already."""

    async def count(self, contributions: Sequence[Contribution]) -> int:
        """Add to what is being built; return how many documents were new there."""

    async def switch(self, progress: Mapping[str, Progress]) -> list[int]:
        """Let what was built count from now on, all at once; return its days.

        Where all days were built, what is here is complete from now on.

        ``progress`` stands in for pairs of partitions whose progress is not known.
        """

    async def abandon(self) -> None:
        """Forget what was being built."""

    async def sweep(self) -> bool:
        """Forget what a rebuild that has died was building; return whether there was any."""

    async def emptied(self) -> bool:
        """Whether this store has never been marked, or has lost all it had."""

    async def mark(self) -> None:
        """Remember that what is here is complete."""

    async def rebuilding(self) -> int | None:
        """Return how many documents a rebuild under way has counted, None when there is none."""
