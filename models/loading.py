"""From folders to what a worker asks: one model for both heads, or one for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from models.artifact import Confusion
from models.calibration import Calibration
from models.classifier import Answer, Classified, Classifier
from models.errors import TextError
from models.labels import SENTIMENT, TOPIC
from models.selection import ModelSelection, select_artifacts
from models.spans import Places


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


def load_models(
    artifact: Path, topic_artifact: Path | None, provider: str, threads: int, any_language: bool = False
) -> LoadedModel:
    """Load the model of both heads, or one for each; see :func:`models.selection.select_artifacts` for which.

    Args:
        artifact: folder of the model that gives the sentiment.
        topic_artifact: folder of the model that gives the topic, where it is another one.
        provider: see :class:`models.classifier.Classifier`.
        threads: of each model on the CPU; 0 takes all cores that the process may use.
        any_language: whether it is to be asked about texts in whatever language; its ``languages`` are none then.

    Raises:
        ArtifactError: a head is missing. Otherwise see :class:`models.classifier.Classifier`.
    """
    selection = select_artifacts(artifact, topic_artifact)
    model: LoadedModel = Classifier(selection.sentiment, provider, threads)
    if selection.topic != selection.sentiment:
        model = ModelPerHead(model, Classifier(selection.topic, provider, threads), selection)
    if any_language:
        model.languages = frozenset()
    return model


def _merged(sentiment: Answer, topic: Answer) -> Answer:
    if isinstance(sentiment, TextError):
        return sentiment
    if isinstance(topic, TextError):
        return topic
    heads = {SENTIMENT: sentiment.heads[SENTIMENT], TOPIC: topic.heads[TOPIC]}
    return Classified(heads, max(sentiment.chunks, topic.chunks), sentiment.names)
