"""Whether the windows hold all that the stream had counted: the port. :mod:`stream.worker.continuity` sees to it.

A store may come back older than it was: a server that lost its last second, a replica that lagged behind, a dump of an
hour ago. Then what was added since is in no window, while Kafka holds it for read. So the store keeps, beside the
windows, how far each partition of the log of record was added. That is never less than what the consumer group has
committed, since a batch is added before it is committed: where it is less, the store is an older one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ServerRun:
    """A run of the store's server, from one start to the next.

    Attributes:
        run: tells one run from another.
        sure: whether it was confirmed that in this one nothing is missing.
    """

    run: str
    sure: bool


class ContinuityStore(Protocol):
    """The port: how far each partition of the log was added. Every method raises StoreError: call it again."""

    async def missing(self, spans: Mapping[int, range]) -> dict[int, range]:
        """Return by partition the offsets before its span that were not added; those that lack none are left out."""

    async def reach(self, spans: Mapping[int, range]) -> None:
        """Remember that each partition's offsets up to the end of its span were added.

        Raises:
            StoreError: some before the span were not; the store has been set back since :meth:`missing` was asked.
        """

    async def reached(self) -> dict[int, int]:
        """Return by partition the first offset that was not added, of those of which anything is known."""

    async def behind(self, committed: Mapping[int, int]) -> dict[int, range]:
        """Return by partition the offsets that were committed and not added.

        Where there are any, the server's run is not sure any more.

        Args:
            committed: by partition the first offset that was not committed.
        """

    async def begin(self, committed: Mapping[int, int]) -> None:
        """Remember that all up to these offsets is here, though it was not added one by one: after a rebuild."""

    async def server_run(self) -> ServerRun:
        """Return the server's present run."""

    async def doubt(self) -> None:
        """Remember that in the server's present run something is missing: it is not sure any more."""

    async def confirm(self, run: str) -> None:
        """Remember that in this run of the server nothing is missing; a run that is over is no matter."""
