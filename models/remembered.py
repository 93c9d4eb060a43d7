"""Answers that are remembered, in a third of the memory that they take as objects."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from cachetools import LRUCache

from models.classifier import Classified, NameAnswer, Prediction

FORMS = 4096  # a label of each head makes some sixty; names, some thousands


class RememberedAnswers:
    """Answers by key; of more than ``size`` the least recently used leave first. About 0.6 kB each, keys included."""

    def __init__(self, size: int) -> None:
        self._packed: LRUCache[bytes, _Packed] = LRUCache(size)
        self._forms: LRUCache[_Form, _Form] = LRUCache(FORMS)

    def get(self, key: bytes) -> Classified | None:
        """Return the answer as it was given, or None."""
        packed = self._packed.get(key)
        return _unpacked(packed) if packed else None

    def put(self, key: bytes, answer: Classified) -> None:
        """Remember the answer."""
        predictions = [*answer.heads.values(), *(name.sentiment for name in answer.names)]
        form = _form(answer)
        numbers = array("d", (value for one in predictions for value in one.probabilities.values()))
        self._packed[key] = _Packed(self._forms.setdefault(form, form), numbers.tobytes())


class _Labels(NamedTuple):
    """Of a prediction the label, and those that it has probabilities of."""

    label: str
    labels: tuple[str, ...]


class _Form(NamedTuple):
    """What an answer has besides its probabilities. Many are alike in it, so it is kept once for all."""

    heads: tuple[tuple[str, _Labels], ...]
    chunks: int
    names: tuple[tuple[bool, _Labels], ...]


class _Packed(NamedTuple):
    form: _Form
    probabilities: bytes  # doubles: of the heads, then of the names, each in the order of its labels


def _form(answer: Classified) -> _Form:
    heads = tuple((head, _labels(prediction)) for head, prediction in answer.heads.items())
    return _Form(heads, answer.chunks, tuple((name.own, _labels(name.sentiment)) for name in answer.names))


def _labels(prediction: Prediction) -> _Labels:
    return _Labels(prediction.label, tuple(prediction.probabilities))


def _unpacked(packed: _Packed) -> Classified:
    form, numbers = packed.form, iter(array("d", packed.probabilities))
    heads = {head: _prediction(labels, numbers) for head, labels in form.heads}
    names = tuple(NameAnswer(_prediction(labels, numbers), own) for own, labels in form.names)
    return Classified(heads, form.chunks, names)


def _prediction(labels: _Labels, numbers: Iterator[float]) -> Prediction:
    return Prediction(labels.label, dict(zip(labels.labels, islice(numbers, len(labels.labels)), strict=True)))
