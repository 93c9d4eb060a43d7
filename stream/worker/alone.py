"""One by one, where all at once fails: an error that nobody foresaw is then the fault of one record, not of its batch.

A store that is away is another matter: that is a BellwetherError, or one of the operating system's. The whole batch
then waits and is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from stream.errors import BellwetherError, DocumentError
from stream.worker.ticks import getting_on

T = TypeVar("T")
R = TypeVar("R")
_OUTAGE = (BellwetherError, OSError, MemoryError)
_log = logging.getLogger(__name__)


async def each_alone(
    doing: str, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], items: Sequence[T]
) -> list[R | DocumentError]:
    """Return what ``work`` makes of ``items``, a DocumentError for each on which it fails also alone.

    Args:
        doing: names the work in the reason.
        work: gives one result per item, in their order; must be idempotent.
        items: tried all at once first.

    Raises:
        BellwetherError, OSError, MemoryError: what ``work`` raised so; no record is to blame.
    """
    try:
        return list(await work(items))
    except _OUTAGE:
        raise
    except Exception:
        _log.exception("%s failed on %d records at once; now one by one", doing, len(items))
    return [await _alone(doing, work, item) for item in items]


async def _alone(doing: str, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], item: T) -> R | DocumentError:
    getting_on()
    try:
        (result,) = await work([item])
    except _OUTAGE:
        raise
    except Exception as error:
        return DocumentError.unforeseen(doing, error)
    return result
