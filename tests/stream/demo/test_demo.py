"""``bellwether demo`` as a newcomer runs it, in a terminal and without one."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.publisher import Publisher
from stream.pipeline.topics import Topics
from tests.output import read_until
from tests.processes import ended

pytestmark = pytest.mark.slow

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


def _publish_to(env: Path, document: dict[str, str]) -> None:
    (servers,) = re.findall("BELLWETHER_KAFKA=(.+)", env.read_text())
    with Publisher(KafkaAccess(servers)) as publisher:
        publisher.send([(Topics().news, None, json.dumps(document).encode())])


def _watch(folder: Path, columns: int, lines: int) -> tuple[int, list[str], str]:
    """Run the demo in a terminal; return its exit code, the screens that it showed, and all it said at the end."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    hidden = {"COLUMNS", "LINES", "CI", "NO_COLOR", "PYTEST_CURRENT_TEST"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"TMPDIR": str(folder), "TERM": "xterm-256color"}
    written = b""
    with ended(subprocess.Popen(COMMAND, env=environment, stdin=terminal, stdout=terminal, stderr=terminal)) as demo:
        os.close(terminal)
        with suppress(OSError):  # Linux ends the reading of a terminal whose last user has gone with an error
            while piece := os.read(main, 65_536):
                written += piece
        os.close(main)
        code = demo.wait(120)
    *screens, end = re.split(r"(?:\r?\x1b\[(?:1A|2K))+", written.decode(errors="replace"))
    return code, [_plain(screen) for screen in screens if screen.strip()], _plain(end)


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "")


def test_the_alert_is_seen_firing_and_the_rumour_stays_quiet(open_folder: Path) -> None:
    code, screens, said = _watch(open_folder, 80, 24)
    assert code == 0, said
    assert max(len(line) for screen in screens for line in screen.splitlines()) <= 80
    assert max(len(screen.splitlines()) for screen in screens) <= 24
    firing = [screen for screen in screens if re.search(r"^firing +[0-9a-f]{8} Castermere ", screen, re.MULTILINE)]
    # The alert stands for twelve seconds at least; how many screens that are, says how busy the machine is.
    assert firing, said
    assert all(
        re.search(r"Castermere, (warning|critical): \S+ of \S+ stories negative in", screen) for screen in firing
    )
    assert all(screen.count('    "') == 3 for screen in firing), firing[0]
    # The event has its own clock, and the crisis begins three hours before its end.
    assert "Played 13,931 records, counted 13,931, dead letters 0" in said
    assert re.search(r"Rumour about Vantreel Bank: 1,5\d\d posts, 1,500 copies, weighed [\d.]+: no alert\.", said)
    (fired,) = re.findall(r"Castermere fired at (\d\d:\d\d) \(alert [0-9a-f]{8}\): \S+ of \S+ negative", said)
    assert re.search(r"With it group banks \d\d:\d\d, Stock Movement \d\d:\d\d.*; all over at \d\d:\d\d\.", said)
    now = datetime.now(UTC)
    age = (now - datetime.combine(now.date(), datetime.strptime(fired, "%H:%M").time(), UTC)) % timedelta(days=1)
    assert timedelta(hours=2) < age < timedelta(hours=4)
    # Whoever is told of the end was told of the beginning.
    (told,) = re.findall(r"Webhooks: (.+); signatures valid\.", said)
    assert re.fullmatch(r"alert\.firing(, alert\.updated)*, alert\.resolved", told), said
    assert _left_behind(open_folder) == []


def test_in_chinese_the_same_happens(open_folder: Path) -> None:
    with ended(_start(open_folder, "--language", "zh", "--speed", "max")) as demo:
        (env,) = re.findall(r"/\S+/env$", read_until(demo.stdout, "/env"), re.MULTILINE)
        # Commands in another shell go by the rules and the names of the worker.
        names = re.findall(r"^export BELLWETHER_(RULES|WATCHLIST|LANGUAGE)=", Path(env).read_text(), re.MULTILINE)
        assert sorted(names) == ["LANGUAGE", "RULES", "WATCHLIST"]
        said, _ = demo.communicate(timeout=500)
    assert demo.returncode == 0, said
    (played,) = re.findall(r"播放 ([\d,]+) 条记录，计入 \1 篇，死信 0 条", said)
    assert int(played.replace(",", "")) > 13_000
    assert re.search(r"汀泽银行的传闻：1,5\d\d 条帖子，1,500 条复制，折合 [\d.]+ 篇，未触发预警。", said), said
    assert re.search(
        r"^  晨川银行于 \d\d:\d\d 触发预警（编号 [0-9a-f]{8}）：\S+ 篇中负面 \S+ 篇", said, re.MULTILINE
    ), said
    # The run on the bank is the only event, whatever else was written in these days.
    assert said.count("触发预警（") == 1, said
    # At full speed the end may come before the beginning was sent; both are told in one then.
    assert re.search(r"Webhook：(alert\.\w+，)*alert\.resolved；签名均有效。", said), said
    assert _left_behind(open_folder) == []


TABLE = b"time,headline\n2026-11-28,Shares fall\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "it is empty"),
        (b"nonsense\n{}\n", "none of 2 lines is a document; .*line 1: not JSON"),
        (TABLE, "no column was known as the source; there are time, headline; write --source NAME"),
        (b'{"text": "no source"}\n', "its only line is no document"),
    ],
    ids=["missing", "empty", "no JSON", "no source", "no documents"],
)
def test_a_feed_without_documents_is_refused_before_anything_starts(
    open_folder: Path, content: bytes | None, reason: str
) -> None:
    feed = open_folder.parent / f"{open_folder.name}{'.csv' if content == TABLE else '.jsonl'}"
    if content is not None:
        feed.write_bytes(content)
    with ended(_start(open_folder, "--feed", str(feed))) as demo:
        said, _ = demo.communicate(timeout=300)
    feed.unlink(missing_ok=True)
    assert demo.returncode == 2
    assert re.search(reason, said), said
    assert "Traceback" not in said
    assert "broker" not in said


def test_two_run_side_by_side_and_stop_when_asked(open_folder: Path) -> None:
    feed = open_folder.parent / f"{open_folder.name}.jsonl"
    documents = [{"id": f"d{n}", "source": "s", "text": f"Shares fall {n} points"} for n in range(50)]
    feed.write_text("".join(json.dumps(document) + "\n" for document in documents) + "not json\n")
    demos = [_start(open_folder, "--feed", str(feed), "--hold") for _ in range(2)]
    try:
        for demo in demos:
            said = read_until(demo.stdout, "holding")
            assert "Played 51 records, counted 50, dead letters 1" in said
            (env,) = re.findall(r"^  \. (/\S+/env)$", said, re.MULTILINE)
        _publish_to(Path(env), {"source": "me", "text": "Castermere plunges"})
        # The view comes back with it; the second demo is the one that was published to.
        assert ", 51 documents," in read_until(demos[-1].stdout, "documents")
        for demo, stop in zip(demos, (signal.SIGINT, signal.SIGTERM), strict=True):
            demo.send_signal(stop)
            demo.communicate(timeout=300)  # 2 to 6 s where it was measured; a hang is what must not pass
            assert demo.returncode == 0
        assert _left_behind(open_folder) == []
    finally:
        feed.unlink()
        for demo in demos:
            demo.kill()
            demo.communicate()  # what is left open would fail a test that comes later
