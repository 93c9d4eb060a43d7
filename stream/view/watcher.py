"""Gathers snapshots over the ports, about once a second, without asking for much."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stream.errors import StoreError
from stream.pipeline.notify import Alert, AlertStore, AlertStory, Status, moment_of
from stream.pipeline.progress.liveness import OffsetReader
from stream.pipeline.progress.watermark import HISTORY, Progress
from stream.pipeline.units import HOUR
from stream.pipeline.windows.bucket import Bucket, minute_of
from stream.pipeline.windows.projection import SeriesStore
from stream.translation import _
from stream.view.flow import Flow
from stream.view.rows import (
    alert_row,
    is_finished,
    is_settled,
    late_documents,
    rows_of,
    unread_by_language,
)
from stream.view.sight import BEHIND, Detector, Projection, Stores, patiently
from stream.view.snapshot import CELL_MINUTES, CELLS, AlertRow, SeriesRow, Snapshot, loudest

SPAN = CELLS * CELL_MINUTES
ALERTS = 20
# All is read again now and then, for documents that come more than an hour late and rows that are written late.
ALL_AGAIN_AFTER = 20.0
LATE_AGAIN_AFTER = 60.0  # seconds: of months of late documents each read takes its time


class Watcher:
    """Gathers snapshots. One at a time; the ports belong to the caller, who closes them after :meth:`close`.

    Args:
        name: prefix of the consumer groups; documents are what ``<name>-aggregate`` has committed.
        behind_after: seconds behind the wall clock after which the detector stands still; None where it is fed from the
            past, as the demo's is: then no stage is called behind, however far it is.
        clock: wall clock with zone.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        stores: Stores,
        offsets: OffsetReader,
        name: str,
        *,
        behind_after: float | None = BEHIND,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._alerts = _Alerts(stores.alerts)
        self._minutes = _Minutes(stores.series, monotonic)
        self._flow = Flow(offsets, f"{name}-aggregate", monotonic)
        self._stores = stores
        self._detector = Detector(behind_after)
        self._projection = None if behind_after is None else Projection(stores.series, monotonic)
        self._kept = _Kept()
        self._monotonic, self._late_read_at = monotonic, float("-inf")
        self._older_late: int | None = None
        self._progress: Mapping[str, Progress] = {}
        self._behind: list[str] = []
        self._notes: list[str] = []

    async def snapshot(self) -> Snapshot:
        """Return how things stand. Raises nothing of Bellwether's own: what did not answer is one of the problems."""
        now = self._clock()
        of_broker, *of_stores = await asyncio.gather(
            self._flow.ask(),
            patiently("PostgreSQL", self._ask_stores(now)),
            patiently("Redis", self._ask_redis()),
        )
        kept, flow = self._kept, self._flow
        silent = [problem for problem in of_stores if problem]
        return Snapshot(
            now,
            kept.watermark,
            flow.rate,
            flow.lag,
            flow.documents,
            kept.series,
            kept.alerts,
            # A store that does not answer is the cause; what it said of the stages before is old.
            tuple(silent + of_broker + ([] if silent else self._behind)),
            notes=tuple(self._notes),
            late=kept.late,
            dead_letters=flow.dead_letters,
            late_before=kept.late_before,
            unread=kept.unread,
        )

    async def close(self) -> None:
        """Wait for the question to the broker that is under way, and end the thread."""
        await self._flow.close()

    async def _ask_stores(self, now: datetime) -> None:
        latest = loudest((await self._alerts.store.latest_decisions()).values())
        decided = max((decision.observation.minute for decision in latest.values()), default=None)
        evaluated = await self._alerts.store.last_evaluated_minute()
        if decided is None and evaluated:
            decided = evaluated  # decisions are kept for a time, as on a stream that is read from long ago they are not
        end = minute_of(now) + 1 if decided is None else decided
        minutes = await self._minutes.until(end)
        rows = rows_of(minutes, end, latest)
        late = await self._stores.series.late(end - SPAN, minute_of(now) + 1)
        late_before = await self._late_before(end - SPAN)
        alerts = await self._alerts.rows()
        # Before the stream's first document nothing is decided but what was brought in.
        detector = self._detector.problem(0 if self._progress.keys() == {HISTORY} else evaluated, now)
        projection = await self._projection.problem(self._progress) if self._projection else None
        self._behind = [behind for behind in (detector, projection) if behind]
        watermark = None if decided is None else moment_of(decided)
        self._kept = _Kept(watermark, rows, alerts, late_documents(late), late_before, unread_by_language(minutes))

    async def _late_before(self, end: int) -> int | None:
        """Return how many documents came too late of all minutes before ``end``; asked for now and then."""
        now = self._monotonic()
        if now - self._late_read_at >= LATE_AGAIN_AFTER:
            self._late_read_at = now
            self._older_late = late_documents(await self._stores.series.late(0, end))
        return self._older_late

    async def _ask_redis(self) -> None:
        self._notes = []
        if (windows := self._stores.windows) is None:
            return
        self._progress = await windows.progress()
        if self._progress and await windows.complete() is None:
            raise StoreError(_("Redis has lost windows; nothing is decided until they are rebuilt from the log"))
        self._notes = await self._stores.warnings()


@dataclass(frozen=True, slots=True)
class _Kept:
    """The stores' last answer."""

    watermark: datetime | None = None
    series: tuple[SeriesRow, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    late: int | None = None
    late_before: int | None = None
    unread: Mapping[str, int] = field(default_factory=dict)


class _Minutes:
    """The last twelve hours of rows; of what is known, only the last hour is read again."""

    def __init__(self, store: SeriesStore, monotonic: Callable[[], float]) -> None:
        self._store, self._monotonic = store, monotonic
        self._rows: dict[int, dict[str, Bucket]] = {}
        self._end: int | None = None
        self._all_read_at = 0.0

    async def until(self, end: int) -> Mapping[int, Mapping[str, Bucket]]:
        """Return the minutes ``end - SPAN <= m < end``."""
        now, first = self._monotonic(), end - SPAN
        start = first
        if self._end is not None and self._end <= end and now - self._all_read_at < ALL_AGAIN_AFTER:
            start = max(first, self._end - HOUR)
        read = await self._store.minutes(start, end)
        self._rows = {minute: row for minute, row in self._rows.items() if first <= minute < start} | read
        self._end = end
        if start == first:
            self._all_read_at = now
        return self._rows


class _Alerts:
    """Open alerts, the latest few, and those that still have something to deliver."""

    def __init__(self, store: AlertStore) -> None:
        self.store = store
        self._stories: dict[str, AlertStory] = {}

    async def rows(self) -> tuple[AlertRow, ...]:
        """Return them. A story that cannot have changed is not read again."""
        found = {alert.id: alert for alert in await self.store.alerts(Status.FIRING, ALERTS)}
        found |= {alert.id: alert for alert in await self.store.alerts(Status.ACKNOWLEDGED, ALERTS)}
        found |= {alert.id: alert for alert in await self.store.alerts(None, ALERTS)}
        # An old alert that resolves is on neither list, and yet its end and its delivery are to be seen.
        unfinished = {key for key, story in self._stories.items() if not is_finished(story)}
        stories: dict[str, AlertStory] = {}
        for key in found.keys() | unfinished:
            if story := await self._story(key, found.get(key)):
                stories[key] = story
        self._stories = stories
        return tuple(map(alert_row, stories.values()))

    async def _story(self, key: str, alert: Alert | None) -> AlertStory | None:
        known = self._stories.get(key)
        if known is not None and known.alert == alert and is_settled(known):
            return known
        return await self.store.story(key)
