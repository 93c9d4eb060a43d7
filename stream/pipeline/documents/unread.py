"""Documents in languages that the model does not read: how many, and in which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from stream.pipeline.documents.record import UnreadDocument
from stream.translation import N_, _

_ONE = N_(
    "{count} document is in a language that the model does not read, and not counted: {languages};"
    " BELLWETHER_LANGUAGES=any reads all"
)
_SEVERAL = N_(
    "{count} documents are in a language that the model does not read, and not counted: {languages};"
    " BELLWETHER_LANGUAGES=any reads all"
)


class Unread:
    """Counts documents that were not read, by language.

    Args:
        known: language -> how many there were before.
    """

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self._languages: Counter[str] = Counter(known)

    def add(self, document: UnreadDocument) -> None:
        """Take in a document that was not read."""
        self._languages[document.language] += 1

    @property
    def total(self) -> int:
        """Documents that were not read."""
        return self._languages.total()

    @property
    def sentence(self) -> str:
        """What there is to say; "" where each was read."""
        if not self.total:
            return ""
        named = ", ".join(f"{language} {count:,}" for language, count in self._languages.most_common(5))
        return _(_ONE if self.total == 1 else _SEVERAL).format(count=f"{self.total:,}", languages=named)
