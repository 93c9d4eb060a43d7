"""Records of the log of record, decoded, and what they add to the windows: as the stream adds them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from stream.errors import DocumentError
from stream.pipeline.documents.erasure import Erasure, erasure_of, forget_texts
from stream.pipeline.documents.named_since import with_named_since
from stream.pipeline.documents.places import Watched, watch_nothing
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.reading import entries_of
from stream.pipeline.documents.record import LoggedDocument, ScoredDocument
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.progress.watermark import LATE_FOR_MS, ProgressTracker, Stamp
from stream.pipeline.stories.signing import signature_by
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.pipeline.windows.rebuild import Logged, ScoredLog
from stream.worker.alone import each_alone

# Records that are added to Redis at once. More saves round trips, and holds the server and the event loop for longer;
# 500 is of the size of a full batch of the stream, and was not tuned.
BATCH = 500
DecodedRecord = tuple[Logged, LoggedDocument]


@dataclass(frozen=True, slots=True)
class LogSource:
    """The log, and how its records are counted: by which watchlist, and from how far behind (ms) on as late.

    ``noted`` takes the documents whose texts are to go; it is called when what the log says of them is counted.
    """

    log: ScoredLog
    entries_in: Callable[[str], Sequence[Entry]] = lambda text: ()
    late_for: int = LATE_FOR_MS
    noted: Callable[[Sequence[Erasure]], Awaitable[None]] = forget_texts
    places_in: Watched = watch_nothing

    def contribution(self, document: LoggedDocument) -> Contribution:
        """Return what a document adds to the windows, as the watchlist is now. Raises DocumentError."""
        entries = entries_of(document, self.entries_in)
        return contribution_of(with_named_since(document, entries, self.places_in), entries)


async def remember_stories(stories: StoryStore, records: Sequence[DecodedRecord], source: LogSource) -> None:
    """Remember which stories the log says that documents are. Raises StoreError."""

    async def remember(documents: Sequence[ScoredDocument]) -> Sequence[None]:
        signatures = [signature_by(item, source.entries_in) for item in documents]
        await stories.remember(signatures, [item.story for item in documents])
        return [None] * len(documents)

    scored = [document for _, document in records if isinstance(document, ScoredDocument)]
    await each_alone("stories", remember, [document for document in scored if document.story and not document.erased])


async def add_rows(add: Callable[[Sequence[Contribution]], Awaitable[int]], rows: Sequence[Contribution]) -> int:
    """Add ``rows`` and return how many documents were new; one that fails alone is left out, as in the stream."""
    new = 0

    async def count(some: Sequence[Contribution]) -> Sequence[None]:
        nonlocal new
        new += await add(some)
        return [None] * len(some)

    await each_alone("windows", count, rows)
    return new


async def note_erasures(source: LogSource, records: Sequence[DecodedRecord]) -> None:
    """Note which texts are to go, of records that are counted by now. Raises StoreError."""
    if noted := [item for _, document in records if (item := erasure_of(document)) is not None]:
        await source.noted(noted)


def decode(records: Sequence[Logged]) -> list[DecodedRecord]:
    """Return the records that are scored documents, each with its document."""
    decoded = []
    for record in records:
        # The stage aggregate has sent the others to the dead letters.
        with suppress(DocumentError):
            decoded.append((record, read_scored(record.value)))
    return decoded


def contributions(source: LogSource, records: Sequence[DecodedRecord], progress: ProgressTracker) -> list[Contribution]:
    """Return what documents add, in the order of the log; ``progress`` moves on with them."""
    return [row for record, document in records if (row := _contribution(source, record, document, progress))]


def _contribution(
    source: LogSource, record: Logged, document: LoggedDocument, progress: ProgressTracker
) -> Contribution | None:
    if document.withdrawn:
        return None
    try:
        row = source.contribution(document)
    except Exception:
        return None  # it is among the dead letters, too
    return replace(row, late=progress.advance(document, Stamp(record.partition, record.timestamp, record.by_broker)))
