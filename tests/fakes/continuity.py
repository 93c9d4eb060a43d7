"""How far each partition was added, in memory, and a log without records."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from stream.errors import StoreError
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.windows.continuity import ServerRun
from stream.pipeline.windows.rebuild import Logged
from stream.pipeline.windows.store import WindowStore
from stream.worker.continuity import Continuity, Part
from stream.worker.log_records import LogSource
from tests.fakes.stories import FakeStoryStore


class FakeContinuityStore:
    """As the adapter, whose server is started anew by :attr:`run`."""

    def __init__(self) -> None:
        self.run, self._sure, self._followed = "1", "", False
        self._reached: dict[int, int] = {}

    async def missing(self, spans: Mapping[int, range]) -> dict[int, range]:
        known = {part: self._reached.get(part, 0 if self._followed else span.start) for part, span in spans.items()}
        return {part: range(known[part], span.start) for part, span in spans.items() if known[part] < span.start}

    async def reach(self, spans: Mapping[int, range]) -> None:
        gaps = await self.missing(spans)
        for partition, span in spans.items():
            if partition not in gaps:
                self._reached[partition] = max(self._reached.get(partition, 0), span.stop)
        if gaps:
            raise StoreError(f"Redis was set back while partition {max(gaps)} of the log was added; it is added again")

    async def reached(self) -> dict[int, int]:
        return dict(self._reached)

    async def behind(self, committed: Mapping[int, int]) -> dict[int, range]:
        if not self._followed:
            self._reached = {**committed, **self._reached}
        self._followed, known = True, self._reached
        found = {part: range(known.get(part, 0), at) for part, at in committed.items() if known.get(part, 0) < at}
        self._sure = "" if found else self._sure
        return found

    async def begin(self, committed: Mapping[int, int]) -> None:
        self._followed = True
        self._reached |= {part: max(at, self._reached.get(part, 0)) for part, at in committed.items()}

    async def server_run(self) -> ServerRun:
        return ServerRun(self.run, self._sure == self.run)

    async def doubt(self) -> None:
        self._sure = ""

    async def confirm(self, run: str) -> None:
        self._sure = run if run == self.run else self._sure


class NoLog:
    """Holds nothing."""

    def read(self, since: int) -> Iterator[list[Logged]]:
        return iter(())

    def begins(self) -> int:
        return 0

    def between(self, partition: int, offsets: range) -> Iterator[list[Logged]]:
        return iter(())


def continuity_of(windows: WindowStore, entries_in: Callable[[str], Sequence[Entry]] = lambda text: ()) -> Continuity:
    """Return what the stage aggregate needs around ``windows``."""
    return Continuity(LogSource(NoLog(), entries_in), windows, [Part(windows, FakeContinuityStore())], FakeStoryStore())
