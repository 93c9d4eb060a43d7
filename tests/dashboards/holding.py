"""A demo that holds, for the dashboards: its scenario up to now, in the middle of its crisis."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.publisher import Publisher
from stream.demo.english import ENGLISH
from stream.demo.scenario import CRISIS_BEFORE_END, Published, Sizes, generate
from stream.demo.watched import demo_watchlist
from stream.pipeline.topics import Topics


@dataclass(frozen=True, slots=True)
class Scenario:
    """How much is played, and how long ago the crisis began when the playing begins; see ``generate``."""

    into_the_crisis: timedelta
    days: int = 2
    per_day: int = 1500
    copies: int = 100


@dataclass(frozen=True, slots=True)
class Held:
    """Where a demo that holds can be reached, and what of its scenario is still to come.

    ``settings`` are the variables of its servers, ``worker`` is the URL of the worker's health page, without a path.
    """

    settings: dict[str, str]
    worker: str
    to_come: list[Published]
    folder: Path

    @property
    def postgres(self) -> str:
        """The URL of the database."""
        return self.settings["BELLWETHER_POSTGRES"]


@contextmanager
def holding(scenario: Scenario) -> Iterator[Held]:
    """Play all that was published by now as fast as it goes, with the demo's watchlist, and stay."""
    now = datetime.now(UTC)
    end = now + CRISIS_BEFORE_END - scenario.into_the_crisis
    published = list(generate(7, end, Sizes(scenario.days, scenario.per_day, copies=scenario.copies)))
    with TemporaryDirectory(prefix="bellwether-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # root runs Postgres as another user
        feed, watchlist = folder / "feed.jsonl", folder / "watchlist.yaml"
        feed.write_text("".join(json.dumps(item.document) + "\n" for item in published if item.at < now))
        watchlist.write_bytes(demo_watchlist(ENGLISH.names))
        to_come = [item for item in published if item.at >= now]
        with _run(folder, feed, watchlist) as (settings, worker):
            yield Held(settings, worker, to_come, folder)


def play_on(held: Held, enough: Callable[[], bool], deadline: timedelta = timedelta(minutes=45)) -> None:
    """Publish what is still to come, each document in its own time, until it is enough.

    Raises:
        AssertionError: it never was.
    """
    topics, waiting = Topics(), deque(held.to_come)
    with Publisher(KafkaAccess(held.settings["BELLWETHER_KAFKA"])) as publisher:
        last = datetime.now(UTC) + deadline
        while not enough():
            now = datetime.now(UTC)
            assert now < last, "what was waited for did not come"
            due: list[tuple[str, bytes | None, bytes]] = []
            while waiting and waiting[0].at <= now:
                item = waiting.popleft()
                due.append((getattr(topics, item.feed), None, json.dumps(item.document).encode()))
            publisher.send(due)
            time.sleep(1)


@contextmanager
def _run(folder: Path, feed: Path, watchlist: Path) -> Iterator[tuple[dict[str, str], str]]:
    command = [sys.executable, "-m", "stream", "demo", "--feed", str(feed), "--speed", "max", "--hold"]
    variables = {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", "BELLWETHER_WATCHLIST": str(watchlist)}
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, env=os.environ | variables, text=True, **output) as run:  # type: ignore[call-overload]
        try:
            said = _until_it_holds(run.stdout)
            (env,) = {*re.findall(r"\. (/\S+/env)$", said, re.MULTILINE)}
            (worker,) = re.findall(r"^health and metrics: (\S+)/healthz", said, re.MULTILINE)
            yield dict(re.findall(r"(BELLWETHER_\w+)=(\S+)", Path(env).read_text())), worker
        finally:
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=300)


def _until_it_holds(output: IO[str]) -> str:
    said = ""
    for line in output:
        said += line
        if "holding" in line:
            return said
    raise AssertionError(said)
