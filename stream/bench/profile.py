"""Where the worker's processor time goes: the deployment of ``bench pipeline`` at full load under a sampler."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from stream.adapters.files.temporary import temporary_folder
from stream.bench.pipeline import full_load
from stream.bench.profile_parts import Part, parts_of, read_samples
from stream.bench.running import running_worker, warm_up
from stream.bench.texts import different_documents, invented_documents
from stream.errors import EmbeddedError, SettingsError

# Samples a second. Reading a deep stack takes some milliseconds, in which the process stands still.
RATE = 50
WARM = 500  # documents that go before: imports, first shapes of the model, an empty memory of stories
TO_END = 60  # seconds for py-spy to write what it has


class ProfileResult(msgspec.Struct, frozen=True):
    """Processor time of a worker for each of ``documents``, in microseconds, whole and by part.

    ``rate`` is documents a second under the sampler; ``samples`` says how well the parts are known.
    """

    documents: int
    rate: float
    samples: int
    microseconds: float
    parts: list[Part]


def bench_profile(count: int, file: Path | None = None) -> ProfileResult:
    """Send ``count`` documents as fast as they are taken, and say what the worker does meanwhile.

    They are those of ``file``, no text twice, or invented ones.

    Raises:
        DatasetError: the file has too few documents.
        SettingsError: py-spy is not installed, or this is no Linux.
        EmbeddedError: a server or the worker ended, or py-spy may not look into it.
    """
    sampler, most = find_sampler(), count + WARM
    documents = invented_documents(most) if file is None else different_documents(file, most, most)
    with temporary_folder("bellwether-profile-") as folder, running_worker() as running:
        pid, output = running.worker.pid or 0, folder / "stacks"
        warm_up(running)
        full_load(running, documents[:WARM])
        with _sampled(sampler, pid, output):
            before = thread_seconds(pid)
            rate = full_load(running, documents[WARM:])
            after = thread_seconds(pid)
        samples = read_samples(output.read_text().splitlines())
    seconds = {thread: time - before.get(thread, 0.0) for thread, time in after.items()}
    parts = parts_of(samples, seconds, count)
    return ProfileResult(count, rate, sum(one.times for one in samples), sum(seconds.values()) / count * 1e6, parts)


def find_sampler() -> str:
    """Return the path of py-spy. Raises SettingsError with what to install where it is not there."""
    if not Path("/proc/self/task").is_dir():
        raise SettingsError("bench profile needs /proc, which Linux has")
    found = shutil.which("py-spy", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if found is None:
        raise SettingsError(
            "py-spy is not installed; bench profile needs: pip install -e '.[profile]' in the project's folder"
        )
    return found


def thread_seconds(pid: int) -> dict[int, float]:
    """Return the processor time of each thread of a process, user's and system's, in seconds. See proc(5), ``stat``."""
    tick, seconds = os.sysconf("SC_CLK_TCK"), {}
    for place in Path(f"/proc/{pid}/task").iterdir():
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        seconds[int(place.name)] = (int(fields[11]) + int(fields[12])) / tick
    return seconds


@contextmanager
def _sampled(sampler: str, pid: int, output: Path) -> Iterator[None]:
    """Sample all threads of a process that are not idle.

    It stops for each sample. A stack that is read while it changes ends too early, and would count for the event loop.
    """
    words = ["record", "--format", "raw", "--threads", "--rate", str(RATE)]
    log = output.with_suffix(".log")
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sampler, *words, "--duration", "3600", "--pid", str(pid), "--output", str(output)],
            stdout=said,
            stderr=said,
        )
    try:
        yield
        process.send_signal(signal.SIGINT)  # at which it writes what it has
        process.wait(TO_END)
    finally:
        process.kill()
        process.wait()
    if not output.is_file():
        raise EmbeddedError(f"py-spy could not read the worker: {log.read_text(errors='replace')[-500:].strip()}")
