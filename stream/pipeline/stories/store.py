"""The port of the stories: which documents belong together, kept where all workers see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from stream.pipeline.documents.document import Document
from stream.pipeline.documents.reading import entries_of
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.stories.signature import Signature, signature_of


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


@dataclass(frozen=True, slots=True)
class DocumentStories:
    """The stories of documents: a store, and which entries of the watchlist a text names; never one for two of them."""

    store: StoryStore
    entries_in: Callable[[str], Sequence[Entry]] = lambda text: ()

    async def assign(self, documents: Sequence[Document]) -> list[str]:
        """Return the story of each; see the store."""
        return await self.store.assign([self._signature(document) for document in documents])

    async def remember(self, documents: Sequence[Document], stories: Sequence[str]) -> None:
        """Take in documents whose stories are known; see the store."""
        await self.store.remember([self._signature(document) for document in documents], stories)

    def _signature(self, document: Document) -> Signature:
        return signature_of(document, [entry.name for entry in entries_of(document, self.entries_in)])
