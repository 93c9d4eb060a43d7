"""What the profile makes of stacks: which part they belong to, and that the parts add up to the processor time."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from stream.bench.profile import find_sampler, thread_seconds
from stream.bench.profile_parts import NATIVE, OTHER, PARTS, part_of, parts_of, read_samples
from stream.errors import SettingsError

ROOT = Path(__file__).parents[3]
LOOP = "run (asyncio/runners.py:118);_run (stream/worker/batches.py:80)"


@pytest.mark.parametrize(
    ("stack", "part"),
    [
        (LOOP, "Faust and event loop"),
        (
            f"{LOOP};_parse (stream/worker/stages/classify.py:99);read (stream/pipeline/documents/masking.py:9)",
            "decode",
        ),
        (f"{LOOP};assign (stream/pipeline/stories/store.py:30);sub (re.py:9)", "story"),
        (
            f"{LOOP};assign (stream/pipeline/stories/store.py:30);go (stream/adapters/redis/story_store.py:9)",
            "Redis",
        ),
        (f"{LOOP};ack (faust/events.py:3)", "acknowledge"),
        (f"{LOOP};_commit_offsets (faust/transport/consumer.py:3)", "commit"),
        (f"{LOOP};pack (struct.py:3)", "Faust and event loop"),
        (f"{LOOP};send (stream/worker/outcomes.py:3);add (aiokafka/producer/producer.py:9)", "produce"),
        ("_worker (thread.py:5);_run (models/classifier.py:9);run (onnxruntime/capi/session.py:1)", "model"),
        ("_worker (thread.py:5);_start (models/classifier.py:9);normalise (models/text.py:1)", "tokenising"),
        ("main (/elsewhere.py:3)", OTHER),
    ],
)
def test_the_innermost_frame_that_is_known_says_the_part(stack: str, part: str) -> None:
    assert part_of(stack.split(";")) == part


def test_processor_time_is_split_thread_by_thread_and_adds_up() -> None:
    lines = [
        "thread (7): MainThread;a (stream/pipeline/stories/store.py:1) 30",
        "thread (7): MainThread;b (redis/client.py:1) 10",
        "thread (8): model_0;run (onnxruntime/session.py:1) 400",
        "thread (8): model_0;_worker (concurrent/futures/thread.py:83) 100",
        "a line of another kind",
    ]
    parts = parts_of(read_samples(lines), {7: 4.0, 8: 5.0, 9: 1.0}, documents=1000)
    assert {part.name: (part.microseconds, part.share) for part in parts} == {
        "story": pytest.approx((3000, 0.3)),
        "Redis": pytest.approx((1000, 0.1)),
        "model": pytest.approx((5000, 0.5)),
        NATIVE: pytest.approx((1000, 0.1)),
    }
    assert parts[0].name == "model"


def test_each_file_that_a_part_names_is_there() -> None:
    """A module that is renamed would silently count as another part."""
    names = re.compile(r"\\\((?:stream|models)/.*")
    ours = [found[0] for marks in PARTS.values() for mark in marks if (found := names.search(mark))]
    files = [f"({path.relative_to(ROOT)}:1)" for top in ("stream", "models") for path in (ROOT / top).rglob("*.py")]
    assert len(ours) > 15
    assert [mark for mark in ours if not any(re.search(mark, file) for file in files)] == []


def test_threads_of_a_process_have_their_time() -> None:
    sum(range(3_000_000))
    assert thread_seconds(os.getpid())[os.getpid()] > 0


def test_without_py_spy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(SettingsError, match=r"pip install -e '\.\[profile\]'"):
        find_sampler()
