"""The texts of a language: those of the dashboards, and those that all of Bellwether has."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from polib import pofile

from stream.translation import FOLDER as SHARED

LOCALES: Final = Path(__file__).parents[1] / "locales"
# Where a text stands, if it has another meaning elsewhere: a head of a column or the name of a line, a value of a label
# of a metric, or a text that a query returns.
COLUMN, LABEL, VALUE = "column", "label", "value"
# What is the same in each language: variables, and names.
_KEPT: Final = re.compile(r"\$\w+|\$\{[^}]*\}|\{\{[^}]*\}\}|\bp\d+\b|\bBellwether\b")


class Catalog:
    """The texts of one language; ``missing`` and ``used`` are (context, English text)."""

    def __init__(self, language: str) -> None:
        self._texts = _own(language)
        self._shared = _shared(language)
        self.missing: set[tuple[str, str]] = set()
        self.used: set[tuple[str, str]] = set()

    def say(self, text: str, context: str = "") -> str:
        """Return the text in this language; in English where there is none, which is kept in ``missing``."""
        if not re.search(r"[A-Za-z]", _KEPT.sub("", text)):
            return text
        if own := self._texts.get((context, text)):
            self.used.add((context, text))
            return own
        if shared := self._shared.get(text):
            return shared
        self.missing.add((context, text))
        return text

    @property
    def unused(self) -> set[tuple[str, str]]:
        """What no text asked for."""
        return self._texts.keys() - self.used


@cache
def _own(language: str) -> dict[tuple[str, str], str]:
    entries = pofile(str(LOCALES / f"{language}.po"), encoding="utf-8")
    return {(entry.msgctxt or "", entry.msgid): entry.msgstr for entry in entries if entry.translated()}


@cache
def _shared(language: str) -> dict[str, str]:
    entries = pofile(str(SHARED / f"{language}.po"), encoding="utf-8")
    return {entry.msgid: entry.msgstr for entry in entries if entry.translated()}
