"""``bellwether demo`` as a newcomer runs it, without a terminal."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "stream", "demo"]


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [*COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _left_behind(folder: Path) -> list[str]:
    """Return the command lines of processes that were started with something in ``folder``, and its files."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has just ended
        if str(folder) in line:
            found.append(line)
    return found + [str(path) for path in folder.iterdir()]


def _read_until(demo: subprocess.Popen[str], text: str) -> str:
    assert demo.stdout is not None
    said = ""
    for line in demo.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(said)


def test_the_crisis_alerts_and_the_rumour_does_not(open_folder: Path) -> None:
    demo = _start(open_folder)
    said, _ = demo.communicate(timeout=400)
    assert demo.returncode == 0, said
    assert "dead letters 0" in said
    (received, valid) = re.findall(r"webhooks received: (\d+), with a valid signature: (\d+)", said)[0]
    assert received == valid
    summary = said[said.index("\nalerts: ") :]
    fired = re.findall(r"topic:(.+) fired (\S+ \S+) UTC, resolved (\S+ \S+) UTC", summary)
    assert "Stock Movement" in {topic for topic, _, _ in fired}
    # What is over before it could be sent is no news, and alerts of one event are told together.
    assert int(received) >= 1
    told = re.findall(r"alert\.resolved (.+?), signature valid", said)
    assert told, said
    for _, at, _ in fired:
        # The crisis begins three hours before the end; the rumour runs more than a day before it.
        age = datetime.now(UTC) - datetime.fromisoformat(f"{at}+00:00")
        assert age.total_seconds() < 4 * 3600, said
    assert _left_behind(open_folder) == []


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_two_run_side_by_side_and_stop_within_five_seconds(open_folder: Path, stop: signal.Signals) -> None:
    feed = open_folder.parent / f"{open_folder.name}.jsonl"
    documents = [{"id": f"d{n}", "source": "s", "text": f"Shares fall {n} points"} for n in range(50)]
    feed.write_text("".join(json.dumps(document) + "\n" for document in documents) + "not json\n")
    demos = [_start(open_folder, "--feed", str(feed), "--hold") for _ in range(2)]
    try:
        for demo in demos:
            said = _read_until(demo, "holding")
            assert "counted 50" in said
            assert "dead letters 1" in said
        for demo in demos:
            began = time.monotonic()
            demo.send_signal(stop)
            demo.communicate(timeout=30)
            assert time.monotonic() - began < 5
            assert demo.returncode == 0
        assert _left_behind(open_folder) == []
    finally:
        feed.unlink()
        for demo in demos:
            demo.kill()
