"""The port of the stories: which documents belong together, kept where all workers see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stream.pipeline.stories.signature import Signature


class StoryStore(Protocol):
    """The port: which stories are known.

    A story is remembered on the UTC day, event time, of each of its documents, and on the day after.
    """

    async def assign(self, signatures: Sequence[Signature]) -> list[str]:
        """Return the story of each document, a new one where it is like none; the same again for the same.

        One step for all workers. Raises StoreError: assign the same again.
        """

    async def remember(self, signatures: Sequence[Signature], stories: Sequence[str]) -> None:
        """Take in documents whose ``stories`` are known, as those of the log are. Raises StoreError: do it again."""
