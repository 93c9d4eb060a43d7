"""What a deployment serves: one model or one per head, behind a bounded cache of texts seen before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from cachetools import LRUCache

from models.artifact import Confusion
from models.classifier import MAX_CHARACTERS, Classified, Classifier
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from models.served import Served, served
from models.text import is_blank, normalise

Answer = Classified | TextError
OnLookup = Callable[[int, int], None]


class Loaded(Protocol):
    """A loaded model."""

    name: str
    hash: str
    heads: frozenset[str]
    confusion: Mapping[str, Confusion]
    running_on: str

    def classify(self, texts: Sequence[str]) -> list[Answer]:
        """Return one answer per text, in their order."""


class ModelPerHead:
    """Two models: one gives the sentiment, the other the topic; what else they say does not count.

    Args:
        of: what the two were loaded from.
    """

    def __init__(self, sentiment: Loaded, topic: Loaded, of: Served) -> None:
        self._models = {SENTIMENT: sentiment, TOPIC: topic}
        self.name, self.hash, self.confusion = of.name, of.hash, of.confusion
        self.heads = frozenset(self._models)
        self.running_on = "; ".join(f"{head}: {model.running_on}" for head, model in self._models.items())

    def classify(self, texts: Sequence[str]) -> list[Answer]:
        """Return one answer per text, in their order; a text that one model refuses is refused."""
        answers = [model.classify(texts) for model in self._models.values()]
        return [_merged(sentiment, topic) for sentiment, topic in zip(*answers, strict=True)]


class CachedClassifier:
    """Answers a text seen before from memory: reposts are most of social traffic.

    Texts are the same when they are after :func:`models.text.normalise`, which is all that the model sees of them.

    Args:
        model: asked for the texts that are new, each once.
        size: answers kept, the least recently used leave first; about 3 kB each.
        on_lookup: called once per batch with how many texts were found and how many were new.
    """

    def __init__(self, model: Loaded, size: int, on_lookup: OnLookup = lambda found, new: None) -> None:
        self._model, self._on_lookup = model, on_lookup
        self._answers: LRUCache[bytes, Classified] = LRUCache(size)
        self.name, self.hash, self.heads, self.running_on = model.name, model.hash, model.heads, model.running_on
        self.confusion = model.confusion

    def classify(self, texts: Sequence[str]) -> list[Answer]:
        """Return one answer per text, in their order."""
        keys = [_key(text) for text in texts]
        known: dict[bytes, Answer] = {key: self._answers[key] for key in set(keys) if key in self._answers}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        self._on_lookup(len(texts) - len(new), len(new))
        for key, answer in zip(new, self._model.classify(list(new.values())), strict=True):
            known[key] = answer
            if isinstance(answer, Classified):
                self._answers[key] = answer
        return [known[key] for key in keys]


def load_models(artifact: Path, topic_artifact: Path | None, provider: str, threads: int) -> Loaded:
    """Load the model of both heads, or one for each; see :func:`models.served.served` for which.

    Raises:
        ArtifactError: a head is missing. Otherwise see :class:`models.classifier.Classifier`.
    """
    found = served(artifact, topic_artifact)
    sentiment = Classifier(found.sentiment, provider, threads)
    if found.topic == found.sentiment:
        return sentiment
    return ModelPerHead(sentiment, Classifier(found.topic, provider, threads), found)


def _merged(sentiment: Answer, topic: Answer) -> Answer:
    if isinstance(sentiment, TextError):
        return sentiment
    if isinstance(topic, TextError):
        return topic
    heads = {SENTIMENT: sentiment.heads[SENTIMENT], TOPIC: topic.heads[TOPIC]}
    return Classified(heads, max(sentiment.chunks, topic.chunks))


def _key(text: str) -> bytes:
    # Two texts that normalise alike may still differ in whether they are refused.
    readable = b"1" if not is_blank(text) and len(text) <= MAX_CHARACTERS else b"0"
    return hashlib.blake2b(readable + normalise(text).encode(), digest_size=16).digest()
