"""Documents of a file that came without a time, and so count at the time of reading, or not at all."""

from __future__ import annotations

from collections import Counter

from stream.pipeline.documents.columns import time_names
from stream.pipeline.documents.conversion import read_object
from stream.pipeline.documents.document import Read
from stream.translation import _

_NAMES_KEPT = 20  # a file can make up as many names as it likes


class Undated:
    """Counts documents without ``published_at``, and what their fields are called that look like a time.

    Args:
        left_out: whether they do not count, as in a past, in which nobody knows where they belong.
    """

    def __init__(self, *, left_out: bool = False) -> None:
        self._left_out = left_out
        self.documents, self.undated = 0, 0
        self._names: Counter[str] = Counter()

    def add(self, read: Read, raw: bytes) -> bool:
        """Take in what was read of the record ``raw``; return whether it has no time."""
        self.documents += 1
        if read.is_dated:
            return False
        self.undated += 1
        names = time_names(read_object(raw) or {})
        self._names.update(name for name in names if len(self._names) < _NAMES_KEPT)
        return True

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
