"""Which artifact gives the sentiment and which the topic: chosen by the manifests, before a model is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.artifact import DEFAULT, Artifact, Confusion, open_artifact
from models.errors import ArtifactError
from models.labels import ENTITY, SENTIMENT, TOPIC


@dataclass(frozen=True)
class ModelSelection:
    """The artifact of each head; one and the same where one model gives both."""

    sentiment: Artifact
    topic: Artifact

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """One artifact, or that of the sentiment and that of the topic."""
        return (self.sentiment,) if self.sentiment == self.topic else (self.sentiment, self.topic)

    @property
    def name(self) -> str:
        """The model's name; of two, both with a plus between."""
        return "+".join(artifact.manifest.name for artifact in self.artifacts)

    @property
    def hash(self) -> str:
        """The artifact's hash; of two, both with a plus between."""
        return "+".join(artifact.manifest.hash for artifact in self.artifacts)

    @property
    def confusion(self) -> Mapping[str, Confusion]:
        """Head -> counts, each of the artifact that gives the head; empty where that has none."""
        pairs = ((SENTIMENT, self.sentiment), (ENTITY, self.sentiment), (TOPIC, self.topic))
        return {head: artifact.confusion[head] for head, artifact in pairs if head in artifact.confusion}


def select_artifacts(artifact: Path, topic_artifact: Path | None = None) -> ModelSelection:
    """Choose what is served: the sentiment of ``artifact``, the topics of ``topic_artifact``.

    Without the second the topics are those of the first and, where that has none, those of the shipped model.

    Raises:
        ArtifactError: a head is missing where it is asked for; otherwise see :func:`models.artifact.open_artifact`.
    """
    first = open_artifact(artifact)
    if SENTIMENT not in first.manifest.heads:
        raise ArtifactError(
            f"{artifact}: no head '{SENTIMENT}'; BELLWETHER_ARTIFACT names the model that gives the sentiment, and one"
            " of topics alone belongs into BELLWETHER_TOPIC_ARTIFACT"
        )
    if topic_artifact is None and TOPIC in first.manifest.heads:
        return ModelSelection(first, first)
    second = open_artifact(topic_artifact or DEFAULT)
    if TOPIC not in second.manifest.heads:
        raise ArtifactError(
            f"{topic_artifact or DEFAULT}: no head '{TOPIC}'; BELLWETHER_TOPIC_ARTIFACT names the model that gives the"
            " topics. Unset it for those of BELLWETHER_ARTIFACT or, where that has none, of the shipped model"
        )
    # A copy of the first classifies alike: nothing is gained by asking both.
    return ModelSelection(first, first if second.manifest.hash == first.manifest.hash else second)


def select_models(artifacts: Sequence[Path], topic_artifact: Path | None = None) -> tuple[ModelSelection, ...]:
    """Choose what is served, a selection per artifact; ``topic_artifact`` is for the first and those of its languages.

    Raises:
        ArtifactError: there is none, two read the same language, or see :func:`select_artifacts`.
    """
    if not artifacts:
        raise ArtifactError("BELLWETHER_ARTIFACT names no model; unset it for those that ship")
    topics = frozenset(open_artifact(topic_artifact).manifest.languages) if topic_artifact else frozenset()
    chosen: list[ModelSelection] = []
    reader: dict[str, Path] = {}
    for folder in artifacts:
        languages = open_artifact(folder).manifest.languages
        if twice := next((code for code in languages if code in reader), None):
            raise ArtifactError(f"{reader[twice]} and {folder} both read '{twice}'; give one model per language")
        reader |= dict.fromkeys(languages, folder)
        fits = not chosen or not topics.isdisjoint(languages)
        chosen.append(select_artifacts(folder, topic_artifact if fits else None))
    return tuple(chosen)
