"""What a deployment serves: one joint model or one per head, behind a bounded cache of texts seen before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from cachetools import LRUCache

from models.artifact import Confusion
from models.classifier import MAX_CHARACTERS, Classified, Prediction, load_classifier
from models.errors import ArtifactError, TextError
from models.labels import SENTIMENT, TOPIC
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
    """Several models asked one after the other; a later one's heads replace an earlier one's."""

    def __init__(self, models: Sequence[Loaded]) -> None:
        self._models = models
        self.name = "+".join(model.name for model in models)
        self.hash = hashlib.sha256("".join(model.hash for model in models).encode()).hexdigest()
        self.heads = frozenset(head for model in models for head in model.heads)
        # As with the answers a later model's head hides an earlier one's, also where the later one has no counts.
        owners = {head: model for model in models for head in model.heads}
        self.confusion: Mapping[str, Confusion] = {
            head: owner.confusion[head] for head, owner in owners.items() if head in owner.confusion
        }
        self.running_on = "; ".join(model.running_on for model in models)

    def classify(self, texts: Sequence[str]) -> list[Answer]:
        """Return one answer per text, in their order; a text that one model refuses is refused."""
        answers = [model.classify(texts) for model in self._models]
        return [_merged(of_text) for of_text in zip(*answers, strict=True)]


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


def load_models(folders: Sequence[Path], provider: str, threads: int) -> Loaded:
    """Load one model, or several that share the heads; together they must have both.

    Raises:
        ArtifactError: a head is missing. Otherwise see :func:`models.classifier.load_classifier`.
    """
    models: list[Loaded] = [load_classifier(folder, provider, threads) for folder in folders]
    model: Loaded = models[0] if len(models) == 1 else ModelPerHead(models)
    for head in (SENTIMENT, TOPIC):
        if head not in model.heads:
            names = ", ".join(map(str, folders))
            raise ArtifactError(f"{names}: no head '{head}'; BELLWETHER_TOPIC_ARTIFACT may name a second model")
    return model


def _merged(answers: Sequence[Answer]) -> Answer:
    heads: dict[str, Prediction] = {}
    chunks = 1
    for answer in answers:
        if isinstance(answer, TextError):
            return answer
        heads |= answer.heads
        chunks = max(chunks, answer.chunks)
    return Classified(heads, chunks)


def _key(text: str) -> bytes:
    # Two texts that normalise alike may still differ in whether they are refused.
    readable = b"1" if not is_blank(text) and len(text) <= MAX_CHARACTERS else b"0"
    return hashlib.blake2b(readable + normalise(text).encode(), digest_size=16).digest()
