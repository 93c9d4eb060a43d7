"""What has to be known of the windows before something of the past is added to them: the ports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class HeldHistory(Protocol):
    """The port: what the windows hold. Raises StoreError."""

    async def counted(self, documents: Sequence[tuple[str, int]]) -> list[bool]:
        """Say of each document, given by its id and its time in ms since 1970, whether it counts already."""

    async def holds(self, hours: Sequence[int]) -> list[bool]:
        """Say of each hour since 1970 whether anything of it is there."""

    async def note_unlearned(self) -> None:
        """Remember that something is about to be added that the detector has not learned from."""

    async def unlearned(self) -> bool:
        """Whether there is anything that the detector has not learned from."""

    async def note_learned(self) -> None:
        """Remember that the detector has learned from all that was added."""


class StoredHours(Protocol):
    """The port: the hours of which there are minute rows. Raises StoreError."""

    async def hours(self, first: int) -> list[int]:
        """Return those hours since 1970, from ``first`` on, in which documents were counted, in order."""
