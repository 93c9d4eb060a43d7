"""``bellwether up``: servers for a shell, with settings that it can source."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.embedded import Broker, free_port
from stream.errors import EmbeddedError
from tests.output import read_until

UP = [sys.executable, "-m", "stream", "up"]


@contextmanager
def _up(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen([*UP, *arguments], stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


def test_its_settings_can_be_sourced_and_its_ports_chosen(open_folder: Path) -> None:
    ports = [free_port() for _ in range(3)]
    env = open_folder / "settings of mine"
    named = zip(("--kafka-port", "--redis-port", "--postgres-port"), map(str, ports), strict=True)
    arguments = [part for pair in named for part in pair]
    with _up("--folder", str(open_folder / "data"), "--env", str(env), *arguments) as process:
        said = read_until(process.stderr, "Ctrl-C stops everything")
        assert "# topics made: bellwether.news" in said
        assert f". '{env}'" in said
        assert env.stat().st_mode & 0o777 == 0o600
        script = f". '{env}' && echo $BELLWETHER_KAFKA $BELLWETHER_REDIS $BELLWETHER_POSTGRES"
        values = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
        assert [f"127.0.0.1:{port}" in value for port, value in zip(ports, values, strict=True)] == [True] * 3
        again = subprocess.run([*UP, *arguments], capture_output=True, text=True, timeout=300, check=False)
        assert again.returncode == 2
        assert f"Broker did not start: something listens on port {ports[0]}; stop it, or take another" in again.stderr
    assert process.returncode == 0
    assert not env.exists()


def test_a_file_that_cannot_be_written_ends_it_with_a_reason(open_folder: Path) -> None:
    with _up("--env", str(open_folder / "none" / "env")) as process:
        assert process.wait(300) == 2
        assert process.stderr is not None
        assert "none/env: cannot be written: No such file" in process.stderr.read()


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    port = free_port()
    with Broker(tmp_path / "one", port):
        another = Broker(tmp_path / "two", port)
        with pytest.raises(EmbeddedError, match=f"something listens on port {port}"):
            another.start()
        assert not another.folder.exists()  # it was not even begun, to be given up later
