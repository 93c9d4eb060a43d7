"""How many sources does one core read, how politely, and how late is an item in Kafka?

Sources on loopback, each a host of its own (all of 127.0.0.0/8 is this machine), answer as most servers do: an ETag,
and 304 while nothing is new. One worker of the stage ``feeds`` reads them, on one core.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from random import Random
from threading import Event, Thread

import msgspec
from aiohttp import web

from stream.adapters.files.temporary import temporary_folder
from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.records import read_topic
from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.documents.json_record import RawDocument
from stream.pipeline.topics import Topics
from stream.settings import load_settings
from stream.worker.preparation import prepare

ITEMS = 30  # in each feed, as news outlets have
NEW_EVERY = 3600.0  # seconds between two new items of a source, on average
MOST_WAIT = 600.0  # seconds for the first look at all sources
DAY = 86_400.0


class FeedsResult(msgspec.Struct, frozen=True):
    """What reading cost, over ``seconds`` after each source was read once; MB are 10**6 bytes."""

    sources: int
    seconds: float
    first_sweep_seconds: float
    requests_per_source_and_day: float
    unchanged_share: float
    cpu_share: float
    memory_mb: float
    items: int
    lost: int
    repeated: int
    lag_median: float
    lag_most: float


class _Wires:
    """The sources: some items each, and new ones at random times."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self.count, self._pick = count, Random(seed)  # noqa: S311 - invented news
        now = time.time()
        self.items = [[now - 60.0 * (n + 1) for n in range(ITEMS)] for _ in range(count)]
        self.numbers = [0] * count
        self.answers: list[int] = []

    def add(self, seconds: float) -> None:
        """Add what appears within so many seconds."""
        for number in range(self.count):
            if self._pick.random() < seconds / NEW_EVERY:
                self.items[number].insert(0, time.time())
                self.numbers[number] += 1

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as a server of feeds does."""
        number = int(request.match_info["number"])
        tag = f'"{self.numbers[number]}"'
        unchanged = request.headers.get("If-None-Match") == tag
        self.answers.append(304 if unchanged else 200)
        if unchanged:
            return web.Response(status=304, headers={"ETag": tag})
        newest = self.numbers[number] + ITEMS
        items = (
            f"<item><title>Wire {number}, news {newest - place}: shares of the bank fall</title>"
            f"<guid>{newest - place}</guid><link>https://example.org/{number}/{newest - place}</link>"
            f"<description>{'Some words of a lead. ' * 10}</description>"
            f"<pubDate>{format_datetime(datetime.fromtimestamp(at, UTC))}</pubDate></item>"
            for place, at in enumerate(self.items[number][:ITEMS])
        )
        body = f'<rss version="2.0"><channel><title>Wire {number}</title>{"".join(items)}</channel></rss>'
        return web.Response(body=body.encode(), headers={"ETag": tag, "Content-Type": "application/rss+xml"})


def bench_feeds(count: int, minutes: float, every: str) -> FeedsResult:
    """Read ``count`` sources, each at most ``every`` so often, for so many minutes after the first look at each.

    Raises:
        EmbeddedError: a server or the worker did not start, or ended.
    """
    wires = _Wires(count)
    with (
        _serving(wires) as port,
        temporary_folder("bellwether-bench-") as folder,
        Servers(folder) as servers,
    ):
        prepare(load_settings(**servers.settings, name="bellwether", partitions=4, replication=1))
        path = folder / "sources.yaml"
        path.write_text(_file(count, port, every))
        settings = {**servers.settings, "feeds": str(path), "feeds_contact": "bench@example.org"}
        with WorkerProcess(settings, folder / "worker.log", ["feeds"]) as worker:
            if worker.pid is not None and hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(worker.pid, {min(os.sched_getaffinity(0))})
            return _measured(wires, worker, servers, minutes * 60)


def _measured(wires: _Wires, worker: WorkerProcess, servers: Servers, seconds: float) -> FeedsResult:
    began = time.monotonic()
    while len(wires.answers) < wires.count and time.monotonic() - began < MOST_WAIT:
        worker.check()
        time.sleep(0.2)
    swept, answers, cpu, memory = time.monotonic() - began, len(wires.answers), _cpu(worker), worker.memory
    start, at, added = time.monotonic(), time.time(), list(wires.numbers)
    while time.monotonic() - start < seconds:
        worker.check()
        time.sleep(1.0)
        wires.add(1.0)
        memory = max(memory, worker.memory)
    took, numbers = time.monotonic() - start, list(wires.numbers)
    later, spent = wires.answers[answers:], _cpu(worker) - cpu
    time.sleep(_last_looks(seconds))
    lags, repeated = _lags(servers, at)
    items = sum(numbers) - sum(added)
    return FeedsResult(
        wires.count, took, swept, len(later) / wires.count / took * DAY, later.count(304) / max(1, len(later)),
        spent / took, memory / 1e6, items, max(0, items - len(lags)), repeated,
        lags[len(lags) // 2] if lags else 0.0, lags[-1] if lags else 0.0,
    )  # fmt: skip


def _last_looks(seconds: float) -> float:
    """Return the seconds in which the last items are still found: those of a look, and of the jitter."""
    return min(400.0, seconds)


def _lags(servers: Servers, since: float) -> tuple[list[float], int]:
    """Return the seconds from an item's appearance to its record in Kafka, sorted, and how many records came again."""
    lags, ids = [], set[str]()
    repeated = 0
    for record in read_topic(KafkaAccess(servers.broker.url), Topics().news):
        document = msgspec.json.decode(record.value, type=RawDocument)
        repeated += document.id in ids
        ids.add(document.id or "")
        appeared = datetime.fromisoformat(str(document.published_at)).timestamp()
        if appeared >= since:
            lags.append(record.timestamp / 1000 - appeared)
    return sorted(lags), repeated


def _file(count: int, port: int, every: str) -> str:
    hosts = (f"127.1.{number // 250}.{number % 250 + 1}" for number in range(count))
    allowed = f"every: {every}, allow_http: true, allow_private: true"
    lines = (f"  - {{name: w{n}, url: 'http://{host}:{port}/{n}', {allowed}}}" for n, host in enumerate(hosts))
    return "sources:\n" + "\n".join(lines) + "\n"


def _cpu(worker: WorkerProcess) -> float:
    """Return the seconds of processor time of a worker; 0 where the system does not tell (no /proc)."""
    path = Path(f"/proc/{worker.pid}/stat")
    if not path.is_file():
        return 0.0
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _serving(wires: _Wires) -> Iterator[int]:
    """The servers, in a thread of their own; yields their port."""
    ready, ports, stop = Event(), list[int](), list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/{number}", wires.answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 0).start()  # noqa: S104 - any address of loopback
        ports.append(runner.addresses[0][1])
        ended = asyncio.Event()
        stop.append((asyncio.get_running_loop(), ended))
        ready.set()
        await ended.wait()
        await runner.cleanup()

    thread = Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield ports[0]
    finally:
        loop, ended = stop[0]
        loop.call_soon_threadsafe(ended.set)
        thread.join()
