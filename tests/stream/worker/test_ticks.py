import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

import pytest

from stream.errors import StallError, StoreError
from stream.worker.batches import Loop
from stream.worker.heartbeats import ON_DEMAND, Heartbeats
from stream.worker.ticks import Ticks, getting_on


def test_a_tick_that_does_not_end_is_cancelled_at_its_bound_and_named() -> None:
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    with pytest.raises(StallError, match="detect: no end in 0 s"):
        asyncio.run(Ticks(bound=0.05).once("detect", hang))
    assert ended == ["cancelled"]


def test_a_tick_that_gets_on_is_not_cut() -> None:
    beats = Heartbeats()
    beats.expect("guard", 1.0)

    async def long() -> str:
        for _ in range(25):
            await asyncio.sleep(0.1)
            getting_on()
        return "rebuilt"

    assert asyncio.run(Ticks(beats, bound=2.0).once("guard", long)) == "rebuilt"


def test_a_tick_in_which_the_process_was_frozen_goes_on() -> None:
    async def frozen() -> str:
        await asyncio.sleep(0.01)
        time.sleep(0.8)  # noqa: ASYNC251  # nothing runs meanwhile, as after SIGSTOP
        await asyncio.sleep(0.01)
        return "done"

    assert asyncio.run(Ticks(bound=0.4).once("detect", frozen)) == "done"


def test_a_time_limit_of_the_tick_itself_is_not_taken_for_the_bound() -> None:
    async def work() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        asyncio.run(Ticks().once("detect", work))


async def _cancelled_within() -> None:
    raise asyncio.CancelledError


async def _cancelled_task() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    asyncio.get_running_loop().call_soon(task.cancel)
    await task


@pytest.mark.parametrize("work", [_cancelled_within, _cancelled_task])
def test_what_is_cancelled_from_within_is_an_error_and_not_the_end_of_the_loop(
    work: Callable[[], Awaitable[None]],
) -> None:
    with pytest.raises(StallError, match="detect: what it waited for was cancelled"):
        asyncio.run(Ticks().once("detect", work))


def test_a_task_that_is_asked_to_end_ends() -> None:
    async def work() -> None:
        task = asyncio.create_task(Ticks().once("detect", lambda: asyncio.sleep(60)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())


class _RefusedError(StoreError):
    permanent = True


class _Fails:
    """Work that fails, and how often and how long it was tried."""

    def __init__(self, error: Exception, until: float = 1e9) -> None:
        self.count, self._error, self._began, self._until = 0, error, time.monotonic(), until

    @property
    def lasted(self) -> float:
        return time.monotonic() - self._began

    async def __call__(self) -> str:
        self.count += 1
        if self.lasted < self._until:
            raise self._error
        return "done"


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_what_fails_is_tried_for_the_stated_time_and_no_longer(seconds: float) -> None:
    work = _Fails(StoreError("away"))
    with pytest.raises(StoreError):
        asyncio.run(Ticks(retry_for=seconds).persistently("detect", work))
    assert seconds <= work.lasted < seconds + 120  # the machine may be busy
    assert work.count > 1


def test_what_passes_within_the_time_is_not_given_up() -> None:
    work = _Fails(StoreError("away"), until=1.5)
    assert asyncio.run(Ticks(retry_for=300).persistently("detect", work)) == "done"
    assert work.lasted < 240


@pytest.mark.parametrize("error", [_RefusedError("no"), ValueError("a mistake of ours")])
def test_what_is_permanent_or_our_own_mistake_is_not_tried_again(error: Exception) -> None:
    work = _Fails(error)
    with pytest.raises(type(error)):
        asyncio.run(Ticks(retry_for=10).persistently("detect", work))
    assert work.count == 1


def test_the_time_counts_from_the_first_failure_since_what_hangs_fails_late() -> None:
    calls: list[float] = []

    async def hangs_once() -> str:
        calls.append(time.monotonic())
        await asyncio.sleep(60 if len(calls) == 1 else 0)
        return "done"

    assert asyncio.run(Ticks(bound=1.0, retry_for=0.5).persistently("project", hangs_once)) == "done"
    assert len(calls) == 2


def test_heartbeats_tell_which_loop_is_late_and_whether_it_ticks() -> None:
    now = [0.0]
    beats = Heartbeats(lambda: now[0])
    for name, every in (("detect", 1.0), ("classify", ON_DEMAND)):
        beats.expect(name, every)
    now[0] = 100.0
    late = {beat.name: beat.overdue for beat in beats.all()}
    assert late == {"detect": 99.0, "classify": 0.0}  # without work, classify has nothing to do
    with beats.tick("classify"), beats.tick("detect") as progress:
        now[0] = 110.0
        progress()
        now[0] = 113.0
        state = {beat.name: (beat.ticking, beat.busy, beat.overdue) for beat in beats.all()}
    assert state == {"detect": (True, 3.0, 3.0), "classify": (True, 13.0, 13.0)}
    with pytest.raises(StoreError), beats.tick("detect"):
        raise StoreError("no")
    now[0] = 200.0
    detect = next(beat for beat in beats.all() if beat.name == "detect")
    assert (detect.silent, detect.ticking) == (87.0, False)


def test_heartbeats_may_be_read_by_a_thread_while_loops_come_and_go() -> None:
    beats, failed, over = Heartbeats(), [], threading.Event()

    def read() -> None:
        try:
            while not over.is_set():
                beats.all()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    until = time.monotonic() + 0.3
    try:
        while time.monotonic() < until:
            beats.expect("notify-desk", 1.0)
            with beats.tick("notify-desk"):
                beats.forget("notify-desk")
    finally:
        over.set()
        thread.join()
    assert failed == []
    assert beats.all() == []


class _Stage:
    name = "remind"

    def __init__(self) -> None:
        self.count = 0

    async def tick(self) -> bool:
        self.count += 1
        return False


def test_a_loop_is_known_while_it_runs_and_forgotten_when_it_was_stopped() -> None:
    async def work() -> None:
        ticks, stage = Ticks(), _Stage()
        loop = Loop(stage, 0.01, ticks)
        await loop.start()
        async with asyncio.timeout(240):
            while stage.count < 2:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        assert [beat.name for beat in ticks.beats.all()] == ["remind"]
        await loop.stop()
        assert ticks.beats.all() == []

    asyncio.run(work())
