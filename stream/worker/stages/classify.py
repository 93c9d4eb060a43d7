"""Stage ``classify``: raw documents in, scored documents and dead letters out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import perf_counter, time
from typing import Any, NamedTuple

import msgspec

from stream import metrics
from stream.errors import DocumentError
from stream.pipeline.documents.classify import TextClassifier, score
from stream.pipeline.documents.document import EPOCH, LATEST, Document
from stream.pipeline.documents.masking import Acceptance
from stream.pipeline.documents.places import Watched, watch_nothing
from stream.pipeline.documents.record import LoggedDocument, ScoredDocument, UnreadDocument, WithdrawnDocument
from stream.pipeline.documents.unread import Unread
from stream.pipeline.stories.signature import Signature
from stream.pipeline.stories.signing import signature_of_scored
from stream.pipeline.stories.store import StoryStore
from stream.worker.alone import each_alone
from stream.worker.batches import Records
from stream.worker.outcomes import Outcome, Send

# Three batches wait for the model at a time, and each must end within the bound of a tick. Of long texts the beginning
# is read, but all is compared and matched. 256 ordinary documents of half a kilobyte are one batch all the same.
MOST_BYTES = 128 * 1024
# Of the documents read since the start; fewer do not ask for a person. Of English texts one in a thousand is taken for
# another language (docs/records.md), so that alone does not reach it.
MANY_UNREAD = 0.01


class Signed(NamedTuple):
    """A scored document that has no story yet, and its signature, by which it gets one."""

    document: ScoredDocument
    signature: Signature


class Classify:
    """Scores the documents of a batch, and says of which story each is; the log then keeps both.

    Args:
        stories: assigns stories to documents, in the order in which they were read.
        send: sends an outcome per record.
        finish: called with the records whose outcomes are with the broker.
        accepted: how records are read.
        watched: says where a text names entries of the watchlist.
    """

    name = "classify"

    def __init__(
        self,
        classifier: TextClassifier,
        stories: StoryStore,
        send: Send,
        finish: Callable[[Records], None],
        accepted: Acceptance,
        watched: Watched = watch_nothing,
    ) -> None:
        self._classifier, self._stories, self._accepted, self._watched = classifier, stories, accepted, watched
        self._send, self._finish = send, finish
        # ONNX Runtime blocks; on the event loop it would starve heartbeats and commits.
        self._executor = ThreadPoolExecutor(1, "classifier")

    async def compute(self, records: Records) -> list[Outcome]:
        """Return a scored document, or the error that makes it a dead letter, for each record."""
        parsed = [_parse(record, self._accepted) for record in records]
        documents = [item for item in parsed if isinstance(item, Document)]
        loop = asyncio.get_running_loop()
        answers = iter(await loop.run_in_executor(self._executor, self._score, documents))
        outcomes = [item if isinstance(item, DocumentError) else next(answers) for item in parsed]
        return await with_stories(outcomes, self._stories)

    async def store(self, records: Records, outcomes: Sequence[Outcome]) -> None:
        """Send the outcomes; return when the broker has them."""
        sent = await self._send(records, outcomes)
        self._finish(records)
        _count(records, sent)

    def _score(self, documents: list[Document]) -> list[Outcome | Signed]:
        began = perf_counter()
        try:
            answers = score(documents, self._classifier, self._watched)
        finally:
            metrics.MODEL_BUSY.inc(perf_counter() - began)
        return with_signatures(answers)


def with_signatures(answers: Sequence[Outcome]) -> list[Outcome | Signed]:
    """Return the answers, each scored document with its signature, or the error that it cannot be signed.

    It takes about as long as to clean the texts, and so belongs where the event loop does not wait for it.
    """
    return [_signed(item) if isinstance(item, ScoredDocument) else item for item in answers]


def _signed(document: ScoredDocument) -> Signed | DocumentError:
    try:
        return Signed(document, signature_of_scored(document))
    except MemoryError:  # no record is to blame
        raise
    except Exception as error:
        return DocumentError.unforeseen("stories", error)


async def with_stories(outcomes: Sequence[Outcome | Signed], stories: StoryStore) -> list[Outcome]:
    """Return the outcomes, each document that is signed with its story. Raises StoreError."""

    async def assign(items: Sequence[Signed]) -> list[ScoredDocument]:
        assigned = await stories.assign([item.signature for item in items])
        return [
            msgspec.structs.replace(item.document, story=story) for item, story in zip(items, assigned, strict=True)
        ]

    signed = [item for item in outcomes if isinstance(item, Signed)]
    with_story = iter(await each_alone("stories", assign, signed))
    return [next(with_story) if isinstance(item, Signed) else item for item in outcomes]


def _parse(record: Any, accepted: Acceptance) -> Document | DocumentError:
    try:
        # An old client's record has no time, and another's may lie beyond the calendar.
        received_at = EPOCH + timedelta(milliseconds=record.timestamp or 0)
    except OverflowError:
        received_at = LATEST
    try:
        return accepted.masked(accepted.read(record.value or b"", received_at).document)
    except DocumentError as error:
        return error


def unread_warnings() -> list[str]:
    """Return a sentence where many documents since the start are in a language that no model here reads."""
    counted = metrics.REGISTRY.get_sample_value
    (family,) = metrics.NOT_READ.collect()
    languages = {one.labels["language"]: int(one.value) for one in family.samples if one.name.endswith("_total")}
    scored = counted("bellwether_documents_total", {"stage": "classify", "outcome": "scored"}) or 0
    unread = Unread(languages)
    return [unread.sentence] if unread.total > MANY_UNREAD * (scored + unread.total) else []


def _count(records: Records, outcomes: Sequence[Outcome]) -> None:
    scored = sum(isinstance(item, ScoredDocument) for item in outcomes)
    unread = [item for item in outcomes if isinstance(item, UnreadDocument)]
    withdrawn = sum(isinstance(item, WithdrawnDocument) for item in outcomes)
    metrics.DOCUMENTS.labels("classify", "scored").inc(scored)
    metrics.DOCUMENTS.labels("classify", "not-read").inc(len(unread))
    metrics.DOCUMENTS.labels("classify", "dead-letter").inc(len(outcomes) - scored - len(unread) - withdrawn)
    metrics.DOCUMENTS.labels("classify", "withdrawn").inc(withdrawn)
    for item in unread:
        metrics.NOT_READ.labels(item.language).inc()
    now = time()
    for record, outcome in zip(records, outcomes, strict=True):
        if isinstance(outcome, LoggedDocument):
            metrics.LATENCY.labels("scored").observe(max(0.0, now - record.timestamp / 1000))
            metrics.saw_document(record.topic, outcome.published_at.timestamp())
