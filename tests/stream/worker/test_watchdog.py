"""The watchdog ends a process that does not end by itself: each way in a process of its own, with its code and line."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import ended
from tests.standstill import still

Process = subprocess.Popen[str]
Start = Callable[..., Process]
AT_MOST = 400.0  # generous: the machine may be busy

PRELUDE = """
import asyncio, os, signal, sys, threading, time
from stream.worker.heartbeats import Heartbeats
from stream.worker.signals import StopSignals
from stream.worker.watchdog import Limits, Watchdog

class Worker:
    def __init__(self):
        self.loop, self.should_stop = asyncio.new_event_loop(), False

worker, beats, signals, standing = Worker(), Heartbeats(), StopSignals(), []
signals.take()
limits = Limits(LIMITS)
dog = Watchdog(beats, lambda: standing, limits)

def stop(number):
    worker.should_stop = True
    worker.loop.call_later(0.1, worker.loop.stop)

async def say():
    print("ready", flush=True)

def run(work=None, stop=stop):
    dog.watch(worker, signals, stop)
    worker.loop.call_soon(lambda: asyncio.ensure_future(say()))
    if work:
        worker.loop.call_later(0.2, work)
    worker.loop.run_forever()
"""


LONG = 200.0  # seconds, of the limits that a test is not about: a busy machine does not reach them


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program after the prelude, with some of its limits; wait until its loop turns."""
    with ExitStack() as stack:

        def started(program: str, prelude: str = PRELUDE, **limits: float) -> Process:
            values = {**dict.fromkeys(("stopping", "turning", "moving"), LONG), **limits}
            command = [sys.executable, "-c", prelude.replace("LIMITS", f"**{values}") + program]
            process = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stderr is not None
            if process.stdout.readline() != "ready\n":
                pytest.fail(process.stderr.read())
            return process

        yield started


STUCK = """
def stuck():
    print("stuck", flush=True)
    time.sleep(1000)
run(stuck)
"""


def _line(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _wait_until_taken(process: Process, number: signal.Signals) -> None:
    """Wait until a signal waits no more: of two of a kind that wait, only one would come."""
    while int(re.findall(r"ShdPnd:\t(\w+)", _status(process))[0], 16) & (1 << (number - 1)):
        time.sleep(0.005)
    time.sleep(0.3)  # and the thread that took it has noted it


def _status(process: Process) -> str:
    return Path(f"/proc/{process.pid}/status").read_text()


def _ended(process: Process) -> tuple[int, str]:
    _, err = process.communicate(timeout=AT_MOST)
    return process.returncode, err.strip()


def test_a_process_that_is_asked_to_stop_and_does_is_left_alone(start: Start) -> None:
    process = start("run()")
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    assert _ended(process) == (0, "")


def test_stopping_that_hangs_is_ended(start: Start) -> None:
    process = start("def stop(number): worker.should_stop = True\nrun(stop=stop)", stopping=2.0)
    process.send_signal(signal.SIGTERM)
    code, line = _ended(process)
    assert code == 3
    assert line.startswith("bellwether: ended by its watchdog: it did not stop within 2 s of SIGTERM; it was in ")
    assert "\n" not in line


def test_a_crash_whose_stopping_hangs_is_ended(start: Start) -> None:
    code, line = _ended(start("def crash(): worker.should_stop = True\nrun(crash)", stopping=2.0))
    assert (code, "it did not stop within 2 s of an error" in line) == (3, True)


@pytest.mark.parametrize("hang", ["while True: pass", "time.sleep(1000)"], ids=["busy", "blocked"])
def test_a_loop_that_does_not_turn_is_ended_and_the_line_says_where_it_hangs(start: Start, hang: str) -> None:
    code, line = _ended(start(f"def stuck():\n    {hang}\nrun(stuck)", turning=3.0))
    assert code == 4
    assert "the event loop has not turned for" in line
    assert "in stuck (" in line


def test_sigterm_ends_a_loop_that_hangs(start: Start) -> None:
    process = start(STUCK, stopping=2.0)
    assert _line(process) == "stuck\n"
    process.send_signal(signal.SIGTERM)
    code, line = _ended(process)
    assert (code, "within 2 s of SIGTERM" in line) == (3, True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_second_signal_ends_at_once_also_while_the_loop_hangs(
    start: Start, number: signal.Signals, code: int
) -> None:
    process = start(STUCK)
    assert _line(process) == "stuck\n"
    process.send_signal(signal.SIGTERM)
    _wait_until_taken(process, signal.SIGTERM)
    process.send_signal(number)
    assert _ended(process) == (code, f"bellwether: ended at once: {number.name} came while it was stopping")


def test_a_stage_that_ends_no_tick_is_named(start: Start) -> None:
    code, line = _ended(start("beats.expect('detect', 0.5)\nrun()", moving=4.0))
    assert (code, "detect: no tick has ended for" in line) == (5, True)
    hanging = "beats.expect('classify', float('inf'))\ntick = beats.tick('classify')\ntick.__enter__()\nrun()"
    code, line = _ended(start(hanging, moving=4.0))
    assert (code, "classify: no tick has ended for" in line) == (5, True)


def test_a_partition_that_does_not_move_is_named(start: Start) -> None:
    code, line = _ended(start("run(lambda: standing.append('g: news/1: 5 records wait'))", moving=4.0))
    assert (code, line) == (6, "bellwether: ended by its watchdog: g: news/1: 5 records wait")


def test_time_in_which_the_whole_process_was_frozen_is_not_held_against_it(start: Start) -> None:
    program = "beats.expect('detect', 0.5)\nworker.loop.call_later(13, worker.loop.stop)\nrun()"
    process = start(program, turning=8.0, moving=8.0)
    with still(process.pid):
        time.sleep(12)
    assert _ended(process) == (0, "")


def test_a_thread_that_was_there_before_does_not_die_of_the_signal(start: Start) -> None:
    """As numpy starts some when it is imported: they do not block it."""
    early = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    process = start("run()", PRELUDE.replace("signals.take()\n", early + "signals.take()\n"))
    process.send_signal(signal.SIGTERM)
    assert _ended(process) == (0, "")


WORKER = [sys.executable, "-m", "stream", "worker"]


@pytest.mark.parametrize("after", [0.0, 0.5, 2.0, 4.0])
def test_a_worker_that_is_asked_to_stop_while_it_begins_ends_in_order(after: float) -> None:
    """Whatever it is at: its imports, the model's load, or its first connection, which gets no answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent, ExitStack() as stack:
        environment = {**os.environ, "BELLWETHER_KAFKA": f"127.0.0.1:{silent.getsockname()[1]}"}
        environment["BELLWETHER_HTTP_PORT"] = "0"
        process = stack.enter_context(subprocess.Popen(WORKER, stderr=subprocess.PIPE, env=environment, text=True))
        stack.callback(process.kill)
        while "SigBlk:\t0000000000004002" not in _status(process):
            time.sleep(0.005)
        time.sleep(after)
        process.send_signal(signal.SIGTERM)
        code, err = _ended(process)
        assert code == 0, err


def test_a_worker_whose_broker_is_not_there_says_so_in_its_last_line() -> None:
    environment = {**os.environ, "BELLWETHER_KAFKA": "127.0.0.1:1", "BELLWETHER_HTTP_PORT": "0"}
    with ended(subprocess.Popen(WORKER, stderr=subprocess.PIPE, env=environment, text=True)) as process:
        code, err = _ended(process)
    assert code == 1
    told = "no broker answered at 127.0.0.1:1; is Kafka running, and is BELLWETHER_KAFKA its address?"
    assert err.splitlines()[-1] == f"bellwether: the worker ended: KafkaConnectionError: {told}"
    assert "Traceback" not in err
