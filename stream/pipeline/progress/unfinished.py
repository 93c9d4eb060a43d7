"""The offsets of a partition that were handed out, and which of them are finished."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from threading import Lock


class Unfinished:
    """The offsets of one partition that were handed out and are not finished yet. Threads may share it.

    What is handed out once more, because the consumer was set back, is known already: it is finished or will be.

    >>> offsets = Unfinished()
    >>> offsets.begin([3, 4, 7])
    >>> offsets.finish(4)
    >>> offsets.begin([3, 4, 7, 8])
    >>> offsets.first
    3
    >>> offsets.finish(3), offsets.finish(7), offsets.first
    (None, None, 8)
    >>> offsets.stop
    9
    """

    def __init__(self) -> None:
        self._begun, self._open, self._lock = list[int](), set[int](), Lock()
        self._span: tuple[int, int] | None = None  # the first and the last one that were ever handed out

    def begin(self, offsets: Sequence[int]) -> None:
        """Hand out ``offsets``, in their order."""
        if not offsets:
            return
        with self._lock:
            first, last = self._span or (offsets[0], offsets[0] - 1)
            for offset in offsets:
                if not first <= offset <= last:
                    heappush(self._begun, offset)
                    self._open.add(offset)
            self._span = min(first, offsets[0]), max(last, offsets[-1])

    def finish(self, offset: int) -> None:
        """Say that the effects of ``offset`` are stored. One that was not handed out is no matter."""
        with self._lock:
            self._open.discard(offset)
            while self._begun and self._begun[0] not in self._open:
                heappop(self._begun)

    @property
    def first(self) -> int | None:
        """The first that is not finished; None: all are."""
        with self._lock:
            return self._begun[0] if self._begun else None

    @property
    def stop(self) -> int:
        """The offset behind the last one that was ever handed out; 0: none was."""
        with self._lock:
            return self._span[1] + 1 if self._span else 0
