"""From folders to what a worker asks: a model for both heads or one for each, for one language or for several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from models.artifact import Confusion
from models.calibration import Calibration
from models.classifier import Answer, Classified, Classifier
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from models.language import detect
from models.selection import ModelSelection, select_models
from models.spans import Places
from models.text import clean


class LoadedModel(Protocol):
    """What :class:`Classifier`, :class:`ModelPerHead` and :class:`models.cache.CachedClassifier` have in common.

    ``languages`` are the codes of those that it reads; where there is none, languages are not looked at.
    """

    name: str
    hash: str
    heads: frozenset[str]
    confusion: Mapping[str, Confusion]
    calibrations: Mapping[str, Calibration]
    languages: frozenset[str]
    running_on: str

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Places]] = ()) -> list[Answer]:
        """Return one answer per text, in their order; see :meth:`Classifier.classify` for ``names``."""


class ModelPerHead:
    """Two models: one gives the sentiment, the other the topic; what else they say does not count.

    Args:
        sentiment: has a head of that name.
        topic: has a head of that name.
        selection: what the two were loaded from; gives name, hash and confusion matrices.
    """

    def __init__(self, sentiment: LoadedModel, topic: LoadedModel, selection: ModelSelection) -> None:
        self._models = {SENTIMENT: sentiment, TOPIC: topic}
        self.name, self.hash, self.confusion = selection.name, selection.hash, selection.confusion
        self.calibrations, self.languages = sentiment.calibrations, sentiment.languages
        self.heads = frozenset(self._models)
        self.running_on = "; ".join(f"{head}: {model.running_on}" for head, model in self._models.items())

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Places]] = ()) -> list[Answer]:
        """Return one answer per text, in their order; a text that one model refuses is refused."""
        answers = self._models[SENTIMENT].classify(texts, names), self._models[TOPIC].classify(texts)
        return [_merged(sentiment, topic) for sentiment, topic in zip(*answers, strict=True)]


class ModelPerLanguage:
    """Several models, each asked about the texts in its languages, in batches of its own.

    Args:
        models: no two read the same language. The first is also asked about texts in a language that none reads, or
            that cannot be told; confusion and calibrations are its own.
        any_language: whether it is to be asked about texts in whatever language; its ``languages`` are none then.
    """

    def __init__(self, models: Sequence[LoadedModel], any_language: bool = False) -> None:
        self.models, self.any_language = tuple(models), any_language
        first = models[0]
        self.name, self.hash = ("+".join(getattr(model, part) for model in models) for part in ("name", "hash"))
        self.heads, self.confusion, self.calibrations = first.heads, first.confusion, first.calibrations
        self.running_on = "; ".join(f"{'/'.join(sorted(model.languages))}: {model.running_on}" for model in models)
        self._reader = {language: model for model in reversed(models) for language in model.languages}
        self.languages = frozenset() if any_language else frozenset(self._reader)

    def model_of(self, language: str) -> LoadedModel:
        """Return the model that reads texts in ``language``, a code or nothing."""
        return self._reader.get(language, self.models[0])

    def classify(self, texts: Sequence[str], names: Sequence[Sequence[Places]] = ()) -> list[Answer]:
        """Return one answer per text, in their order; the language is told by the text."""
        readers = [self.model_of(detect(clean(text))) for text in texts]
        answers: dict[int, Answer] = {}
        for model in self.models:
            own = [at for at, reader in enumerate(readers) if reader is model]
            if own:
                asked = [[names[at] for at in own]] if names else []
                answers |= zip(own, model.classify([texts[at] for at in own], *asked), strict=True)
        return [answers[at] for at in range(len(texts))]


def load_models(
    artifacts: Sequence[Path], topic_artifact: Path | None, provider: str, threads: int, any_language: bool = False
) -> LoadedModel:
    """Load a model per language, each of both heads or one for each; see :mod:`models.selection` for which.

    Args:
        artifacts: folders of the models that give the sentiment, one per language.
        topic_artifact: folder of the model that gives the topic, where it is another one.
        provider: see :class:`models.classifier.Classifier`.
        threads: of each model on the CPU; 0 takes all cores that the process may use.
        any_language: whether it is to be asked about texts in whatever language; its ``languages`` are none then.

    Raises:
        ArtifactError: a head is missing, or two read one language. Otherwise see
            :class:`models.classifier.Classifier`.
    """
    models = [_load(selection, provider, threads) for selection in select_models(artifacts, topic_artifact)]
    if len(models) > 1:
        return ModelPerLanguage(models, any_language)
    if any_language:
        models[0].languages = frozenset()
    return models[0]


def _load(selection: ModelSelection, provider: str, threads: int) -> LoadedModel:
    model = Classifier(selection.sentiment, provider, threads)
    if selection.topic == selection.sentiment:
        return model
    return ModelPerHead(model, Classifier(selection.topic, provider, threads), selection)


def _merged(sentiment: Answer, topic: Answer) -> Answer:
    if isinstance(sentiment, TextError):
        return sentiment
    if isinstance(topic, TextError):
        return topic
    heads = {SENTIMENT: sentiment.heads[SENTIMENT], TOPIC: topic.heads[TOPIC]}
    return Classified(heads, max(sentiment.chunks, topic.chunks), sentiment.names)
