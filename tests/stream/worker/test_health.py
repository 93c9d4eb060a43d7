import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import faust
import httpx
import pytest
from mode import Service

from stream.adapters.redis.memory import Memory
from stream.embedded import free_port
from stream.errors import BrokerError
from stream.pipeline.notify import Delivery, Receiver
from stream.pipeline.progress import liveness
from stream.pipeline.progress.liveness import Offsets, Partition, Position
from stream.settings import load_settings
from stream.worker.announcing import files_in_use
from stream.worker.batches import Loop
from stream.worker.connections import Connections
from stream.worker.health import Health
from stream.worker.heartbeats import ON_DEMAND, Heartbeats
from stream.worker.joined import Joined
from stream.worker.senders import Senders
from stream.worker.ticks import Ticks
from tests.fakes.alerts import FakeAlertStore, FakeOutbox


def _at(committed: int, end: int) -> Offsets:
    return Offsets({Partition("bellwether.news", 0): Position(committed, end)})


class _Reader:
    """Offsets by hand; ``None`` is a broker that does not answer."""

    def __init__(self, offsets: dict[str, Offsets] | None, error: Exception | None = None) -> None:
        self.offsets, self._error = offsets, error or BrokerError("away")

    def read(self) -> dict[str, Offsets]:
        if self.offsets is None:
            raise self._error
        return self.offsets

    def close(self) -> None:
        pass


async def _fine() -> None:
    pass


async def _gone() -> None:
    raise ConnectionError("refused")


Checks = Mapping[str, Callable[[], Awaitable[object]]]


Until = Callable[[httpx.Response], bool]


async def _answer(port: int, path: str, until: Until) -> httpx.Response:
    """Ask until the answer is as it is to be, and return it; after a minute as it is."""
    deadline = time.monotonic() + 240
    async with httpx.AsyncClient(timeout=60) as client:
        while True:
            answer = await client.get(f"http://127.0.0.1:{port}{path}")
            if until(answer) or time.monotonic() > deadline:
                return answer
            await asyncio.sleep(0.05)


def _says(text: str) -> Until:
    return lambda answer: text in answer.text


def _at_once(_: httpx.Response) -> bool:
    return True


def _ask(
    path: str,
    reader: _Reader,
    checks: Checks,
    stall_after: float,
    until: Until = _at_once,
    wait: float = 0.0,
    **more: Any,
) -> httpx.Response:
    async def work() -> httpx.Response:
        port = free_port()
        health = Health(("127.0.0.1", port), reader, checks, stall_after, **more)
        await health.start()
        try:
            await asyncio.sleep(wait)
            return await _answer(port, path, until)
        finally:
            await health.stop()

    return asyncio.run(work())


def _memory(used: int, limit: int, policy: str = "noeviction") -> Callable[[], Awaitable[Memory]]:
    async def ask() -> Memory:
        return Memory(used, limit, policy)

    return ask


def test_a_worker_that_stopped_committing_although_there_is_lag_is_not_healthy() -> None:
    answer = _ask("/healthz", _Reader({"bellwether-classify": _at(5, 14)}), {}, 0.2, _says("records wait"))
    assert answer.status_code == 503
    assert answer.text.startswith("bellwether-classify: bellwether.news/0: 9 records wait")


def test_a_worker_without_lag_is_healthy() -> None:
    assert _ask("/healthz", _Reader({"g-classify": _at(5, 5)}), {}, 0.2, _says("ok"), wait=0.5).text == "ok"


@pytest.mark.parametrize("error", [BrokerError("away"), KeyError("a bug of kafka-python")])
def test_a_broker_that_is_away_shows_whatever_the_reader_raises(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "BLIND_AFTER", 0.2)
    answer = _ask("/healthz", _Reader(None, error), {}, 60, _says(str(error)))
    assert answer.status_code == 503
    assert answer.text.startswith("broker: the offsets were not read for ")
    assert str(error) in answer.text


def test_a_reader_that_hangs_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "BLIND_AFTER", 0.2)
    reader, released = _Reader({}), threading.Event()
    monkeypatch.setattr(reader, "read", lambda: released.wait(120))
    try:
        answer = _ask("/healthz", reader, {}, 0.3, _says("offsets: a tick"))
    finally:
        released.set()
    assert answer.status_code == 503
    assert answer.text.splitlines()[0].endswith("it does not answer")
    assert answer.text.splitlines()[1].startswith("offsets: a tick has not ended for ")


def test_readiness_names_what_does_not_answer() -> None:
    answer = _ask("/readyz", _Reader({}), {"redis": _fine, "postgres": _gone}, 60)
    assert (answer.status_code, answer.text) == (503, "postgres: refused")
    assert _ask("/readyz", _Reader({}), {"redis": _fine}, 60).status_code == 200


def test_a_worker_is_joining_until_each_of_its_groups_was_assigned() -> None:
    apps = [faust.App(f"g-{stage}", store="memory://", web_enabled=False) for stage in ("classify", "aggregate")]
    joined = Joined(apps)

    async def work() -> None:
        with pytest.raises(BrokerError, match="joining the consumer groups: g-aggregate, g-classify"):
            await joined.check()
        await apps[0].on_partitions_assigned.send({faust.types.TP("t", 0)})
        with pytest.raises(BrokerError, match=r"joining the consumer groups: g-aggregate$"):
            await joined.check()
        await apps[1].on_partitions_assigned.send(set())
        await joined.check()

    asyncio.run(work())


def test_redis_is_warned_of_before_it_is_full_and_when_it_would_evict(caplog: pytest.LogCaptureFixture) -> None:
    answer = _ask("/readyz", _Reader({}), {}, 60, _says("85 %"), memory=_memory(850, 1000))
    assert answer.status_code == 200
    assert answer.text.startswith("ok\nwarning: Redis: 85 % of its memory is in use")
    assert "BELLWETHER_KEEP_HOURS" in caplog.text
    answer = _ask("/readyz", _Reader({}), {}, 60, _says("evict"), memory=_memory(10, 1000, "allkeys-lru"))
    assert answer.status_code == 200
    assert answer.text.startswith("ok\nwarning: Redis: maxmemory-policy is 'allkeys-lru'")
    answer = _ask("/readyz", _Reader({}), {}, 60, _says("96 %"), memory=_memory(960, 1000))
    assert (answer.status_code, answer.text[:12]) == (503, "Redis: 96 % ")
    for fine in (_memory(790, 1000), _memory(10**12, 0), _memory(10**12, 0, "allkeys-lru")):
        assert _ask("/readyz", _Reader({}), {}, 60, wait=0.2, memory=fine).text == "ok"


def test_redis_that_does_not_tell_its_memory_is_told_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    answer = _ask("/readyz", _Reader({}), {}, 60, lambda _: "nobody is warned" in caplog.text, memory=_gone)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert "nobody is warned before Redis is full: refused" in caplog.text


def test_metrics_are_in_prometheus_format() -> None:
    beats = Heartbeats()
    beats.expect("detect", 1.0)
    beats.expect("classify", ON_DEMAND)
    reader = _Reader({"bellwether-classify": _at(5, 14)})
    lines = (
        "# TYPE bellwether_documents_total counter",
        'bellwether_lag_documents{stage="classify"} 9.0',
        'bellwether_partition_lag_records{partition="0",stage="classify",topic="bellwether.news"} 9.0',
        'bellwether_loop_overdue_seconds{loop="classify"} 0.0',
        "bellwether_redis_memory_bytes 3.0",
        "bellwether_redis_memory_limit_bytes 4.0",
        "bellwether_redis_evicts 1.0",
    )
    known: Until = lambda answer: all(line in answer.text for line in lines)  # noqa: E731
    text = _ask("/metrics", reader, {}, 60, known, beats=beats, memory=_memory(3, 4, "allkeys-lru")).text
    assert [line for line in lines if line not in text] == []
    for start in (
        'bellwether_partition_standing_seconds{partition="0",stage="classify",topic="bellwether.news"}',
        'bellwether_loop_silent_seconds{loop="detect"}',
        "bellwether_broker_silent_seconds",
    ):
        (seconds,) = re.findall(rf"^{re.escape(start)} ([\d.e-]+)$", text, re.MULTILINE)
        assert 0 <= float(seconds) < 100
    assert 'bellwether_loop_silent_seconds{loop="classify"}' not in text


def test_what_is_not_known_any_more_is_no_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.worker.health.BLIND_AFTER", 0.1)
    text = _ask("/metrics", _Reader(None), {}, 60, wait=0.5).text
    assert "bellwether_partition_lag_records{" not in text
    assert "bellwether_lag_documents{" not in text


# --- loops


async def _hangs() -> None:
    await asyncio.sleep(100)


async def _raises_cancelled() -> None:
    raise asyncio.CancelledError


async def _is_cancelled() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


Trouble = Callable[[], Awaitable[None]]
TROUBLES = pytest.mark.parametrize("trouble", [_hangs, _raises_cancelled, _is_cancelled])


class _Sick:
    """A stage that is well at first."""

    def __init__(self, name: str, trouble: Trouble) -> None:
        self.name, self._trouble, self._ticks = name, trouble, 0

    async def tick(self) -> bool:
        self._ticks += 1
        if self._ticks > 2:
            await self._trouble()
        return False


class _SickOutbox(FakeOutbox):
    """One whose receiver gets nothing any more, or which never says which receivers are disabled."""

    def __init__(self, trouble: Trouble, *, claim: bool) -> None:
        super().__init__(FakeAlertStore())
        self._trouble, self._claim = trouble, claim

    async def claim(self, receiver: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        if self._claim:
            await self._trouble()
        return []

    async def disabled_receivers(self) -> list[Any]:
        if not self._claim:
            await self._trouble()
        return []


class _Receiver:
    name, is_log = "webhook", False

    async def deliver(self, delivery: Delivery) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        pass


class _Supply:
    def __init__(self) -> None:
        self.receivers: dict[str, Receiver] = {"webhook": cast(Receiver, _Receiver())}

    def refresh(self) -> bool:
        return False


def _late_beside(make: Callable[[Ticks], Service], until: Until) -> str:
    """Return what /healthz says of a service that is in trouble, beside a loop that is well."""

    async def work() -> str:
        port, ticks = free_port(), Ticks(Heartbeats())
        health = Health(("127.0.0.1", port), _Reader({}), {}, 0.5, ticks.beats)
        services = [health, make(ticks), Loop(_Sick("well", _fine), 0.01, ticks)]
        for service in services:
            await service.start()
        try:
            answer = await _answer(port, "/healthz", until)
        finally:
            for service in services:
                with suppress(Exception, asyncio.CancelledError):
                    await asyncio.wait_for(service.stop(), 240)
        assert answer.status_code == 503, answer.text
        return answer.text

    return asyncio.run(work())


@TROUBLES
@pytest.mark.parametrize("name", ["detect", "project", "guard", "remind", "retain", "rules"])
def test_a_loop_that_is_cancelled_or_hangs_shows_by_its_name(name: str, trouble: Trouble) -> None:
    line = rf"{name}: (a tick has not ended for|no tick for) \d+ s.*"  # and no other: the loop beside it is well
    text = _late_beside(
        lambda ticks: Loop(_Sick(name, trouble), 0.01, ticks), lambda answer: bool(re.fullmatch(line, answer.text))
    )
    assert re.fullmatch(line, text)


@TROUBLES
def test_a_sender_that_is_cancelled_or_hangs_shows_by_its_name(trouble: Trouble) -> None:
    outbox = _SickOutbox(trouble, claim=True)
    text = _late_beside(lambda ticks: Senders(outbox, _Supply(), ticks=ticks), _says("notify-webhook: "))
    assert "notify-webhook: " in text


def test_the_keeper_of_senders_that_hangs_shows() -> None:
    outbox = _SickOutbox(_hangs, claim=False)
    said = "senders: a tick has not ended for "
    assert said in _late_beside(lambda ticks: Senders(outbox, _Supply(), ticks=ticks), _says(said))


def test_a_worker_says_where_it_answers_and_when_it_is_ready(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stream.worker.health.READY_EVERY", 0.05)
    looks = []

    async def at_the_third_look() -> None:
        looks.append(1)
        if len(looks) < 3:
            raise ConnectionError("not yet")

    said: list[str] = []

    def told(_: httpx.Response) -> bool:
        said.append(capsys.readouterr().err)
        return "ready\n" in "".join(said)

    _ask("/healthz", _Reader({}), {"redis": at_the_third_look}, 60, told)
    lines = "".join(said).splitlines()
    assert re.fullmatch(r"health and metrics: http://127\.0\.0\.1:\d+/healthz /readyz /metrics", lines[0])
    assert lines[1:] == ["ready"]
    _ask("/healthz", _Reader({}), {"redis": _gone}, 60, wait=0.3)
    assert "ready" not in capsys.readouterr().err.splitlines()


def test_a_worker_says_which_files_it_took(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("name\nTesla\nFord\n")
    settings = load_settings(watchlist=tmp_path / "w.csv", api_port=9999, api_tokens=tmp_path / "tokens")
    assert list(files_in_use(settings, Connections(settings))) == [
        f"watchlist: {tmp_path}/w.csv; entries: 2",
        "rules: the default",
        "routes: none; receivers: kafka",
        f"API: http://127.0.0.1:9999/v1/, tokens of {tmp_path}/tokens",
    ]
    assert next(files_in_use(load_settings(), Connections(load_settings()))) == "watchlist: none"
