"""A model per language: how fast each reads its own texts, and whether a mixed stream costs more than they do apart."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain, zip_longest

import msgspec

from models.errors import DatasetError
from models.language import detect
from models.loading import ModelPerLanguage
from models.text import clean
from stream.bench.classify import BATCH
from stream.pipeline.documents.classify import TextClassifier, score
from stream.pipeline.documents.document import Document

ROUNDS = 3  # the streams take turns, so that what else the machine does meets them alike


class LanguageResult(msgspec.Struct, frozen=True):
    """Documents a second of the texts in one ``language``, in default batches; or ``mixed``, or ``apart``."""

    language: str
    texts: int
    rate: float


def bench_languages(texts: Sequence[str], model: ModelPerLanguage) -> list[LanguageResult]:
    """Score the texts of each language that ``model`` has a reader for, then all of them in turns.

    Without a cache, with telling the language. The last row is the mixed stream; the one before, ``apart``, is what the
    streams by themselves take for as many documents.

    Raises:
        DatasetError: there are texts of one language alone, or of none.
    """
    by_language: dict[str, list[Document]] = {language: [] for language in sorted(model.languages)}
    for number, text in enumerate(texts):
        document = Document(id=str(number), source="bench", published_at=datetime.now(UTC), text=text)
        if (language := detect(clean(text))) in by_language:
            by_language[language].append(document)
    streams = {language: documents for language, documents in by_language.items() if documents}
    if len(streams) < 2:
        raise DatasetError("the texts are not in two of the languages that are read; give such with --texts")
    least = min(len(documents) for documents in streams.values())
    streams = {language: documents[:least] for language, documents in streams.items()}
    turns = chain.from_iterable(zip_longest(*streams.values()))
    streams["mixed"] = [document for document in turns if document is not None]
    seconds = dict.fromkeys(streams, 0.0)
    for documents in streams.values():
        score(documents[:BATCH], model)
    for _ in range(ROUNDS):
        for name, documents in streams.items():
            seconds[name] += _seconds(documents, model)
    results = [
        LanguageResult(name, len(streams[name]), ROUNDS * len(streams[name]) / seconds[name]) for name in streams
    ]
    apart = sum(seconds[name] for name in by_language if name in streams)
    both = LanguageResult("apart", len(streams["mixed"]), ROUNDS * len(streams["mixed"]) / apart)
    return [*results[:-1], both, results[-1]]


def _seconds(documents: Sequence[Document], model: TextClassifier) -> float:
    began = time.perf_counter()
    for at in range(0, len(documents), BATCH):
        score(documents[at : at + BATCH], model)
    return time.perf_counter() - began
