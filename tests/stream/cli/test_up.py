"""``bellwether up``: servers for a shell, with settings that it can source."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.cli import main
from stream.embedded import Broker, free_port
from stream.embedded.environment import OURS, check_exports, exports_written, write_exports
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


@pytest.mark.parametrize(
    "content",
    ["export SECRET=1\n", "export BELLWETHER_KAFKA=h\n", "export BELLWETHER_KAFKA=h\nPOSTGRES_PASSWORD=x\n", "\xff"],
)
def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path, content: str) -> None:
    env = tmp_path / ".env"
    env.write_text(content, encoding="latin-1")
    with pytest.raises(EmbeddedError, match="is there already, and is not of `bellwether up`"):
        check_exports(env)
    with pytest.raises(EmbeddedError), exports_written(env, {"kafka": "h"}):
        pass
    assert env.read_text(encoding="latin-1") == content
    assert list(tmp_path.iterdir()) == [env]


def test_a_folder_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with _up("--env", str(tmp_path)) as process:
        assert process.wait(60) == 2
        assert process.stderr is not None
        assert process.stderr.read() == f"bellwether: {tmp_path}: it is a folder; give the name of a file\n"


@pytest.mark.parametrize("before", [None, "", f"{OURS}\nexport BELLWETHER_KAFKA=old\n"])
def test_what_was_written_goes_at_the_end_and_what_came_since_stays(tmp_path: Path, before: str | None) -> None:
    env = tmp_path / "env"
    if before is not None:
        env.write_text(before)
    with exports_written(env, {"kafka": "h"}):
        assert env.read_text() == f"{OURS}\nexport BELLWETHER_KAFKA=h\n"
    assert not env.exists()
    with exports_written(env, {"kafka": "h"}):
        env.write_text("mine")
    assert env.read_text() == "mine"


def test_nothing_with_passwords_stays_where_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(EmbeddedError, match="env: cannot be written: Permission denied"):
        write_exports(tmp_path / "env", {"kafka": "h"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["up"], ["demo"], ["demo", "--feeds", "https://example.org/feed"]])
def test_without_a_folder_for_temporary_files_one_line_says_so(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(**_: object) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/']")

    monkeypatch.setattr("tempfile.TemporaryDirectory", none)
    monkeypatch.setattr(sys, "argv", ["bellwether", *command])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        main()
    signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("bellwether: no temporary folder can be made: No usable temporary directory found in")
    assert "name one that can be written in TMPDIR" in said
