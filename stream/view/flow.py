"""How many documents, how fast, how many wait and where: out of the offsets of consumer groups."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from stream.errors import BellwetherError
from stream.pipeline.progress.liveness import DEAD_LETTERS, Liveness, OffsetReader, Offsets
from stream.translation import _

# Workers commit every few seconds; over less than this, the pace would jump between nothing and too much.
PACE_OVER = 10.0
# A snapshot waits one second for the broker and goes on without it; after five it says so.
PATIENCE, SILENCE = 1.0, 5.0
STALL_AFTER = 60.0


class Flow:
    """Documents, pace and lag, out of consumer groups' offsets; the reader blocks, so it has a thread of its own."""

    def __init__(self, reader: OffsetReader, counted: str, monotonic: Callable[[], float]) -> None:
        self._reader, self._counted, self._monotonic = reader, counted, monotonic
        self._thread = ThreadPoolExecutor(1, "offsets")
        self._reading: asyncio.Future[dict[str, Offsets]] | None = None
        self._asked_at = 0.0
        self._taken: deque[tuple[float, int]] = deque()
        self._liveness = Liveness(STALL_AFTER, monotonic())
        self.lag: int | None = None
        self.dead_letters: int | None = None

    @property
    def documents(self) -> int | None:
        """Records that were counted since the stream began."""
        return self._taken[-1][1] if self._taken else None

    @property
    def rate(self) -> float | None:
        """Records per second; None until there were two answers."""
        if not self._taken:
            return None
        (began, before), (ended, after) = self._taken[0], self._taken[-1]
        return (after - before) / (ended - began) if ended > began else None

    async def ask(self) -> list[str]:
        """Take the reader's answer in, if it comes soon; return what is wrong, if anything."""
        if self._reading is None:
            self._asked_at = self._monotonic()
            self._reading = asyncio.get_running_loop().run_in_executor(self._thread, self._reader.read)
        await asyncio.wait({self._reading}, timeout=PATIENCE)
        now = self._monotonic()
        if not self._reading.done():
            if (silent := now - self._asked_at) < SILENCE:
                return []
            self._forget()
            return [_("{server} has not answered for {seconds} s").format(server="Kafka", seconds=f"{silent:.0f}")]
        reading, self._reading = self._reading, None
        try:
            self._take(reading.result(), now)
        except BellwetherError as error:
            self._forget()
            return [str(error)]
        return self._liveness.problems(now)

    async def close(self) -> None:
        """Wait for the question that is under way."""
        if self._reading is not None:
            await asyncio.wait({self._reading})
            self._reading.exception()
        self._thread.shutdown()

    def _forget(self) -> None:
        self.lag = self.dead_letters = None
        self._taken.clear()

    def _take(self, offsets: Mapping[str, Offsets], now: float) -> None:
        groups = {name: seen for name, seen in offsets.items() if not name.endswith(DEAD_LETTERS)}
        self._liveness.observe(groups, now)
        self.lag = sum(group.lag for group in groups.values())
        dead = [seen.lag for name, seen in offsets.items() if name.endswith(DEAD_LETTERS)]
        self.dead_letters = sum(dead) if dead else None
        counted = offsets.get(self._counted)
        if counted is None or (self._taken and counted.committed < self._taken[-1][1]):
            self._taken.clear()  # The group is new, or was set back: no pace spans that.
        if counted is None:
            return
        self._taken.append((now, counted.committed))
        while len(self._taken) > 2 and now - self._taken[1][0] >= PACE_OVER:
            self._taken.popleft()
