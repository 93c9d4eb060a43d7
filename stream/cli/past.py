"""Documents of the past: a file's, raw or scored, or the scored topic's; raw ones are classified and told by story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice

import msgspec

from stream.adapters.lines import read_lines
from stream.errors import DocumentError
from stream.pipeline.classify import ScoredDocument, TextClassifier, score
from stream.pipeline.documents import Document, parse_document
from stream.pipeline.stories import signature
from stream.pipeline.story_memory import StoryMemory
from stream.settings import Settings

BATCH = 256
REMEMBERED = 100_000
STORY_DAYS = 8  # a file need not be quite in the order of time


class Past:
    """Reads documents, and remembers how many it could not read and why the first of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stories, self._day = StoryMemory(), 0
        self.refused, self.reason = 0, ""

    def of_file(self, file: str) -> Iterator[ScoredDocument]:
        """Yield the documents of JSON lines; ``-`` is standard input."""
        return self._scored(read_lines(file))

    def of_topic(self, since: datetime) -> Iterator[ScoredDocument]:
        """Yield the documents of the scored topic from a time on, UTC where it has no zone."""
        from stream.adapters.records import read_topic
        from stream.pipeline.topics import Topics

        start = since if since.tzinfo else since.replace(tzinfo=UTC)
        records = read_topic(self._settings.kafka, Topics(self._settings.name).scored)
        return (item for item in self._scored(record.value for record in records) if item.published_at >= start)

    def _scored(self, lines: Iterable[bytes]) -> Iterator[ScoredDocument]:
        """Yield scored documents as they are, raw ones classified."""
        rest = iter(lines)
        while batch := list(islice(rest, BATCH)):
            raw: list[Document] = []
            for line in batch:
                found = self._parse(line)
                if isinstance(found, ScoredDocument):
                    yield found
                elif found is not None:
                    raw.append(found)
            yield from self._classified(raw)

    def _parse(self, line: bytes) -> ScoredDocument | Document | None:
        try:
            if b'"sentiment"' in line:
                return msgspec.json.decode(line, type=ScoredDocument)
            return parse_document(line, datetime.now(UTC))
        except (DocumentError, msgspec.DecodeError) as error:
            self._refuse(error)
            return None

    def _classified(self, raw: list[Document]) -> Iterator[ScoredDocument]:
        for answer in score(raw, self._model) if raw else ():
            if isinstance(answer, ScoredDocument):
                yield msgspec.structs.replace(answer, story=self._story(answer))
            else:
                self._refuse(answer)

    def _story(self, document: Document) -> str:
        item = signature(document)
        if item.day > self._day:
            self._day = item.day
            self._stories.forget(item.day - STORY_DAYS)
        return self._stories.take(item)

    def _refuse(self, reason: object) -> None:
        self.refused += 1
        self.reason = self.reason or str(reason)[:200]

    @cached_property
    def _model(self) -> TextClassifier:
        from models.serving import CachedClassifier, load_models

        settings = self._settings
        folders = settings.artifact, settings.topic_artifact
        return CachedClassifier(load_models(*folders, settings.provider, settings.threads), REMEMBERED)
