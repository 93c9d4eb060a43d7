"""The elements of a JSON array, one after the other: a file of any size never stands in memory as a whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from stream.adapters.files.lines import BLOCK
from stream.errors import SettingsError

MAX_ELEMENT = 1 << 20  # characters: twice what a record may have, for a file may be written with any number of spaces
# What APIs call the list of what was found: newsapi.org and GDELT, newsdata.io, marketaux, feeds as JSON.
WRAPPERS = ("articles", "results", "data", "items")
# An object that begins with such a list, behind members of one value each, or a flat object.
_SCALAR = r'"(?!(?:text|title|body|source)")(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[-+.\w]+|\{[^{}\[\]]*\})\s*,\s*'
_WRAPPED = re.compile(rf'\s*\{{\s*(?:{_SCALAR})*"(?:{"|".join(WRAPPERS)})"\s*:\s*\[\s*[{{\]]')
_SPACES = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder(parse_constant=lambda _: None)  # NaN, as pandas writes it, is no JSON


def is_wrapped(beginning: bytes) -> bool:
    """Tell from the beginning of a file whether it holds objects around a list of documents, as APIs answer.

    >>> is_wrapped(b'{"status": "ok", "totalResults": 2, "articles": [{"title": ...')
    True
    >>> is_wrapped(b'{"source": "wire", "title": "Up", "items": [{...')
    False
    """
    return _WRAPPED.match(beginning.decode("utf-8-sig", errors="ignore")) is not None


class ArrayReader:
    """Reads an array; ``line`` is the line that was reached, from 1."""

    def __init__(self, file: str, content: BufferedReader) -> None:
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

    def wrapped(self) -> Iterator[tuple[int, Any]]:
        """Yield the same of the arrays that stand in objects, as members of one of the names :data:`WRAPPERS`.

        Raises:
            SettingsError: as :meth:`elements`.
        """
        while self._next():
            self._take("{")
            while self._next() == '"':
                name = self._element()
                self._take(":")
                if self._next() == "[" and name in WRAPPERS:
                    yield from self._array()
                else:
                    self._element()
                if self._next() != ",":
                    break
                self._take(",")
            self._take("}")

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
                value, end = _decoder.raw_decode(self._text, self._at)
                # At the end of what was read, a number may go on.
                if end < len(self._text) or not self._read():
                    self._move(end)
                    return value
            except (ValueError, RecursionError) as error:
                if len(self._text) - self._at > MAX_ELEMENT or not self._read():
                    raise self._error(f"not JSON: {getattr(error, 'msg', error)}") from None

    def _move(self, at: int) -> None:
        self.line += self._text.count("\n", self._at, at)
        self._at = at

    def _read(self) -> bool:
        """Read more; say whether there was any."""
        while not self._ended:
            block = self._content.read1(BLOCK)
            self._ended = not block
            if more := self._decode(block, self._ended):
                self._text, self._at = self._text[self._at :] + more, 0
                return True
        return False

    def _error(self, problem: str) -> SettingsError:
        return SettingsError(f"{self._file}: line {self.line}: {problem}")
