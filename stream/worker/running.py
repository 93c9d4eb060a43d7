"""A worker's services as one process: how it starts, how it is asked to stop, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import mode.worker
import typer
from aiokafka.errors import KafkaConnectionError
from mode import Service

from stream.adapters.kafka.access import SERVERS
from stream.errors import AccessError, BellwetherError, SettingsError
from stream.worker.signals import STOP_SIGNALS

_HOST = re.compile(r"\('([^']+)', (\d+),")  # as aiokafka lists whom it asked


class ServiceGroup(Service):
    """Starts services side by side: joining a consumer group takes seconds, and one app need not wait for the other."""

    def __init__(self, services: list[Any]) -> None:
        super().__init__()
        self._services = services

    async def on_start(self) -> None:
        """Start them all."""
        await asyncio.gather(*map(self.add_runtime_dependency, self._services))


class Worker(mode.worker.Worker):
    """Mode's worker, which Faust's is made of: Faust's own starts one app after the other and draws on the terminal."""

    async def _sentinel_task(self) -> None:
        """Do without the second that Mode sleeps when everything has stopped: supervisors wait for it."""

    def install_signal_handlers(self) -> None:
        """Leave SIGTERM and SIGINT to the watchdog; SIGUSR1 tells what all tasks are at."""
        self.loop.add_signal_handler(signal.SIGUSR1, self._on_sigusr1)

    @property
    def start_error(self) -> BaseException | None:
        """Why it did not start."""
        start = self._starting_fut
        return start.exception() if start and start.done() and not start.cancelled() else None

    def ask_to_stop(self, number: signal.Signals) -> None:
        """Stop; called in the event loop."""
        self._schedule_shutdown(number)


def run(worker: Worker, told: Callable[[str], str] = str) -> NoReturn:
    """Run until it ends, and end the process; an error is told in the last line, which ``told`` translates."""
    logging.setLogRecordFactory(without_our_tracebacks)
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        # What did not come about because it was stopped, as a first connection, is no error.
        error = worker.crash_reason or (None if STOP_SIGNALS.received else worker.start_error)
        _leave(_code(ended, error), error, told)
    raise AssertionError("unreachable: mode exits")


def _code(ended: SystemExit, error: BaseException | None) -> int:
    """Return the exit code, as docs/operations.md has it."""
    if isinstance(error, (SettingsError, AccessError)):
        return 2
    return 0 if STOP_SIGNALS.received and error is None else int(ended.code or 0)


def without_our_tracebacks(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """Return a log record; an error of ours says in its message what went wrong, and needs no ninety lines of stack.

    Nor does a broker that is away.
    """
    record = logging.LogRecord(*args, **kwargs)
    if record.exc_info and isinstance(record.exc_info[1], (BellwetherError, KafkaConnectionError)):
        record.exc_info = record.stack_info = None
    return record


def _leave(code: int, error: BaseException | None, told: Callable[[str], str]) -> NoReturn:
    """End the process: threads that still wait for an answer would keep it, and have nothing more to do."""
    if error is not None:
        typer.echo(told(f"bellwether: the worker ended: {type(error).__name__}: {_reason(error)}"), err=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _reason(error: BaseException) -> str:
    """Return what went wrong, and of a broker that is away, where its address comes from.

    >>> _reason(KafkaConnectionError("Unable to bootstrap from [('127.0.0.1', 9, <AddressFamily.AF_INET: 2>)]"))
    'no broker answered at 127.0.0.1:9; is Kafka running, and is BELLWETHER_KAFKA its address?'
    """
    if not isinstance(error, KafkaConnectionError):
        return str(error)
    servers = ", ".join(":".join(place) for place in _HOST.findall(str(error)))
    what = f"no broker answered at {servers}" if servers else str(error).partition(": ")[2]
    return f"{what}; is Kafka running, and is {SERVERS} its address?"
