"""What keeps a watcher from seeing: a stage that stands still, or a store that does not answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import gcd
from typing import Protocol

from stream.errors import BellwetherError
from stream.pipeline.figures import span
from stream.pipeline.notify import AlertStore, moment_of
from stream.pipeline.progress.watermark import Progress
from stream.pipeline.units import MINUTE_MS
from stream.pipeline.windows.projection import SeriesStore
from stream.translation import _

# Seconds: how long a snapshot waits for one store; how far a stage may be behind.
PATIENCE, BEHIND = 5.0, 300.0
PROJECTED_WITHIN = 60.0  # a minute that Redis counts is in PostgreSQL two seconds later, and again when it changes
# A rule with long windows is decided on each hour; how often, the minutes tell that were decided on.
LONGEST_STEP = 60


class Counted(Protocol):
    """The part of :class:`stream.pipeline.windows.store.WindowStore` that says how far documents are counted."""

    async def progress(self) -> dict[str, Progress]:
        """Return how far each pair of partitions has come. Raises StoreError."""

    async def complete(self) -> str | None:
        """Return the mark that a loss takes away. Raises StoreError."""


async def no_warnings() -> list[str]:
    """Return nothing to warn of."""
    return []


@dataclass(frozen=True, slots=True)
class Stores:
    """What is asked: PostgreSQL by ``alerts`` and ``series``; Redis, where it is given, by ``windows``.

    ``warnings`` returns what there is to say of Redis that hides nothing yet.
    """

    alerts: AlertStore
    series: SeriesStore
    windows: Counted | None = None
    warnings: Callable[[], Awaitable[list[str]]] = no_warnings


async def patiently(what: str, work: Awaitable[None]) -> str | None:
    """Run ``work`` and return what is wrong, if anything; what hangs is left after five seconds."""
    try:
        await asyncio.wait_for(work, PATIENCE)
    except TimeoutError:
        return _("{server} has not answered for {seconds} s").format(server=what, seconds=f"{PATIENCE:.0f}")
    except BellwetherError as error:
        return str(error)
    return None


class Detector:
    """Whether the stage detect keeps up: it decides on each minute soon after its end, also when no document comes."""

    def __init__(self, behind_after: float | None) -> None:
        self._behind_after, self._step = behind_after, LONGEST_STEP

    def problem(self, evaluated: int, now: datetime) -> str | None:
        """Return what is wrong where minutes before ``evaluated`` are decided on; 0 is none yet."""
        if self._behind_after is None or not evaluated:
            return None
        self._step = gcd(self._step, evaluated)
        decided = moment_of(evaluated)
        behind = (now - decided).total_seconds()
        if behind <= self._behind_after + 60 * self._step:
            return None
        return _(
            "stage detect is {span} behind, nothing after {time} UTC is decided on: "
            "see the /healthz of the workers that run it"
        ).format(span=span(behind), time=f"{decided:%Y-%m-%d %H:%M}")


class Projection:
    """Whether the stage project keeps up: a minute that Redis counted a while ago has rows in PostgreSQL."""

    def __init__(self, rows: SeriesStore, monotonic: Callable[[], float]) -> None:
        self._rows, self._monotonic = rows, monotonic
        self._counted: deque[tuple[float, int]] = deque()

    async def problem(self, progress: Mapping[str, Progress]) -> str | None:
        """Return what is wrong, if anything. Raises StoreError."""
        now = self._monotonic()
        newest = max((pair.latest for pair in progress.values()), default=0) // MINUTE_MS
        if newest and (not self._counted or self._counted[-1][1] != newest):
            self._counted.append((now, newest))
        while len(self._counted) > 1 and now - self._counted[1][0] >= PROJECTED_WITHIN:
            self._counted.popleft()
        if not self._counted or now - self._counted[0][0] < PROJECTED_WITHIN:
            return None
        minute = self._counted[0][1]
        if await self._rows.minutes(minute, minute + 1) or await self._rows.late(minute, minute + 1):
            return None
        return _(
            "stage project is behind: Redis has counted documents of {time} UTC, and PostgreSQL "
            "has no row of that minute: see the /healthz of the workers that run it"
        ).format(time=f"{moment_of(minute):%H:%M}")
