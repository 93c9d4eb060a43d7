"""The scenario in each language of Bellwether."""

from __future__ import annotations

from stream.demo.english import ENGLISH
from stream.demo.script import Script


def script_of(language: str) -> Script:
    """Return the scenario in ``language``, one of :data:`stream.translation.LANGUAGES`."""
    if language == "zh":
        from stream.demo.chinese import CHINESE  # here, since who plays English needs none

        return CHINESE
    return ENGLISH
