"""The model that the settings name."""

from __future__ import annotations

from models.cache import cached
from models.loading import LoadedModel, load_models
from stream.settings import Settings

REMEMBERED = 100_000  # texts whose classification is kept: copies of a story are far apart in a file of the past


def load_model(settings: Settings) -> LoadedModel:
    """Load it. Raises ModelError."""
    folders, any_language = (settings.artifact, settings.topic_artifact), settings.languages == "any"
    return load_models(*folders, settings.provider, settings.threads, any_language)


def model_of_past(settings: Settings) -> LoadedModel:
    """Load it for documents of the past, with a cache that is large enough for these. Raises ModelError."""
    return cached(load_model(settings), REMEMBERED)
