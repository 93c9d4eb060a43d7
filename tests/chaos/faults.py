"""What is done to a deployment, each for a while, and undone."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis
from kafka import KafkaProducer

from stream.embedded import Server, Servers
from tests.chaos.feed import TOPICS
from tests.chaos.workers import Supervised
from tests.proxy import Proxy
from tests.standstill import still

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@dataclass(slots=True)
class Scene:
    """Where a fault takes place. ``proxies`` stand before a server by name where the fault asks for them."""

    servers: Servers
    workers: list[Supervised]
    settings: dict[str, str]
    folder: Path
    proxies: dict[str, Proxy] = field(default_factory=dict)
    poison: int = 0

    def server(self, name: str) -> Server:
        """Return a server by its name."""
        return server_of(self.servers, name)


def server_of(servers: Servers, name: str) -> Server:
    """Return the server that a fault calls ``name``."""
    found: dict[str, Server] = {"broker": servers.broker, "redis": servers.valkey, "postgres": servers.postgres}
    return found[name]


Breaking = Generator[None, None, None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault.

    Attributes:
        breaking: breaks when it is entered, mends when it is left.
        seconds: how long it lasts.
        log_survives: whether the broker has to keep its records; the embedded one loses them when it ends.
        proxied: the server before which a proxy stands.
        small: the servers whose disk is a small one of their own.
        short: the broker, by the ids of its tests, on which it runs with all tests; what other tests cover needs none.
    """

    name: str
    breaking: Callable[[Scene], Breaking]
    seconds: float = 15.0
    log_survives: bool = False
    proxied: str = ""
    small: str = ""
    short: str = ""


def _worker_killed(scene: Scene) -> Breaking:
    scene.workers[0].kill()
    yield
    for _ in range(2):
        time.sleep(5)
        scene.workers[0].kill()


def _worker_down(scene: Scene) -> Breaking:
    worker = scene.workers.pop()
    worker.kill()
    worker.stop()
    yield
    scene.workers.append(Supervised(scene.settings, worker.worker.log).__enter__())


def _killed(name: str) -> Callable[[Scene], Breaking]:
    def breaking(scene: Scene) -> Breaking:
        scene.server(name).kill()
        yield
        scene.server(name).start()

    return breaking


def _stopped(name: str) -> Callable[[Scene], Breaking]:
    def breaking(scene: Scene) -> Breaking:
        with still(scene.server(name)):
            yield

    return breaking


def _redis_empty(scene: Scene) -> Breaking:
    with redis.Redis.from_url(scene.servers.valkey.url) as client:
        client.flushall()
    yield


def _redis_older(scene: Scene) -> Breaking:
    """What Redis has now comes back at the end, and all that it counted meanwhile is lost."""
    folder = scene.servers.valkey.folder
    shutil.copytree(folder / "appendonlydir", scene.folder / "older")
    yield
    scene.servers.valkey.kill()
    shutil.rmtree(folder / "appendonlydir")
    shutil.copytree(scene.folder / "older", folder / "appendonlydir")
    scene.servers.valkey.start()


def _postgres_read_only(scene: Scene) -> Breaking:
    _read_only(scene, "on")
    yield
    _read_only(scene, "off")


def _read_only(scene: Scene, state: str) -> None:
    with psycopg.connect(_dsn(scene), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE postgres SET default_transaction_read_only = {state}".encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def _postgres_locked(scene: Scene) -> Breaking:
    with psycopg.connect(_dsn(scene)) as connection:
        connection.execute("LOCK TABLE detector_state, series_minutes IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


def _dsn(scene: Scene) -> str:
    return scene.servers.postgres.url.replace("+psycopg", "")


def _half_open(name: str) -> Callable[[Scene], Breaking]:
    def breaking(scene: Scene) -> Breaking:
        assert scene.proxies[name].swallow() > 0
        yield

    return breaking


def _disk_full(name: str) -> Callable[[Scene], Breaking]:
    def breaking(scene: Scene) -> Breaking:
        ballast = scene.server(name).folder / "ballast"
        # Unbuffered, or closing the file would try once more.
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"\0" * 65536):
                pass
        yield
        ballast.unlink()
        process = scene.server(name)._process
        if process is None or process.poll() is not None:
            scene.server(name).start()  # as its supervisor would

    return breaking


def _clock(shift: str) -> Callable[[Scene], Breaking]:
    """A second worker joins, whose clock is off."""

    def breaking(scene: Scene) -> Breaking:
        faked = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with Supervised(scene.settings, scene.folder / "off.log", faked):
            time.sleep(15)
            yield

    return breaking


def _rebalances(scene: Scene) -> Breaking:
    """A second worker joins and leaves again and again, every other time without a word."""
    yield
    for number in range(6):
        with Supervised(scene.settings, scene.folder / f"joins{number}.log") as worker:
            time.sleep(6)
            if number % 2:
                worker.stop(kill=True)


def _poison(scene: Scene) -> Breaking:
    """Records that no stage can read, one of each kind that once ended a worker."""
    plain = [
        b'{"source":"a","text":"\\ud83d crash","author":NaN}',
        b'{"source":"a","text":"x","published_at":"' + b"9" * 300_000 + b'"}',
        b"x" * 900_000,
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b"",
        b'{"source":"a","text":"x","published_at":1e300}',
    ]
    for codec in (None, "gzip", "lz4", "snappy", "zstd"):
        producer = KafkaProducer(
            bootstrap_servers=scene.servers.broker.url, compression_type=codec, max_request_size=4 * 1024 * 1024
        )
        for value in plain:
            producer.send(TOPICS.news, value)
        producer.send(TOPICS.social, None, key=b"tombstone", headers=[("h", b"1")])
        producer.flush(60)
        producer.close()
        scene.poison += len(plain) + 1
    yield


# No half-open broker: its clients connect to the address that it announces, which is not the proxy's.
FAULTS = (
    Fault("worker killed three times", _worker_killed, 2),
    Fault("worker down 20 s", _worker_down, 20),
    Fault("worker down 150 s", _worker_down, 150),
    Fault("rebalance storm", _rebalances, 2),
    Fault("worker two hours ahead", _clock("+2h"), 10),
    Fault("worker two hours behind", _clock("-2h"), 10),
    Fault("poison", _poison, 5),
    Fault("broker killed", _killed("broker"), 10, log_survives=True),
    Fault("broker stopped 40 s", _stopped("broker"), 40),
    Fault("broker stopped 150 s", _stopped("broker"), 150),
    Fault("broker disk full", _disk_full("broker"), 30, log_survives=True, small="broker"),
    Fault("redis killed", _killed("redis"), 10, short="apache"),
    Fault("redis stopped 40 s", _stopped("redis"), 40),
    Fault("redis stopped 150 s", _stopped("redis"), 150),
    Fault("redis half-open", _half_open("redis"), 60, proxied="redis"),
    Fault("redis empty", _redis_empty, 10),
    Fault("redis older", _redis_older, 10),
    Fault("redis disk full", _disk_full("redis"), 30, small="redis"),
    Fault("postgres killed", _killed("postgres"), 10),
    Fault("postgres stopped 40 s", _stopped("postgres"), 40),
    Fault("postgres stopped 150 s", _stopped("postgres"), 150),
    Fault("postgres half-open", _half_open("postgres"), 60, proxied="postgres"),
    Fault("postgres read-only", _postgres_read_only, 50),
    Fault("postgres locked", _postgres_locked, 90),
    Fault("postgres disk full", _disk_full("postgres"), 30, small="postgres"),
)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A disk of its own for a folder, which root alone can make."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "none", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
