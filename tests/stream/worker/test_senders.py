"""Senders on a real Postgres and real HTTP servers: nothing lost, nothing unsigned, order kept, ids stable."""

import asyncio
import base64
import hashlib
import hmac
import json
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from stream import metrics
from stream.adapters.http.webhook import Target, WebhookReceiver
from stream.adapters.postgres.alert_store import PostgresAlertStore
from stream.adapters.postgres.outbox import PostgresOutbox
from stream.adapters.postgres.tables import deliveries
from stream.adapters.postgres.wakeups import PostgresWakeups
from stream.embedded import Postgres
from stream.pipeline.notify import Change, Receiver
from stream.worker import senders as module
from stream.worker.senders import Senders
from stream.worker.stages import Notify
from tests.contracts.alerts import RULE, firing, resolved, tick
from tests.postgres import killed, opened_engine

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Desk:
    """A webhook receiver that answers as it is told, and verifies every signature by itself."""

    answers: list[int] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    taken: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        body, id_, at = await request.read(), request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = base64.b64encode(hmac.new(KEY, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
        assert request.headers["webhook-signature"] == f"v1,{signed}"
        assert abs(datetime.now(UTC).timestamp() - int(at)) < 300
        self.ids.append(id_)
        self.came.set()
        if self.hangs:
            await asyncio.sleep(120)
        status = self.answers.pop(0) if self.answers else 204
        if status < 300:
            self.taken.append({**json.loads(body), "id": id_})
        return web.Response(status=status, headers=self.headers)


@asynccontextmanager
async def listening(*desks: Desk) -> AsyncIterator[None]:
    """Serve them, each on its port."""
    runners = []
    for desk in desks:
        app = web.Application()
        app.router.add_post("/", desk.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        desk.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        runners.append(runner)
    try:
        yield
    finally:
        for runner in runners:
            await runner.cleanup()


def to(name: str, url: str) -> WebhookReceiver:
    """A receiver on this machine."""
    return WebhookReceiver(name, Target(url, secrets=(SECRET,), allow_http=True, allow_private=True))


class Fixed:
    """Receivers that a test may change."""

    def __init__(self, **receivers: Receiver) -> None:
        self.receivers: Mapping[str, Receiver] = receivers

    def refresh(self) -> bool:
        """Nothing to read."""
        return False


@asynccontextmanager
async def sending(engine: AsyncEngine, supply: Fixed, url: str | None = None) -> AsyncIterator[Senders]:
    """Run senders; at the end their receivers are closed."""
    listen = PostgresWakeups(url).listen if url else None
    service = Senders(PostgresOutbox(engine), supply, listen)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()
        for receiver in supply.receivers.values():
            await receiver.aclose()


async def commit(engine: AsyncEngine, version: int, changes: Sequence[Change], *names: str) -> None:
    """Commit changes as a detector does, at this moment."""
    made = tick(*changes, receivers=names, now=datetime.now(UTC))
    assert await PostgresAlertStore(engine).commit(RULE, version, made)


async def until(holds: Callable[[], bool], seconds: float = 240) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what it waits for is elsewhere
            await asyncio.sleep(0.02)


async def due_now(engine: AsyncEngine) -> None:
    """Let the time of the next attempt come, for all of them."""
    async with engine.begin() as connection:
        query = update(deliveries).where(deliveries.c.next_at.is_not(None))
        await connection.execute(query.values(next_at=datetime.now(UTC)))


def test_one_that_hangs_delays_nobody_and_groups_keep_their_order(database: str) -> None:
    async def work() -> None:
        slow, quick = Desk(hangs=True), Desk()
        async with listening(slow, quick), opened_engine(database) as engine:
            count = 60
            begun, ended = [firing(f"s{n}") for n in range(count)], [resolved(f"s{n}") for n in range(count)]
            await commit(engine, 0, begun, "slow", "quick")
            async with sending(engine, Fixed(slow=to("slow", slow.url), quick=to("quick", quick.url)), database):
                await until(lambda: len(quick.taken) == count)
                await commit(engine, 1, ended, "slow", "quick")
                await until(lambda: len(quick.taken) == 2 * count)
                assert slow.ids
                assert slow.taken == []
            order: dict[str, list[str]] = {}
            for item in quick.taken:
                order.setdefault(item["data"]["series"], []).append(item["type"])
            assert order == {f"s{n}": ["alert.firing", "alert.resolved"] for n in range(count)}
            assert len(set(quick.ids)) == 2 * count

    asyncio.run(work())


def test_a_failure_comes_again_under_the_same_id(database: str) -> None:
    async def work() -> None:
        desk = Desk(answers=[500, 429, 302], headers={"retry-after": "900", "location": "http://10.0.0.1/"})
        async with listening(desk), opened_engine(database) as engine:
            await commit(engine, 0, [firing()], "desk")
            async with sending(engine, Fixed(desk=to("desk", desk.url))):
                for attempts in range(1, 4):
                    await until(lambda wanted=attempts: len(desk.ids) == wanted)  # type: ignore[misc]
                    await _recorded(engine, attempts)
                    await due_now(engine)
                await until(lambda: len(desk.taken) == 1)
            assert desk.ids == [firing().message_id] * 4

    asyncio.run(work())


async def _recorded(engine: AsyncEngine, attempts: int) -> None:
    async with asyncio.timeout(240):
        while True:
            (state,) = await PostgresOutbox(engine).deliveries(None, undelivered=True, limit=9)
            if state.attempts == attempts:
                break
            await asyncio.sleep(0.02)
    assert state.next_at is not None
    # What the receiver asked for, if that is later than the schedule.
    assert state.next_at - datetime.now(UTC) > timedelta(seconds=800)


def test_gone_disables_the_receiver_and_nothing_is_lost(database: str, caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        desk = Desk(answers=[410])
        async with listening(desk), opened_engine(database) as engine:
            outbox = PostgresOutbox(engine)
            await commit(engine, 0, [firing()], "desk")
            async with sending(engine, Fixed(desk=to("desk", desk.url)), database):
                async with asyncio.timeout(240):
                    while not (standings := await outbox.disabled_receivers()):  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
                assert (standings[0].name, standings[0].actor) == ("desk", "bellwether")
                assert "answered 410" in (standings[0].reason or "")
                await commit(engine, 1, [firing("another")], "desk")
                await asyncio.sleep(0.5)
                assert len(desk.ids) == 1
                assert await outbox.enable("desk")
                await until(lambda: len(desk.taken) == 2)

    asyncio.run(work())
    assert "disabled until `bellwether receivers enable desk`" in caplog.text


def test_who_takes_nothing_is_told_until_it_does(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(module, "FAILING_AFTER", 0.2)

    def measured(gauge: str) -> float | None:
        return metrics.REGISTRY.get_sample_value(f"bellwether_receiver_{gauge}", {"receiver": "fails"})

    async def work() -> None:
        desk = Desk(answers=[500])
        async with listening(desk), opened_engine(database) as engine:
            outbox, supply = PostgresOutbox(engine), Fixed(fails=to("fails", desk.url))
            await commit(engine, 0, [firing()], "fails")
            async with sending(engine, supply, database) as service:
                await until(lambda: any(line.startswith("receivers that are failing") for line in service.warnings()))
                assert "fails" in service.warnings()[0]
                assert measured("failing_seconds")
                await due_now(engine)
                await until(lambda: not service.warnings())
                assert measured("failing_seconds") == 0
                await outbox.disable("fails", "loud", "ann", datetime.now(UTC))
                await until(lambda: [*service.warnings(), ""][0].startswith("receivers that are disabled: fails;"))
                supply.receivers = {}
                await until(lambda: measured("disabled") is None and not service.warnings())

    asyncio.run(work())


def test_receivers_come_and_go(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.05)

    async def work() -> None:
        old, new = Desk(), Desk()
        async with listening(old, new), opened_engine(database) as engine:
            supply = Fixed(desk=to("desk", old.url))
            async with sending(engine, supply, database) as service:
                await commit(engine, 0, [firing("a")], "desk")
                await until(lambda: len(old.taken) == 1)
                supply.receivers = {"desk": to("desk", new.url), "mail": to("mail", new.url)}
                await until(lambda: "mail" in service._running)
                await commit(engine, 1, [firing("b")], "desk", "mail")
                await until(lambda: len(new.taken) == 2)
                assert len(old.taken) == 1

    asyncio.run(work())


def test_what_waits_for_a_receiver_that_is_gone_is_said(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.05)
    words = "notifications wait for receivers that are not configured: 1 for 'gone'; they are given up when a day old"

    def waiting() -> float | None:
        return metrics.REGISTRY.get_sample_value("bellwether_deliveries_waiting", {"receiver": "gone"})

    async def work() -> None:
        desk = Desk()
        async with listening(desk), opened_engine(database) as engine:
            await commit(engine, 0, [firing()], "gone")
            supply = Fixed()
            async with sending(engine, supply, database) as service:
                await until(lambda: service.warnings() == [words])
                assert waiting() == 1
                supply.receivers = {"gone": to("gone", desk.url)}
                await until(lambda: len(desk.taken) == 1 and not service.warnings())
                supply.receivers = {}
                await until(lambda: waiting() is None)

    asyncio.run(work())
    assert [one.getMessage() for one in caplog.records].count(words) == 1


def test_postgres_is_restarted_in_the_middle(postgres: Postgres, database: str) -> None:
    async def work() -> None:
        desk, count = Desk(), 80
        async with listening(desk), opened_engine(database) as engine:
            await commit(engine, 0, [firing(f"s{n}") for n in range(count)], "desk")
            async with sending(engine, Fixed(desk=to("desk", desk.url)), database):
                await until(lambda: len(desk.taken) > 5)
                await asyncio.to_thread(_away_for_a_moment, postgres)
                # What was sent and could not be marked comes again when its lease is over.
                async with asyncio.timeout(240):
                    while len({item["id"] for item in desk.taken}) < count:
                        await _end_leases(engine)
                        await asyncio.sleep(0.3)
                await commit(engine, 1, [resolved("s1")], "desk")
                await until(lambda: desk.taken[-1]["type"] == "alert.resolved")
            expected = {firing(f"s{n}").message_id for n in range(count)} | {resolved("s1").message_id}
            assert set(desk.ids) == expected

    asyncio.run(work())


def _away_for_a_moment(postgres: Postgres) -> None:
    with killed(postgres):
        time.sleep(0.3)


async def _end_leases(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(deliveries).values(leased_until=None))


def _send_until_killed(database: str, url: str) -> None:
    async def work() -> None:
        async with opened_engine(database) as engine:
            outbox, receiver = PostgresOutbox(engine), to("desk", url)

            async def dies(*_: object) -> None:
                os.kill(os.getpid(), signal.SIGKILL)

            # Between the receiver's yes and the mark: the worst moment there is.
            outbox.delivered = dies  # type: ignore[assignment,method-assign]
            await Notify(outbox, receiver).tick()

    asyncio.run(work())


def test_a_sender_killed_between_sending_and_marking_sends_again(database: str) -> None:
    async def work() -> None:
        desk = Desk()
        async with listening(desk), opened_engine(database) as engine:
            await commit(engine, 0, [firing()], "desk")
            process = multiprocessing.get_context("spawn").Process(target=_send_until_killed, args=(database, desk.url))
            process.start()
            await asyncio.to_thread(process.join, 240)
            assert process.exitcode == -signal.SIGKILL
            assert desk.ids == [firing().message_id]
            await commit(engine, 1, [resolved()], "desk")
            async with sending(engine, Fixed(desk=to("desk", desk.url)), database):
                await asyncio.sleep(0.5)
                assert len(desk.ids) == 1  # its lease holds, and what follows waits for it
                await _end_leases(engine)
                await until(lambda: resolved().message_id in desk.ids)
        # That it had been told of the beginning, nobody knew: it is told again, or of the end alone where the end was
        # seen first.
        again = desk.ids[1:-1]
        assert desk.ids[-1] == resolved().message_id
        assert again in ([], [firing().message_id])

    asyncio.run(work())


def test_two_senders_at_once_send_everything_once(database: str) -> None:
    async def work() -> None:
        desk, count = Desk(), 100
        async with listening(desk), opened_engine(database) as one, opened_engine(database) as two:
            await commit(one, 0, [firing(f"s{n}") for n in range(count)], "desk")
            async with (
                sending(one, Fixed(desk=to("desk", desk.url)), database),
                sending(two, Fixed(desk=to("desk", desk.url)), database),
            ):
                await until(lambda: len(desk.taken) >= count)
                await asyncio.sleep(0.5)
        assert len(desk.ids) == len(set(desk.ids)) == count

    asyncio.run(work())


def test_a_commit_wakes_the_sender(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With looks an hour apart, only Postgres' word can bring it."""
    monkeypatch.setattr(module, "DELIVER_EVERY", 3600.0)

    async def work() -> None:
        desk = Desk()
        async with (
            listening(desk),
            opened_engine(database) as engine,
            sending(engine, Fixed(desk=to("desk", desk.url)), database),
        ):
            await asyncio.sleep(1.0)  # until it listens
            await commit(engine, 0, [firing()], "desk")
            await until(lambda: len(desk.taken) == 1)

    asyncio.run(work())
