"""What a tick of the detector costs once it has learned: time, what the event loop waits, bytes, memory.

On an embedded Valkey that holds the windows and a PostgreSQL that takes state, decisions and alerts.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from stream.adapters.files.temporary import temporary_folder
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.migrate import migrate
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded import Postgres, Valkey
from stream.pipeline.detect import DetectorSpec, Kind
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.notify import Tick
from stream.pipeline.progress.watermark import EventTime, Progress
from stream.pipeline.rules import Rule, RuleState, advance, begin
from stream.pipeline.units import DAY, HOUR, MINUTE_MS
from stream.pipeline.windows.bucket import MEASURES
from stream.pipeline.windows.columns import Counts
from stream.pipeline.windows.independence import UNIT
from stream.worker.stages import Detect

FIRST = 20_000 * DAY
SHARE = 0.2
PIECE = 360  # minutes that are learned at once
BREATH = 0.002  # seconds that the bench sleeps between two looks at the event loop
SPANS = ((1, "minute"), (10, "ten"), (60, "sixty"))
DRIFT = Rule(
    name="drift",
    detector=DetectorSpec(kind=Kind.DRIFT, windows=(DAY,), every=HOUR, support=30.0, level=7 * DAY, share=14 * DAY),
)


class TickResult(msgspec.Struct, frozen=True):
    """Ticks of one rule, each over the minutes between two decisions.

    Attributes:
        first_seconds: of the first tick, which reads all that the rule looks back on; seconds are of wall time.
        blocked: seconds for which the event loop did at most not turn.
        cpu_seconds: of this process, a tick.
        state_mb: the whole state; ``written_mb`` is what a tick writes of it, the whole now and then included.
        wal_mb: of PostgreSQL's log, a tick, with the rows for dashboards.
        memory_mb: by which the process grew while it ticked, at most.
    """

    rule: str
    series: int
    ticks: int
    first_seconds: float
    seconds: float
    most_seconds: float
    blocked: float
    cpu_seconds: float
    state_mb: float
    written_mb: float
    wal_mb: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Load:
    """``series`` that bring a document in ``part`` of their minutes each, learned from for ``days``; then ``ticks``."""

    rule: Rule
    series: int
    part: float
    days: float
    ticks: int

    @property
    def names(self) -> tuple[str, ...]:
        """Of the series."""
        return tuple(f"topic:{number}" for number in range(self.series))

    @property
    def begins(self) -> int:
        """The minute up to which it has learned."""
        until = FIRST + int(self.days * DAY)
        return until - until % self.rule.detector.every

    def minute(self, minute: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the rows that bring a document in ``minute``, and which of these are negative."""
        pick = np.random.default_rng(minute)
        busy = np.flatnonzero(pick.random(self.series) < self.part)
        return busy, pick.random(len(busy)) < SHARE


def bench_ticks(load: Load) -> TickResult:
    """Learn, fill the servers and tick."""
    state = _learned(load)
    with temporary_folder("bellwether-bench-") as folder:
        folder.chmod(0o755)
        with Valkey(folder / "valkey") as valkey, Postgres(folder / "postgres") as postgres:
            migrate(postgres.url)
            return asyncio.run(_measure(load, state, valkey.url, postgres.url))


def _learned(load: Load) -> RuleState:
    rule, back = load.rule, load.rule.detector.lookback
    state = begin(rule, FIRST, names=load.names)
    while state.evaluated < load.begins:
        until = min(state.evaluated + PIECE, load.begins)
        counts = _counts(load, state.evaluated - back, until).resampled(rule.detector.step)
        state = advance(rule, state, counts, until, keep=False).state
    return state


def _counts(load: Load, first: int, last: int) -> Counts:
    documents, negatives = (np.zeros((load.series, last - first), np.int64) for _ in range(2))
    for minute in range(max(first, FIRST), last):
        busy, negative = load.minute(minute)
        documents[busy, minute - first] = UNIT
        negatives[busy, minute - first] = UNIT * negative
    return Counts(load.names, first, documents, negatives, np.zeros_like(documents))


class _Windows(RedisWindowStore):
    """Windows whose stream has come as far as the bench says."""

    until = 0

    async def complete(self) -> str | None:
        return "bench"

    async def event_time(self) -> EventTime:
        at = self.until * MINUTE_MS
        return EventTime(at, at, {"0": Progress(FIRST * MINUTE_MS, at, at)}, {}, frozenset({"0"}))


async def _measure(load: Load, state: RuleState, redis: str, postgres: str) -> TickResult:
    engine = create_async_engine(postgres)
    async with Redis.from_url(redis) as client:
        try:
            await _fill(load, client)
            store, windows = PostgresAlertStore(engine), _Windows(client)
            await store.commit(load.rule.name, 0, Tick(state, (), {}, (), EPOCH))
            detect = Detect(
                lambda: [load.rule],
                windows,
                store,
                (),
                clock=lambda: EPOCH + timedelta(minutes=windows.until),
            )
            return await _run(load, len(state.encode()), detect, windows, engine)
        finally:
            await engine.dispose()


async def _run(load: Load, whole: int, detect: Detect, windows: _Windows, engine: AsyncEngine) -> TickResult:
    every = load.rule.detector.every
    seconds, written = [], 0
    waits = [0.0]
    watch = asyncio.create_task(_watch(waits))
    memory, log, began = _memory(), await _log(engine), time.process_time()
    for number in range(1, load.ticks + 1):
        windows.until = load.begins + number * every
        start = time.perf_counter()
        await detect.tick()
        seconds.append(time.perf_counter() - start)
        written += await _written(engine)
    cpu, logged, grown = time.process_time() - began, await _log(engine) - log, _memory() - memory
    watch.cancel()
    with suppress(asyncio.CancelledError):
        await watch
    later = seconds[1:] or seconds
    return TickResult(
        load.rule.name, load.series, load.ticks, seconds[0], float(np.mean(later)), max(later), max(waits),
        cpu / load.ticks, whole / 1e6, written / load.ticks / 1e6, logged / load.ticks / 1e6, grown / 1e6,
    )  # fmt: skip


async def _watch(waits: list[float]) -> None:
    """Note how much longer than asked for the loop was away."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(BREATH)
        waits.append(time.perf_counter() - start - BREATH)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def _log(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")) or 0)


async def _written(engine: AsyncEngine) -> int:
    """Return the bytes of the state that the last tick wrote."""
    latest = "SELECT length(changes) FROM detector_changes WHERE version = (SELECT max(version) FROM detector_state)"
    async with engine.connect() as connection:
        found = await connection.scalar(text(latest))
        return int(found or await connection.scalar(text("SELECT length(state) FROM detector_state")) or 0)


async def _fill(load: Load, client: Redis) -> None:
    """Write the minutes that the ticks read, and the sums of ten and sixty of them, as the windows hold them."""
    last = load.begins + load.ticks * load.rule.detector.every
    first = load.begins - load.rule.detector.lookback - 120
    for length, kind in SPANS:
        for number in range(first // length, -(-last // length)):
            hash_: dict[Any, Any] = dict(_sums(load, number * length, length))
            if hash_:
                await client.hset(f"{{bellwether}}:{number * length // DAY}.0:{kind}:{number}", mapping=hash_)


def _sums(load: Load, first: int, length: int) -> Iterator[tuple[str, bytes]]:
    places = [MEASURES.index(name) for name in ("documents", "negative", "independent", "independent_negative")]
    total = np.zeros((load.series, len(MEASURES)), np.int64)
    for minute in range(first, first + length):
        busy, negative = load.minute(minute)
        for place, value in zip(places, (1, negative, UNIT, UNIT * negative), strict=True):
            total[busy, place] += value
    for row in np.flatnonzero(total.any(axis=1)).tolist():
        numbers = total[row]
        yield (
            f"topic:{row}",
            numbers.astype("<f8").tobytes() if length > 1 else msgspec.msgpack.encode(numbers.tolist()),
        )


def loads(series: int, busy: int, days: float, ticks: int) -> Iterator[Load]:
    """Yield what is measured: the default rule over ``series``, and a drift rule over ``busy`` ones."""
    yield Load(Rule(), series, 0.1, days, ticks)
    yield Load(DRIFT, busy, 1.0, max(days, 2.0), min(ticks, 6))
