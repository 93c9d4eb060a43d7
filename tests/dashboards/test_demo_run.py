"""The dashboards on what a real run writes: the demo's scenario, up to the middle of its crisis, through all stages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dashboards.build import committed
from stream.demo.scenario import CRISIS_BEFORE_END, generate
from tests.dashboards.frames import ask, complaints, connect, period_of, queries

pytestmark = pytest.mark.slow

INTO_THE_CRISIS = timedelta(minutes=25)


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The URL of the database of a demo that holds, with an alert that fires."""
    now = datetime.now(UTC)
    end = now + CRISIS_BEFORE_END - INTO_THE_CRISIS
    with TemporaryDirectory(prefix="bellwether-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # root runs Postgres as another user
        feed = folder / "feed.jsonl"
        documents = [item.document for item in generate(7, end, days=2, per_day=1500, copies=100) if item.at < now]
        feed.write_text("".join(json.dumps(document) + "\n" for document in documents))
        yield from _holding(folder, feed)


def _holding(folder: Path, feed: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "stream", "demo", "--feed", str(feed), "--hold"]
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    said = ""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        try:
            assert run.stdout is not None
            for line in run.stdout:
                said += line
                if "holding" in line:
                    break
            else:
                raise AssertionError(said)
            (env,) = {*re.findall(r"\. (/\S+/env)$", said, re.MULTILINE)}
            (url,) = re.findall(r"BELLWETHER_POSTGRES=(\S+)", Path(env).read_text())
            yield url
        finally:
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=60)


def test_every_query_draws_what_the_demo_wrote(demo: str) -> None:
    now = datetime.now(UTC)
    with connect(demo) as connection:
        [alert_id, series] = connection.execute(
            "SELECT id, series FROM alerts WHERE status <> 'resolved'"
        ).fetchone() or (
            "no alert",
            "none",
        )
        connection.rollback()
        values = {"series": series, "alert_id": alert_id}
        empty = []
        for uid, dashboard in committed().items():
            for name, panel, target in queries(dashboard):
                frame = ask(connection, target, period_of(panel, now - timedelta(hours=6), now), values)
                assert complaints(frame, target["format"]) == [], f"{uid}: {name}"
                empty += [] if frame.rows else [f"{uid}: {name}"]
        assert empty == ["bellwether-pipeline: Whose documents come too late to count?"]  # in the demo none does
        verdict = next(target for name, _, target in queries(committed()["bellwether-overview"]) if "anything" in name)
        assert ask(connection, verdict, period_of({}, now, now), {}).rows == [(2,)]  # an alert is open
