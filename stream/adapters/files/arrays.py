"""The elements of a JSON array, one after the other: a file of any size never stands in memory as a whole."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from io import BufferedReader
from typing import Any, cast

from stream.adapters.files.beginnings import WRAPPERS, is_document, list_of
from stream.adapters.files.lines import BLOCK
from stream.errors import SettingsError
from stream.pipeline.documents.json_record import LENIENT

MAX_ELEMENT = 1 << 20  # characters: twice what a record may have, for a file may be written with any number of spaces
_SPACES = re.compile(r"[ \t\r\n]*")


class ArrayReader:
    """Reads an array; ``line`` is the line that was reached, from 1.

    Args:
        chosen: names of fields that somebody says a document has.
    """

    def __init__(self, file: str, content: BufferedReader, chosen: Collection[str] = ()) -> None:
        self._chosen = chosen
        self._file, self._content, self.line = file, content, 1
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text, self._at, self._ended = "", 0, False

    def elements(self) -> Iterator[tuple[int, Any]]:
        """Yield the first line of each element, and what it is.

        Raises:
            SettingsError: this is no array, or a broken one; what stood before the place has been given.
        """
        yield from self._array()
        if self._next():
            raise self._error("something follows behind the end of the array")

    def objects(self) -> Iterator[tuple[int, Any]]:
        """Yield the same of objects, and of the arrays in those that hold some, as members of :data:`WRAPPERS`.

        A list of documents is found further within, too. Only a document holds such an array and counts itself. An
        object that is neither is given, too, to be refused.

        Raises:
            SettingsError: as :meth:`elements`.
        """
        while sign := self._next():
            line = self.line
            found = self._document() if sign == "{" else ()
            if isinstance(found, tuple):
                yield from self._wrapped(found)
            elif found:  # an empty one says nothing
                yield line, found

    def _document(self) -> dict[str, Any] | tuple[str, ...]:
        """Return the object that begins here and pass over it, if it is no answer around documents, or too large.

        Of such an answer, where its list stands is returned: the names that lead there; none: any of WRAPPERS.
        """
        while True:
            try:
                value, end = LENIENT.raw_decode(self._text, self._at)
            except (ValueError, RecursionError):
                if len(self._text) - self._at > MAX_ELEMENT or not self._read():
                    return ()
                continue
            if not is_document(value):
                if any(isinstance(value.get(name), list) for name in WRAPPERS):
                    return ()
                if path := list_of(value, self._chosen):
                    return path
            self._move(end)
            return cast(dict[str, Any], value)

    def _wrapped(self, path: tuple[str, ...]) -> Iterator[tuple[int, Any]]:
        line, found = self.line, False
        self._take("{")
        while self._next() == '"':
            name = self._element()
            self._take(":")
            sign = self._next()
            if sign == "[" and ((name,) == path if path else name in WRAPPERS):
                found = True
                yield from self._array()
            elif sign == "{" and path[1:] and name == path[0]:
                found = True
                yield from self._wrapped(path[1:])
            else:
                self._element()
            if self._next() != ",":
                break
            self._take(",")
        self._take("}")
        if not found:
            yield line, {}

    def _array(self) -> Iterator[tuple[int, Any]]:
        self._take("[")
        if self._next() != "]":
            while True:
                line = self.line
                yield line, self._element()
                if self._next() != ",":
                    break
                self._take(",")
                self._next()
        self._take("]")

    def _next(self) -> str:
        """Pass over spaces, and return the sign behind them; "" at the end of the file."""
        while True:
            end = _SPACES.match(self._text, self._at)
            self._move(end.end() if end else self._at)
            if self._at < len(self._text) or not self._read():
                return self._text[self._at : self._at + 1]

    def _take(self, sign: str) -> None:
        found = self._next()
        if found != sign:
            what = repr(found) if found else "the end of the file"
            raise self._error(f"a JSON array needs '{sign}' where {what} is")
        self._at += 1

    def _element(self) -> Any:
        while True:
            try:
                value, end = LENIENT.raw_decode(self._text, self._at)
                # At the end of what was read, a number may go on.
                if end < len(self._text) or not self._read():
                    self._move(end)
                    return value
            except (ValueError, RecursionError) as error:
                if len(self._text) - self._at > MAX_ELEMENT or not self._read():
                    raise self._error(f"not JSON: {self._why(error)}") from None

    def _why(self, error: Exception) -> str:
        if isinstance(error, RecursionError):
            return "nested too deeply"
        unclosed = "Unterminated" in str(error) or getattr(error, "pos", 0) >= len(self._text.rstrip())
        if unclosed and self._ended:
            return "the file ends within an element; is it cut off?"
        return f"an element of over {MAX_ELEMENT} characters" if unclosed else str(getattr(error, "msg", error))

    def _move(self, at: int) -> None:
        self.line += self._text.count("\n", self._at, at)
        self._at = at

    def _read(self) -> bool:
        """Read more; say whether there was any."""
        while not self._ended:
            block = self._content.read1(BLOCK)
            self._ended = not block
            try:
                more = self._decode(block, self._ended)
            except UnicodeDecodeError as error:
                raise self._error(f"not UTF-8: it holds 0x{error.object[error.start]:02x}; save it as UTF-8") from None
            if more:
                self._text, self._at = self._text[self._at :] + more, 0
                return True
        return False

    def _error(self, problem: str) -> SettingsError:
        return SettingsError(f"{self._file}: line {self.line}: {problem}")
