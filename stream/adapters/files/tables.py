"""The lines of a table of documents, with a limit to what one may hold; its rows are :mod:`models.tables`'."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader

from models.tables import UnreadableLineError
from stream.adapters.files.lines import LONGEST_MARK, without_mark
from stream.pipeline.documents.limits import MAX_RECORD_BYTES


class TextLines:
    """The lines of a table as text. ``number`` is that of the last one read.

    Raises:
        UnreadableLineError: from each step whose line is too long or not UTF-8; the next step gives the next line.
        SettingsError: the file is UTF-16 or UTF-32.
    """

    def __init__(self, file: str, content: BufferedReader) -> None:
        self._file, self._content, self.number = file, content, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._content.readline(MAX_RECORD_BYTES + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            line = without_mark(self._file, line[:LONGEST_MARK]) + line[LONGEST_MARK:]
        if len(line) > MAX_RECORD_BYTES:
            while (rest := self._content.readline(MAX_RECORD_BYTES)) and not rest.endswith(b"\n"):
                pass
            raise UnreadableLineError(f"record: a line of over {MAX_RECORD_BYTES} bytes")
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise UnreadableLineError(
                f"not UTF-8: byte {error.start} is 0x{line[error.start]:02x}; save the table as UTF-8"
            ) from None
