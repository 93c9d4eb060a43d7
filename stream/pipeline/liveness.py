"""Is the stream moving? Lag and no commit for a while is a worker that died silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Offsets:
    """A consumer group over its topics: records committed and records waiting."""

    committed: int
    lag: int


class OffsetReader(Protocol):
    """The port: offsets by consumer group. Blocks; called from one thread."""

    def read(self) -> dict[str, Offsets]:
        """Return the offsets of each group. Raises BrokerError."""

    def close(self) -> None:
        """Give the connections back."""


class Liveness:
    """Says which groups stand still: lag, and no commit for ``stall_after`` seconds.

    A worker can be up, fetch nothing and log nothing; only this tells.
    """

    def __init__(self, stall_after: float) -> None:
        self._stall_after = stall_after
        self._moved: dict[str, tuple[int, float]] = {}
        self._lag: dict[str, int] = {}

    def observe(self, offsets: Mapping[str, Offsets], now: float) -> None:
        """Take offsets in, read at ``now`` (seconds of any steady clock)."""
        for group, seen in offsets.items():
            committed, _ = self._moved.get(group, (None, now))
            if seen.lag == 0 or committed != seen.committed:
                self._moved[group] = seen.committed, now
            self._lag[group] = seen.lag

    def stalled(self, now: float) -> list[str]:
        """Return a sentence for each group that stands still."""
        return [
            f"{group}: {self._lag[group]} records wait and none was committed for {now - moved:.0f} s"
            for group, (_, moved) in sorted(self._moved.items())
            if self._lag[group] > 0 and now - moved > self._stall_after
        ]
