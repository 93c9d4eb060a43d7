"""What the detector has to know of the classifier, out of the manifests of its artifacts."""

from __future__ import annotations

from models.labels import NEGATIVE, SENTIMENT
from models.selection import select_artifacts
from stream.pipeline.detect import ClassifierErrors
from stream.settings import Settings
from stream.worker.stages import ClassifierFacts


def read_classifier_facts(settings: Settings) -> ClassifierFacts:
    """Return which model scores, and what the manifest says of its errors in telling negative documents.

    Raises:
        ArtifactError: a model is missing, damaged, or lacks the head that it is to give.
    """
    selection = select_artifacts(settings.artifact, settings.topic_artifact)
    labels, confusion = selection.sentiment.manifest.heads[SENTIMENT].labels, selection.confusion.get(SENTIMENT)
    errors = ClassifierErrors.of(confusion, labels.index(NEGATIVE)) if confusion else ClassifierErrors()
    return ClassifierFacts(selection.hash, errors, -(-settings.late_for // 60))
