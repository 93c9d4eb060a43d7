"""A worker lives or ends: on real servers that refuse, hang or lead nowhere, and when it was frozen itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from kafka import KafkaProducer

from stream.embedded import Servers
from stream.embedded.worker import WorkerProcess
from stream.pipeline.topics import Topics
from tests.brokers import BROKERS
from tests.deployments import prepared, servers_on
from tests.processes import ended
from tests.proxy import Proxy
from tests.standstill import still

TOPICS = Topics()
# A worker's limits, short for the sake of the test.
LIMITS = {"retry_for": "4", "postgres_timeout": "3", "tick_bound": "15", "session_timeout": "6", "detect_every": "0.3"}
STOPS_WITHIN = 15.0
SLACK = 120.0  # the machine may be busy

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
any_broker = pytest.mark.parametrize("servers", BROKERS[:1], indirect=True)  # where the broker makes no difference


@pytest.fixture(scope="module", params=BROKERS)
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    with TemporaryDirectory(prefix="bellwether-") as name:
        Path(name).chmod(0o755)
        with prepared(servers_on(request.param, Path(name))) as servers:
            yield servers


@pytest.fixture
def worker(servers: Servers, tmp_path: Path) -> Iterator[WorkerProcess]:
    with WorkerProcess({**servers.settings, **LIMITS}, tmp_path / "worker.log") as worker:
        worker.wait_until_ready()
        _flows(servers, "begin")
        try:
            yield worker
        finally:
            worker.kill()
            print(worker.log.read_text(errors="replace")[-3000:])


def _asked(servers: Servers, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(servers.settings["postgres"].replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def _flows(servers: Servers, name: str, count: int = 20) -> None:
    """Publish and wait until all of it is in PostgreSQL, by way of all stages."""
    before = _total(servers)
    producer = KafkaProducer(bootstrap_servers=servers.settings["kafka"])
    for number in range(count):
        record = {
            "id": f"{name}-{time.time_ns()}-{number}",
            "source": f"s{number}",
            "text": f"{name} shares fall {number}",
        }
        producer.send(TOPICS.news, json.dumps(record).encode())
    producer.flush()
    producer.close()
    deadline = time.monotonic() + SLACK
    while _total(servers) < before + count:
        assert time.monotonic() < deadline, f"{_total(servers) - before} of {count} have come"
        time.sleep(0.3)


def _total(servers: Servers) -> int:
    ((total,),) = _asked(servers, "SELECT coalesce(sum(documents), 0) FROM series_minutes WHERE series LIKE 'topic:%'")
    return int(str(total))


def _exit(worker: WorkerProcess, within: float) -> tuple[int, str]:
    """Wait until it has ended by itself; return its code and its last line."""
    assert worker._process is not None
    code = worker._process.wait(within + SLACK)
    return code, worker.log.read_text(errors="replace").strip().splitlines()[-1]


@contextmanager
def _read_only(servers: Servers) -> Iterator[None]:
    """As after a failover to a replica."""
    try:
        _all_read_only(servers, "on")
        yield
    finally:
        _all_read_only(servers, "off")


def _all_read_only(servers: Servers, state: str) -> None:
    _asked(servers, f"ALTER DATABASE postgres SET default_transaction_read_only = {state}")
    _asked(
        servers,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
    )


@any_broker
def test_postgres_that_only_reads_for_longer_than_is_retried_ends_the_worker_with_a_line(
    servers: Servers, worker: WorkerProcess
) -> None:
    with _read_only(servers):
        code, line = _exit(worker, 4 + STOPS_WITHIN)
        assert code in (1, 3), line
        assert "StoreError" in line or "did not stop" in line
    worker.start().wait_until_ready()
    _flows(servers, "writable")


@any_broker
def test_postgres_that_stands_still_ends_the_worker_within_the_stated_time(
    servers: Servers, worker: WorkerProcess
) -> None:
    with still(servers.postgres):
        # A statement that hangs, the tries after it, each with a connection that is not answered, and the stopping.
        code, line = _exit(worker, 3 + 4 + 2 * 10 + STOPS_WITHIN)
        assert code in (1, 3), line
    worker.start().wait_until_ready()
    _flows(servers, "awake")


@any_broker
def test_sigterm_ends_a_worker_whose_postgres_stands_still(servers: Servers, worker: WorkerProcess) -> None:
    assert worker._process is not None
    with still(servers.postgres):
        time.sleep(1)
        began = time.monotonic()
        worker._process.send_signal(signal.SIGTERM)
        code, line = _exit(worker, STOPS_WITHIN)
        assert code == 0, line
        assert time.monotonic() - began < STOPS_WITHIN + SLACK


@any_broker
def test_connections_to_postgres_that_lead_nowhere_are_replaced_by_the_same_worker(
    servers: Servers, tmp_path: Path
) -> None:
    port = servers.postgres.port
    with Proxy(port) as proxy:
        through = servers.settings["postgres"].replace(f":{port}/", f":{proxy.port}/")
        settings = {**servers.settings, **LIMITS, "postgres": through, "retry_for": "20"}
        with WorkerProcess(settings, tmp_path / "worker.log") as worker:
            worker.wait_until_ready()
            _flows(servers, "before")
            assert proxy.swallow() > 3
            _flows(servers, "after")
            worker.check()


def test_a_worker_that_was_frozen_past_its_session_reads_on(servers: Servers, worker: WorkerProcess) -> None:
    assert worker._process is not None
    with still(worker):
        time.sleep(15)  # the broker gives its partitions away after six
    _flows(servers, "thawed")
    worker.check()


STANDS = """
import asyncio
from stream.worker.batches import Batches
async def nothing(self, stream, size, within):  # as a consumer that rejoins its group and then gets nothing
    await asyncio.Event().wait()
Batches.consume = nothing
import sys
sys.argv = ["bellwether", "worker", "--stage=classify"]
from stream.__main__ import main
main()
"""


@any_broker
def test_a_worker_that_reads_nothing_although_records_wait_ends_and_names_the_partition(servers: Servers) -> None:
    settings = {**servers.settings, "retry_for": "0", "tick_bound": "10", "end_after": "11", "http_port": "0"}
    environment = {**os.environ, **{f"BELLWETHER_{name.upper()}": value for name, value in settings.items()}}
    producer = KafkaProducer(bootstrap_servers=servers.settings["kafka"])
    for _ in range(5):
        producer.send(TOPICS.news, b"{}", partition=1)
    producer.flush()
    producer.close()
    command = [sys.executable, "-c", STANDS]
    with ended(subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True)) as process:
        _, err = process.communicate(timeout=SLACK)
    assert process.returncode == 6, err
    assert "ended by its watchdog: bellwether-classify: bellwether.news/1: " in err.strip().splitlines()[-1]
