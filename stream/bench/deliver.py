"""From a detector's commit to the receiver: latency, and a queue drained beside one that hangs.

A real PostgreSQL and real HTTP receivers on loopback that verify nothing and answer at once; requests are signed.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from statistics import quantiles

import msgspec
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from stream.adapters.files.temporary import temporary_folder
from stream.adapters.http.webhook import Target, WebhookReceiver
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.migrate import migrate
from stream.adapters.postgres.outbox import PostgresOutbox
from stream.adapters.postgres.wakeups import PostgresWakeups
from stream.embedded import Postgres
from stream.pipeline.detect import Observation
from stream.pipeline.notify import Change, Receiver, Tick, moment_of
from stream.pipeline.rules import Decision, Reason, Rule, begin
from stream.pipeline.windows.evidence import Evidence
from stream.worker.senders import Senders

RULE, MINUTE, PAUSE = "bench", 29_000_000, 0.05
HANG = 3600.0  # seconds: longer than any benchmark
POOL = 16  # as the worker's


class DeliverResult(msgspec.Struct, frozen=True):
    """``p50_ms`` and ``p99_ms`` are from before the commit to the receiver's having the request, of alerts one by one.

    ``drained`` deliveries to one receiver took ``drain_seconds`` from the commit on, while as many waited for one that
    hangs; ``plan_seconds`` is the commit of those alerts itself, in one tick.
    """

    alerts: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    drained: int
    plan_seconds: float
    drain_seconds: float
    deliveries_per_second: float


class _FakeReceiver:
    """A receiver: notes when each message came."""

    def __init__(self, hangs: bool = False) -> None:
        self.arrivals: dict[str, float] = {}
        self._hangs = hangs

    async def handle(self, request: web.Request) -> web.Response:
        """Take it, or hang."""
        await request.read()
        if self._hangs:
            await asyncio.sleep(HANG)
        self.arrivals.setdefault(request.headers["webhook-id"], time.monotonic())
        return web.Response(status=204)


class _FixedReceivers:
    def __init__(self, receivers: Mapping[str, Receiver]) -> None:
        self.receivers = receivers

    def refresh(self) -> bool:
        """Nothing to read."""
        return False


def bench_deliver(alerts: int, drained: int) -> DeliverResult:
    """Measure on an embedded PostgreSQL.

    Raises:
        EmbeddedError: it does not start.
    """
    with temporary_folder("bellwether-") as folder:
        folder.chmod(0o755)  # root runs PostgreSQL as another user
        with Postgres(folder / "postgres") as server:
            migrate(server.url)
            return asyncio.run(_measure(server.url, alerts, drained))


async def _measure(url: str, alerts: int, drained: int) -> DeliverResult:
    quick, slow = _FakeReceiver(), _FakeReceiver(hangs=True)
    engine = create_async_engine(url, pool_pre_ping=True, pool_size=POOL)
    try:
        async with _served(quick) as quick_url, _served(slow) as slow_url:
            receivers = _FixedReceivers({"quick": _receiver("quick", quick_url), "slow": _receiver("slow", slow_url)})
            senders = Senders(PostgresOutbox(engine), receivers, PostgresWakeups(url).listen)
            await senders.start()
            await asyncio.sleep(1)  # until it listens
            latencies = await _one_by_one(engine, quick, alerts)
            planned, took = await _together(engine, quick, drained, alerts)
            await senders.stop()
            for sender in receivers.receivers.values():
                await sender.aclose()
    finally:
        await engine.dispose()
    cuts = quantiles(latencies, n=100)
    return DeliverResult(
        alerts=alerts,
        p50_ms=cuts[49] * 1000,
        p99_ms=cuts[98] * 1000,
        worst_ms=max(latencies) * 1000,
        drained=drained,
        plan_seconds=planned,
        drain_seconds=took,
        deliveries_per_second=drained / took,
    )


async def _one_by_one(engine: AsyncEngine, receiver: _FakeReceiver, count: int) -> list[float]:
    store, began = PostgresAlertStore(engine), {}
    for number in range(count):
        change = _firing(f"topic:one {number}", MINUTE + 60 * number)
        began[change.message_id] = time.monotonic()
        await store.commit(RULE, number, _tick([change], ["quick"]))
        await asyncio.sleep(PAUSE)
    await _until(receiver, count)
    return [receiver.arrivals[key] - at for key, at in began.items()]


async def _together(engine: AsyncEngine, receiver: _FakeReceiver, count: int, version: int) -> tuple[float, float]:
    # Far from the others, so that none of them is of the same event.
    changes = [_firing(f"topic:many {number}", MINUTE - 10_000_000) for number in range(count)]
    before, began = len(receiver.arrivals), time.monotonic()
    await PostgresAlertStore(engine).commit(RULE, version, _tick(changes, ["quick", "slow"]))
    committed = time.monotonic()
    await _until(receiver, before + count)
    return committed - began, time.monotonic() - committed


async def _until(receiver: _FakeReceiver, count: int) -> None:
    while len(receiver.arrivals) < count:  # noqa: ASYNC110 - polled: an event per request would be measured, too
        await asyncio.sleep(0.01)


def _firing(series: str, minute: int) -> Change:
    observation = Observation(series, minute, 15, 40, 30, 0.25, 3.1, 17.0, 4.0, 5.0, 15.0)
    text = "Shares plunge as the bank reports a loss that nobody had expected. " * 4
    evidence = tuple(
        Evidence(f"{series}/{number}", "wire", moment_of(minute), text, 0.9, url="https://example.com/")
        for number in range(10)
    )
    return Change(RULE, Decision(Reason.FIRING, observation, minute), evidence)


def _tick(changes: list[Change], names: list[str]) -> Tick:
    return Tick(begin(Rule(), MINUTE), changes, {}, names, datetime.now(UTC))


def _receiver(name: str, url: str) -> WebhookReceiver:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    return WebhookReceiver(name, Target(url, secrets=(secret,), allow_http=True, allow_private=True))


@asynccontextmanager
async def _served(receiver: _FakeReceiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
