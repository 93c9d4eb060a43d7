"""The bare classifier: speed and memory by batch size and length, and beside what a user would take instead."""

from __future__ import annotations

import importlib.util
import multiprocessing
import re
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np

from models.artifact import TOKENIZER, open_artifact
from models.classifier import Classifier, load_classifier
from models.errors import ProviderError
from stream.settings import Settings

BATCH: int = Settings.model_fields["batch"].default
BATCHES, LENGTHS, NAMES = (1, 8, 32, 128, 512), (2, 4, 8), (1, 3)
_WORD = re.compile(r"\w+")
COMPARED = 192  # texts for the slow side of a comparison, few enough for it to end


class ClassifyResult(msgspec.Struct, frozen=True):
    """The bare classifier at one batch size; ``length`` says how many of the texts were joined into one, ``names`` for
    how many words of each a sentiment of their own was asked.
    """

    batch: int
    length: int
    rate: float
    p50_ms: float
    p99_ms: float
    memory_mb: float
    names: int = 0


class AgainstResult(msgspec.Struct, frozen=True):
    """The bare classifier beside two transformers pipelines of BERT-base size. Rates in documents a second."""

    rates: tuple[float, float]
    transformers_rate: float
    ratio: float
    memory_mb: float
    transformers_memory_mb: float


def bench_classify(texts: Sequence[str], artifact: Path, provider: str) -> list[ClassifyResult]:
    """Classify ``texts`` at each batch size, then in batches of the default size at each length, and with names."""
    classifier = load_classifier(artifact, provider)
    classifier.classify(texts[:64])
    results = [at_batch(classifier, texts, size) for size in BATCHES]
    for length in LENGTHS:
        joined = [" ".join(texts[at : at + length]) for at in range(0, len(texts), length)]
        results.append(msgspec.structs.replace(at_batch(classifier, joined, BATCH), length=length))
    return [*results, *(with_names(classifier, texts) if classifier.manifest.entity else ())]


def bench_against_transformers(texts: Sequence[str], artifact: Path, provider: str) -> AgainstResult:
    """Measure the classifier, then the pipelines in a process of their own on fewer of the texts, then it again.

    Raises:
        ProviderError: torch or transformers is not installed.
    """
    if not all(importlib.util.find_spec(name) for name in ("torch", "transformers")):
        raise ProviderError(
            "the comparison needs torch and transformers: pip install -e '.[train]' in the project's folder"
        )
    labels = [len(head.labels) for head in open_artifact(artifact).manifest.heads.values()]
    spawn = multiprocessing.get_context("spawn")

    def ours() -> tuple[float, float]:
        with ProcessPoolExecutor(1, spawn) as process:
            return process.submit(_rate_and_memory, texts, artifact, provider).result()

    before, memory = ours()
    with ProcessPoolExecutor(1, spawn) as process:
        sample = texts[:: max(1, len(texts) // COMPARED)][:COMPARED]
        theirs, their_memory = process.submit(_transformers, sample, artifact / TOKENIZER, labels).result()
    after, _ = ours()
    return AgainstResult((before, after), theirs, (before + after) / 2 / theirs, memory, their_memory)


def at_batch(classifier: Classifier, texts: Sequence[str], size: int) -> ClassifyResult:
    """Classify ``texts`` in batches of ``size``."""
    return _result(size, [_timed(classifier, texts[at : at + size]) for at in range(0, len(texts), size)], len(texts))


def with_names(classifier: Classifier, texts: Sequence[str]) -> list[ClassifyResult]:
    """Classify ``texts`` without names, and with some in each: its first words. They take turns, batch by batch."""
    times: dict[int, list[float]] = {count: [] for count in (0, *NAMES)}
    for at in range(0, len(texts), BATCH):
        batch = texts[at : at + BATCH]
        for count, so_far in times.items():
            so_far.append(_timed(classifier, batch, count))
    return [msgspec.structs.replace(_result(BATCH, so_far, len(texts)), names=count) for count, so_far in times.items()]


def _timed(classifier: Classifier, texts: Sequence[str], names: int = 0) -> float:
    """Return the seconds that a batch takes."""
    asked = [[[match.span()] for match in islice(_WORD.finditer(text), names)] for text in texts] if names else []
    began = time.perf_counter()
    classifier.classify(texts, asked)
    return time.perf_counter() - began


def _result(size: int, times: Sequence[float], texts: int) -> ClassifyResult:
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    return ClassifyResult(size, 1, texts / sum(times), float(p50), float(p99), _own_memory_mb())


def _rate_and_memory(texts: Sequence[str], artifact: Path, provider: str) -> tuple[float, float]:
    classifier = load_classifier(artifact, provider)
    classifier.classify(texts[:BATCH])
    result = at_batch(classifier, texts, BATCH)
    return result.rate, result.memory_mb


def _transformers(texts: Sequence[str], tokenizer: Path, labels: Sequence[int]) -> tuple[float, float]:
    from models.training.evaluation.baseline import transformers_rate

    return transformers_rate(texts, tokenizer, labels)


def _own_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
