"""Several pieces of work side by side, of which none outlives its caller."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar, cast

T = TypeVar("T")


async def on_all(works: Iterable[Awaitable[T]]) -> list[T]:
    """Do them side by side, and return the results when all have ended, so that none goes on beside its repetition.

    Raises what the first of them raised.
    """
    results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return cast(list[T], results)
