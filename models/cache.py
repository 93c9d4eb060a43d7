"""A bounded cache of answers in front of a model: reposts are most of social traffic."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from models.classifier import MAX_CHARACTERS, Answer, Classified
from models.loading import LoadedModel, ModelPerLanguage
from models.remembered import RememberedAnswers
from models.spans import Places, normalised_spans
from models.text import is_blank, normalise

OnLookup = Callable[[int, int], None]


def _ignore(known: int, new: int) -> None:
    """Count nothing."""


class CachedClassifier:
    """A model that answers a text it has answered before from memory.

    Texts are the same when they are after :func:`models.text.normalise`, which is all that the model sees of them, and
    when the same names are asked for at the same places.

    Args:
        model: asked for the texts that are new, each once.
        size: answers kept, the least recently used leave first; about 0.6 kB each; or where to keep them.
        on_lookup: called once per batch with how many texts were answered from memory and how many were new.
    """

    def __init__(self, model: LoadedModel, size: int | RememberedAnswers, on_lookup: OnLookup = _ignore) -> None:
        self._model, self._on_lookup = model, on_lookup
        self._answers = RememberedAnswers(size) if isinstance(size, int) else size
        self.name, self.hash, self.heads, self.running_on = model.name, model.hash, model.heads, model.running_on
        self.confusion, self.calibrations = model.confusion, model.calibrations
        self.languages = model.languages

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Places]] = ()) -> list[Answer]:
        """Return one answer per text, in their order."""
        asked = names or [()] * len(texts)
        keys = [_key(self.hash, text, places) for text, places in zip(texts, asked, strict=True)]
        known = ((key, self._answers.get(key)) for key in set(keys))
        answers: dict[bytes, Answer] = {key: answer for key, answer in known if answer is not None}
        new = {key: at for at, key in enumerate(keys) if key not in answers}
        self._on_lookup(len(texts) - len(new), len(new))
        texts_asked = [texts[at] for at in new.values()]
        fresh = self._model.classify(texts_asked, *([[asked[at] for at in new.values()]] if names else []))
        for key, answer in zip(new, fresh, strict=True):
            answers[key] = answer
            if isinstance(answer, Classified):
                self._answers.put(key, answer)
        return [answers[key] for key in keys]


def cached(model: LoadedModel, size: int, on_lookup: OnLookup = _ignore) -> LoadedModel:
    """Return the model with a cache in front of it; where there is one per language, they share it."""
    if not isinstance(model, ModelPerLanguage):
        return CachedClassifier(model, size, on_lookup)
    answers = RememberedAnswers(size)
    each = [CachedClassifier(one, answers, on_lookup) for one in model.models]
    return ModelPerLanguage(each, model.any_language)


def _key(model: str, text: str, names: Sequence[Places]) -> bytes:
    # Two texts that normalise alike may still differ in whether they are refused.
    readable = b"1" if not is_blank(text) and len(text) <= MAX_CHARACTERS else b"0"
    plain, places = normalised_spans(text, names) if names else (normalise(text), [])
    asked = repr(places).encode() if names else b""
    return hashlib.blake2b(readable + model.encode() + plain.encode() + asked, digest_size=16).digest()
