"""Which artifact gives the sentiment and which the topic: chosen by the manifests, before a model is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.artifact import SHIPPED, Artifact, Confusion, open_artifact
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

    Without the second the topics are those of the first and, where that has none, those of the shipped model that
    reads one of its languages.

    Raises:
        ArtifactError: a head is missing where it is asked for, or the topics are of other languages; otherwise see
            :func:`models.artifact.open_artifact`.
    """
    first = open_artifact(artifact)
    if SENTIMENT not in first.manifest.heads:
        raise ArtifactError(
            f"{artifact}: no head '{SENTIMENT}'; BELLWETHER_ARTIFACT names the model that gives the sentiment, and one"
            " of topics alone belongs into BELLWETHER_TOPIC_ARTIFACT"
        )
    if topic_artifact is None and TOPIC in first.manifest.heads:
        return ModelSelection(first, first)
    second = _shipped_topics(first) if topic_artifact is None else open_artifact(topic_artifact)
    if TOPIC not in second.manifest.heads:
        raise ArtifactError(
            f"{second.folder}: no head '{TOPIC}'; BELLWETHER_TOPIC_ARTIFACT names the model that gives the topics."
            " Unset it for those of BELLWETHER_ARTIFACT or, where that has none, of the shipped model of its language"
        )
    if not _share_a_language(first, second):
        raise ArtifactError(
            f"{second.folder} reads {_languages(second)}, and {artifact} reads {_languages(first)}:"
            " BELLWETHER_TOPIC_ARTIFACT must read the same language. If it does, add that to 'languages' in its"
            " manifest.json"
        )
    # A copy of the first classifies alike: nothing is gained by asking both.
    return ModelSelection(first, first if second.manifest.hash == first.manifest.hash else second)


def _shipped_topics(first: Artifact) -> Artifact:
    """Return the shipped model of topics in a language that ``first`` reads."""
    shipped = (open_artifact(folder) for folder in SHIPPED)
    topics = next((one for one in shipped if TOPIC in one.manifest.heads and _share_a_language(first, one)), None)
    if topics is None:
        raise ArtifactError(
            f"{first.folder}: no head '{TOPIC}', and no shipped model that is here gives topics in"
            f" {_languages(first)}; name one that does with BELLWETHER_TOPIC_ARTIFACT"
        )
    return topics


def _share_a_language(one: Artifact, other: Artifact) -> bool:
    return not set(one.manifest.languages).isdisjoint(other.manifest.languages)


def _languages(artifact: Artifact) -> str:
    return " and ".join(f"'{code}'" for code in artifact.manifest.languages)


def select_models(artifacts: Sequence[Path], topic_artifact: Path | None = None) -> tuple[ModelSelection, ...]:
    """Choose what is served, a selection per artifact; ``topic_artifact`` is for those of its languages.

    Raises:
        ArtifactError: there is none, two read the same language, or see :func:`select_artifacts`.
    """
    if not artifacts:
        raise ArtifactError("BELLWETHER_ARTIFACT names no model; unset it for those that ship")
    topics = open_artifact(topic_artifact) if topic_artifact else None
    opened = [open_artifact(folder) for folder in artifacts]
    # Where it reads the language of none, the first one is refused with it, and says why.
    fits = [topics is not None and _share_a_language(one, topics) for one in opened]
    fits[0] = fits[0] or not any(fits)
    chosen: list[ModelSelection] = []
    reader: dict[str, Path] = {}
    for folder, one, takes in zip(artifacts, opened, fits, strict=True):
        languages = one.manifest.languages
        if twice := next((code for code in languages if code in reader), None):
            raise ArtifactError(f"{reader[twice]} and {folder} both read '{twice}'; give one model per language")
        reader |= dict.fromkeys(languages, folder)
        chosen.append(select_artifacts(folder, topic_artifact if takes else None))
    return tuple(chosen)
