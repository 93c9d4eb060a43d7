"""To which part of a worker's work a sampled stack belongs, and what the parts take of its processor time. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

OTHER, NATIVE = "other", "threads that run no Python"
# Part -> what marks it, as "function (file" of a frame. The innermost frame that is marked decides; so a library's
# frames count for the part that called it, and what a part hands to another counts there.
PARTS: Mapping[str, Sequence[str]] = {
    "decode": (
        r"\(stream/pipeline/documents/(document|intake|masking|conversion|readable|sources|times)\.py",
        r"_parse \(stream/worker/stages/classify",
        r"_read \(stream/worker/stages/aggregate",
        r"read_scored ",
    ),
    "tokenising": (
        r"_start \(models/classifier",
        r"encode\w* \(tokenizers",
        r"\(models/(text|spans)\.py",
        r"\(models/runtime/batching",
    ),
    "model": (r"run \(onnxruntime", r"\(models/(classifier|cache|calibration|loading)\.py", r"\(models/runtime/"),
    "language and cleaning": (
        r"\(models/(language|selection)\.py",
        r"\(models/cleaning/",
        r"\(py3langid/",
        r"\(opencc/",
        r"\(stream/pipeline/documents/(reading|languages|parts)\.py",
    ),
    "story": (r"\(stream/pipeline/stories/",),
    "watchlist": (
        r"\(stream/pipeline/documents/(places|watchlist|names|tickers|ambiguity|exchanges|entities|relevance)\.py",
    ),
    "Redis": (r"\(stream/adapters/redis/", r"\(redis/"),
    "produce": (r"\(stream/worker/outcomes\.py", r"\(aiokafka/producer/", r"\(faust/transport/producer"),
    "acknowledge": (r"\back\w* \(", r"\(stream/adapters/kafka/positions\.py"),
    "commit": (r"commit\w* \((faust|aiokafka)/",),
    "windows": (
        r"\(stream/pipeline/progress/",
        r"\(stream/pipeline/windows/",
        r"\(stream/worker/stages/aggregate",
        r"\(stream/worker/continuity\.py",
    ),
    "rules and loops": (
        r"\(stream/pipeline/(detect|rules|notify)/",
        r"\(stream/worker/stages/",
        r"\(stream/adapters/postgres/",
        r"\(stream/worker/(health|heartbeats|watchdog|loops)\.py",
    ),
    "Faust and event loop": (
        r"\((faust|mode|aiokafka|asyncio|uvloop|kafka)/",
        r"\(stream/adapters/kafka/(batch_consumer|record_queue|transport)\.py",
        r"\(stream/worker/batches\.py",
    ),
}
_MARKS = [(re.compile("|".join(marks)), part) for part, marks in PARTS.items()]
# Innermost frames of threads that wait: a sampler takes some for busy, but their time was spent in other stacks.
_WAITING = re.compile(r"_worker \(concurrent/futures/thread|select \(selectors|sigwait \(signal")
_LINE = re.compile(r"thread \((\d+)\)[^;]*;(.*) (\d+)")


class Part(msgspec.Struct, frozen=True):
    """Processor time of a part of the work: microseconds for each document, and its share of the whole."""

    name: str
    microseconds: float
    share: float


class Sample(NamedTuple):
    """A stack as sampled ``times`` times in the thread of this number (Linux's), its frames from the outermost on."""

    thread: int
    frames: tuple[str, ...]
    times: int


def read_samples(lines: Iterable[str]) -> list[Sample]:
    """Return what py-spy wrote with ``--format raw --threads``; what is no such line is left out."""
    found = (_LINE.fullmatch(line.strip()) for line in lines)
    return [Sample(int(one[1]), tuple(one[2].split(";")), int(one[3])) for one in found if one]


def part_of(frames: Sequence[str]) -> str:
    """Return the part of the innermost frame that is marked.

    >>> part_of(["run (asyncio/runners.py:118)", "assign (stream/pipeline/stories/store.py:9)", "sub (re.py:185)"])
    'story'
    """
    for frame in reversed(frames):
        for marks, part in _MARKS:
            if marks.search(frame):
                return part
    return OTHER


def parts_of(samples: Iterable[Sample], seconds: Mapping[int, float], documents: int) -> list[Part]:
    """Return what each part took, the largest first.

    A sampler sees which stacks want a processor, not how long they get it. So each thread's processor time, as the
    kernel counts it, is split among its own stacks by their samples. The time of threads that were never sampled
    stands under :data:`NATIVE`.

    Args:
        samples: of all threads.
        seconds: of processor time by thread.
        documents: that were handled meanwhile.
    """
    by_thread: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for sample in samples:
        if _WAITING.search(sample.frames[-1]):
            continue
        by_thread[sample.thread][part_of(sample.frames)] += sample.times
    spent: dict[str, float] = defaultdict(float)
    for thread, time in seconds.items():
        counts = by_thread.get(thread, {NATIVE: 1})
        for part, count in counts.items():
            spent[part] += time * count / sum(counts.values())
    total = sum(spent.values()) or 1.0
    parts = [Part(name, time / documents * 1e6, time / total) for name, time in spent.items()]
    return sorted(parts, key=lambda part: -part.microseconds)
