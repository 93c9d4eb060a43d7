"""Documents of a file that came without a time, and so count at the time of reading, or not at all."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from stream.pipeline.documents.columns import time_names
from stream.pipeline.documents.conversion import is_missing, read_object
from stream.pipeline.documents.document import Document
from stream.translation import _

_NAMES_KEPT = 20  # a file can make up as many names as it likes


class Undated:
    """Counts documents without ``published_at``, and what their fields are called that look like a time.

    Args:
        start: when reading began; a document without a time got a later one.
        left_out: whether they do not count, as in a past, in which nobody knows where they belong.
    """

    def __init__(self, start: datetime, *, left_out: bool = False) -> None:
        self._start, self._left_out = start - timedelta(seconds=1), left_out
        self.documents, self.undated = 0, 0
        self._names: Counter[str] = Counter()

    def add(self, document: Document, raw: bytes) -> bool:
        """Take in a raw document, and the record it was read from; return whether it has no time."""
        self.documents += 1
        if document.published_at < self._start:
            return False
        row = read_object(raw) or {}
        undated = is_missing(row.get("published_at"))
        if undated:
            self.undated += 1
            self._names.update(name for name in time_names(row) if len(self._names) < _NAMES_KEPT)
        return undated

    @property
    def sentence(self) -> str:
        """What there is to say; "" where each has a time."""
        if not self.undated:
            return ""
        if self._left_out:
            whole = _("none of {documents} documents has a published_at: nobody knows when they count")
            part = _("{undated} of {documents} documents do not have a published_at: they are left out")
        else:
            whole = _("none of {documents} documents has a published_at: they count at the time of reading")
            part = _("{undated} of {documents} documents do not have a published_at: they count at the time of reading")
        counts = {"undated": self.undated, "documents": self.documents}
        text = (whole if self.undated == self.documents else part).format_map(counts)
        if not self._names:
            return _("{text}; if another column holds it: --column published_at=COLUMN").format(text=text)
        names = [name for name, _count in self._names.most_common()]
        said = _("{text}; they have {names} instead: --column published_at={name}")
        return said.format(text=text, names=", ".join(map(repr, names)), name=names[0])
