"""Documents of the past: a file's, raw or scored, or the scored topic's; raw ones are classified and told by story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated

import msgspec

from stream.adapters.files.documents import DocumentFile
from stream.batches import batches
from stream.cli.operating import say
from stream.cli.work.refused import Refused
from stream.cli.work.undated import Undated
from stream.errors import DocumentError
from stream.pipeline.documents.classify import TextClassifier, score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.logged import is_logged_record
from stream.pipeline.documents.read_record import read_scored
from stream.pipeline.documents.record import LoggedDocument, ScoredDocument, UnreadDocument, WithdrawnDocument
from stream.pipeline.documents.unread import Unread
from stream.pipeline.documents.watchlist import Watchlist
from stream.pipeline.stories.memory import StoryMemory
from stream.pipeline.stories.signature import Signature
from stream.pipeline.stories.signing import signature_by, signature_of_scored
from stream.settings import Settings

BATCH = 256  # documents that are classified at once; twice a worker's default, for nobody waits for the first
STORY_DAYS = 8  # a file need not be quite in the order of time


class _Dated(msgspec.Struct):
    published_at: Annotated[datetime, msgspec.Meta(tz=True)]


class Past:
    """Reads documents, and remembers which it could not read.

    Those without a time, and those in a language that the model does not read, are counted, and left out.
    """

    def __init__(self, settings: Settings, watchlist: Watchlist | None = None) -> None:
        self._settings, self._watchlist = settings, watchlist or Watchlist([])
        self._accepted = settings.acceptance
        self._stories, self._day = StoryMemory(), 0
        self.refused, self.undated, self.unread = Refused(), Undated(left_out=True), Unread()

    def of_file(self, file: DocumentFile) -> Iterator[ScoredDocument]:
        """Yield the documents of a file."""
        return self._scored(self._of_lines(file))

    def _of_lines(self, file: DocumentFile) -> Iterator[tuple[str, bytes]]:
        for line in file.lines(say):
            if line.refusal:
                self.refused.add(line.refusal, f"line {line.number}")
            else:
                yield f"line {line.number}", line.content

    def of_topic(self, since: datetime) -> Iterator[ScoredDocument]:
        """Yield the documents of the scored topic from a time on, UTC where it has no zone."""
        from stream.adapters.kafka.records import read_topic
        from stream.pipeline.topics import Topics

        start = since if since.tzinfo else since.replace(tzinfo=UTC)
        records = read_topic(self._settings.kafka_access, Topics(self._settings.name).scored)
        return self._scored(
            (f"partition {record.partition} offset {record.offset}", record.value)
            for record in records
            if not _is_before(record.value, start)  # else those of before would be told of as unread or refused
        )

    def _scored(self, lines: Iterable[tuple[str, bytes]]) -> Iterator[ScoredDocument]:
        """Yield scored documents as they are, raw ones classified; each comes with words for where it stood.

        A scored one without a story, as `classify` writes them, is given one, too: its copies would all count.
        """
        for batch in batches(lines, BATCH):
            raw: list[tuple[str, Document]] = []
            for where, line in batch:
                document = self._parse(where, line)
                if isinstance(document, ScoredDocument):
                    yield document if document.story else self._told(document, self._signature(document))
                elif isinstance(document, UnreadDocument):
                    self.unread.add(document)
                elif document is not None and not document.withdrawn:
                    raw.append((where, document))
            yield from self._classified(raw)

    def _parse(self, where: str, line: bytes) -> LoggedDocument | Document | None:
        try:
            if is_logged_record(line):
                return read_scored(line)
            read = self._accepted.read(line, datetime.now(UTC))
            # What was said stays said in a past, though it was withdrawn; what has no time is in no past.
            left_out = read.document.withdrawn or self.undated.add(read, line)
            return None if left_out else self._accepted.masked(read.document)
        except DocumentError as error:
            self.refused.add(error, where)
            return None

    def _classified(self, raw: list[tuple[str, Document]]) -> Iterator[ScoredDocument]:
        answers = score([document for _, document in raw], self._model, self._watchlist.places) if raw else []
        for (where, _), answer in zip(raw, answers, strict=True):
            if isinstance(answer, ScoredDocument):
                yield self._told(answer, signature_of_scored(answer))
            elif isinstance(answer, UnreadDocument):
                self.unread.add(answer)
            elif not isinstance(answer, WithdrawnDocument):
                self.refused.add(answer, where)

    def _told(self, document: ScoredDocument, item: Signature) -> ScoredDocument:
        """Return the document with its story, by its signature."""
        if item.day > self._day:
            self._day = item.day
            self._stories.forget(item.day - STORY_DAYS)
        return msgspec.structs.replace(document, story=self._stories.assign(item))

    def _signature(self, document: ScoredDocument) -> Signature:
        return signature_by(document, self._watchlist.entries_in)

    @cached_property
    def _model(self) -> TextClassifier:
        from stream.worker.loading import model_of_past

        return model_of_past(self._settings)


def _is_before(record: bytes, start: datetime) -> bool:
    """Whether a record says that it was published before ``start``; one that does not say it may be of any time."""
    try:
        return msgspec.json.decode(record, type=_Dated).published_at < start
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
