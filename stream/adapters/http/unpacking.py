"""Bodies that come piece by piece: kept up to a bound, and unpacked as they come.

What is compressed is counted as unpacked. So a small body that unpacks to much is refused when it reaches the bound,
whatever would still come.
"""

from __future__ import annotations

import zlib
from typing import Any

import brotli

AT_ONCE = 64 * 1024  # bytes that are unpacked before the bound is looked at


class TooLargeError(Exception):
    """More has come than is read; ``most`` is the bound in bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"over {most} bytes")
        self.most = most


class BrokenError(Exception):
    """What came is not compressed as it says, or ends too early."""


class Content:
    """What has come, at most ``most`` bytes."""

    def __init__(self, most: int) -> None:
        self._most, self._content = most, bytearray()

    def add(self, piece: bytes) -> None:
        """Add what comes next. Raises TooLargeError, BrokenError."""
        self._content += piece
        if len(self._content) > self._most:
            raise TooLargeError(self._most)

    def whole(self) -> bytes:
        """Return all of it. Raises BrokenError."""
        return bytes(self._content)


class GzipContent(Content):
    """What has come, unpacked; several gzip files one after the other are one."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._unpacker: Any = None

    def add(self, piece: bytes) -> None:
        """Add what comes next. Raises TooLargeError, BrokenError."""
        while piece:
            if self._unpacker is None:
                self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                unpacked = self._unpacker.decompress(piece, self._most - len(self._content) + 1)
            except zlib.error:
                raise BrokenError("it is not gzip") from None
            super().add(unpacked)
            piece = self._unpacker.unused_data
            if self._unpacker.eof:
                self._unpacker = None

    def whole(self) -> bytes:
        """Return all of it. Raises BrokenError when it ends too early."""
        if self._unpacker is not None:
            raise BrokenError("it is gzip, and ends too early")
        return super().whole()


class BrotliContent(Content):
    """What has come, unpacked from brotli."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._unpacker = brotli.Decompressor()

    def add(self, piece: bytes) -> None:
        """Add what comes next. Raises TooLargeError, BrokenError."""
        try:
            while piece or not self._unpacker.can_accept_more_data():
                super().add(self._unpacker.process(piece, output_buffer_limit=AT_ONCE))
                piece = b""
        except brotli.error:
            raise BrokenError("it is not brotli") from None

    def whole(self) -> bytes:
        """Return all of it. Raises BrokenError when it ends too early."""
        if not self._unpacker.is_finished():
            raise BrokenError("it is brotli, and ends too early")
        return super().whole()


def content_of(encoding: str, most: int) -> Content | None:
    """Return where to put what comes with this Content-Encoding, "" where there is none; None: it is not read."""
    kinds: dict[str, type[Content]] = {"": Content, "identity": Content, "gzip": GzipContent, "x-gzip": GzipContent}
    kind = kinds.get(encoding.strip().lower())
    return None if kind is None else kind(most)
