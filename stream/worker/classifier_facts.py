"""What the detector has to know of the classifier, out of the manifests of its artifacts."""

from __future__ import annotations

from models.labels import NEGATIVE, SENTIMENT
from models.selection import select_models
from stream.pipeline.detect import ClassifierErrors
from stream.settings import Settings
from stream.worker.stages import ClassifierFacts


def read_classifier_facts(settings: Settings) -> ClassifierFacts:
    """Return which models score, and what the manifest says of the errors in telling negative documents.

    Of several models the errors are those of the first: a window does not say how many of its documents each has read.

    Raises:
        ArtifactError: a model is missing, damaged, or lacks the head that it is to give.
    """
    selections = select_models(settings.artifact, settings.topic_artifact)
    first = selections[0]
    labels, confusion = first.sentiment.manifest.heads[SENTIMENT].labels, first.confusion.get(SENTIMENT)
    errors = ClassifierErrors.of(confusion, labels.index(NEGATIVE)) if confusion else ClassifierErrors()
    return ClassifierFacts("+".join(one.hash for one in selections), errors)
