"""One run: learn, break, go on, mend, settle, read everything."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from kafka import KafkaProducer

from stream.embedded import Server, Servers
from tests.chaos.faults import Fault, Scene, server_of, small_disk
from tests.chaos.feed import COMPARED, COUNT, GAP, PAST, TAIL, Record, records
from tests.chaos.stored import Outcome, number, outcome
from tests.chaos.workers import Supervised
from tests.deployments import prepared, servers_on
from tests.proxy import Proxy

SETTLED = 480.0  # seconds in which a run must come to its end after the fault
MEGABYTES = {"broker": 400, "redis": 60, "postgres": 400}
# A batch of the played documents must span less event time than makes a document late.
SETTINGS = {"batch": "32", "stall_after": "20"}


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run; ``recovered`` seconds from the end of the fault until all workers were healthy."""

    outcome: Outcome
    ends: list[int]
    said: list[str]
    recovered: float
    settled: float
    stopped: int | None
    poison: int


def run(kind: type[Server], folder: Path, fault: Fault | None) -> Run:
    """Play the feed through a worker while ``fault`` lasts; None for an undisturbed run."""
    with ExitStack() as stack:
        servers = stack.enter_context(_servers(kind, folder, fault))
        proxies = {}
        settings = {**servers.settings, **SETTINGS}
        if fault is not None and fault.proxied:
            port = server_of(servers, fault.proxied).port
            proxies[fault.proxied] = proxy = stack.enter_context(Proxy(port))
            settings[fault.proxied] = settings[fault.proxied].replace(f":{port}", f":{proxy.port}")
        first = Supervised(settings, folder / "worker.log")
        scene = Scene(servers, [first.__enter__()], settings, folder, proxies)
        stack.callback(lambda: [worker.stop() for worker in scene.workers])
        return _played(scene, fault, first)


@contextmanager
def _servers(kind: type[Server], folder: Path, fault: Fault | None) -> Iterator[Servers]:
    servers = servers_on(kind, folder)
    small = fault.small if fault is not None else ""
    with small_disk(server_of(servers, small).folder, MEGABYTES[small]) if small else nullcontext(), prepared(servers):
        yield servers


def _played(scene: Scene, fault: Fault | None, first: Supervised) -> Run:
    producer = _producer(scene.servers.broker.url)
    _publish(producer, records(PAST))
    _wait(scene, PAST.documents, 0)
    # Only the records of the gap are sent while something is broken; the producer holds on to what is not taken.
    publishing = Thread(target=_publish, args=(producer, records(*GAP)))
    if fault is None:
        publishing.start()
    else:
        with contextlib.contextmanager(fault.breaking)(scene):
            publishing.start()
            time.sleep(fault.seconds)
    publishing.join()
    mended = time.monotonic()
    recovered = _healthy(scene, mended)
    _publish(producer, records(TAIL))
    producer.close()
    _wait(scene, COUNT, COMPARED)
    settled = time.monotonic() - mended
    stopped = [worker.stop() for worker in scene.workers][-1]
    found = outcome(scene.servers)
    workers = dict.fromkeys([first, *scene.workers])
    ends = [code for worker in workers for code in worker.ends]
    said = [line for worker in workers for line in worker.said]
    return Run(found, ends, list(dict.fromkeys(said)), recovered, settled, stopped, scene.poison)


def _producer(servers: str) -> KafkaProducer:
    # One request at a time, tried again until it is taken: the order of a partition is kept through any outage.
    return KafkaProducer(
        bootstrap_servers=servers,
        acks="all",
        enable_idempotence=False,
        retries=10**6,
        max_in_flight_requests_per_connection=1,
        delivery_timeout_ms=400_000,
        request_timeout_ms=15_000,
        max_block_ms=400_000,
    )


# The test of sparse series decides each quarter of an hour.
EVALUATED = (
    "SELECT coalesce(min(CASE WHEN rule = 'negative-surge' THEN evaluated ELSE evaluated + 15 END), 0)"
    " FROM detector_state"
)


def _publish(producer: KafkaProducer, found: Iterator[Record]) -> None:
    sent = []
    for count, (topic, key, value) in enumerate(found):
        sent.append(producer.send(topic, value, key))
        if count % 100 == 99:
            time.sleep(0.1)
    for future in sent:
        future.get(400)


def _wait(scene: Scene, documents: int, evaluated: int) -> None:
    """Wait until so many documents stand in PostgreSQL and the detector has come so far."""
    deadline = time.monotonic() + SETTLED
    while (
        number(scene.servers, "SELECT coalesce(sum(documents), 0) FROM series_minutes") < documents
        or number(scene.servers, EVALUATED) < evaluated
    ):
        assert time.monotonic() < deadline, _told(scene)
        time.sleep(0.3)


def _healthy(scene: Scene, since: float) -> float:
    while not all(worker.healthy() for worker in scene.workers):
        assert time.monotonic() - since < SETTLED, _told(scene)
        time.sleep(0.3)
    return time.monotonic() - since


def _told(scene: Scene) -> str:
    total = number(scene.servers, "SELECT coalesce(sum(documents), 0) FROM series_minutes")
    evaluated = number(scene.servers, EVALUATED)
    logs = [worker.worker.log.read_text(errors="replace")[-3000:] for worker in scene.workers]
    health = [worker.said for worker in scene.workers]
    return f"{total} of {COUNT}, evaluated {evaluated}, compared to {COMPARED}; health {health}; {logs}"
