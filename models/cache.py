"""A bounded cache of answers in front of a model: reposts are most of social traffic."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from cachetools import LRUCache

from models.classifier import MAX_CHARACTERS, Answer, Classified
from models.loading import LoadedModel
from models.text import is_blank, normalise

OnLookup = Callable[[int, int], None]


class CachedClassifier:
    """A model that answers a text it has answered before from memory.

    Texts are the same when they are after :func:`models.text.normalise`, which is all that the model sees of them.

    Args:
        model: asked for the texts that are new, each once.
        size: answers kept, the least recently used leave first; about 3 kB each.
        on_lookup: called once per batch with how many texts were answered from memory and how many were new.
    """

    def __init__(self, model: LoadedModel, size: int, on_lookup: OnLookup = lambda known, new: None) -> None:
        self._model, self._on_lookup = model, on_lookup
        self._answers: LRUCache[bytes, Classified] = LRUCache(size)
        self.name, self.hash, self.heads, self.running_on = model.name, model.hash, model.heads, model.running_on
        self.confusion, self.calibrations = model.confusion, model.calibrations

    def classify(self, texts: Sequence[str]) -> list[Answer]:
        """Return one answer per text, in their order."""
        keys = [_key(text) for text in texts]
        answers: dict[bytes, Answer] = {key: self._answers[key] for key in set(keys) if key in self._answers}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in answers}
        self._on_lookup(len(texts) - len(new), len(new))
        for key, answer in zip(new, self._model.classify(list(new.values())), strict=True):
            answers[key] = answer
            if isinstance(answer, Classified):
                self._answers[key] = answer
        return [answers[key] for key in keys]


def _key(text: str) -> bytes:
    # Two texts that normalise alike may still differ in whether they are refused.
    readable = b"1" if not is_blank(text) and len(text) <= MAX_CHARACTERS else b"0"
    return hashlib.blake2b(readable + normalise(text).encode(), digest_size=16).digest()
