import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.artifact import DEFAULT
from stream.cli import app


def _classify(content: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from stream.cli import main; main()", "classify", *arguments]
    return subprocess.run(command, input=content, capture_output=True, timeout=400, check=False)


def test_classify_answers_in_input_order_and_names_bad_lines() -> None:
    lines = [b'{"source": "s", "text": "Shares plunge on heavy losses"}', b"nonsense", b'{"source": "s", "text": "Up"}']
    done = _classify(b"\n".join(lines), "-", "--batch", "2")
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert first["sentiment"]["label"] == "negative"
    assert len(first["topic"]["probabilities"]) == 20
    assert second["line"] == 2
    assert third["text"] == "Up"
    assert done.returncode == 1
    assert b"1 document refused" in done.stderr


def test_classify_says_what_is_said_of_each_entry_of_a_watchlist(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("entries:\n- name: Castella Bank\n- name: Okara Motors\n- name: Zenova\n")
    lines = (
        '{"source": "wire", "text": "Castella Bank freezes withdrawals; Okara Motors\' profit doubles"}\n'
        '{"source": "wire", "title": "Gold sinks", "body": "So says an analyst at Castella Bank"}\n'
        '{"source": "wire", "text": "Nobody is named"}\n'
    )
    done = _classify(lines.encode(), "--watchlist", str(path))
    assert done.returncode == 0, done.stderr
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert {one["entry"]: one["sentiment"]["label"] for one in first["entities"]} == {
        "Castella Bank": "negative",
        "Okara Motors": "positive",
    }
    assert [(one["entry"], one["relevance"]) for one in second["entities"]] == [("Castella Bank", 0.1)]
    assert "entities" not in third


def test_classify_goes_on_behind_every_bad_line(tmp_path: Path) -> None:
    bad = {
        2: (b'{"source":"a","text":"\\ud83d crash","author":NaN}', "text: holds half a character"),
        4: (b'{"source":"a","text":"x","published_at":"' + b"9" * 10_000 + b'"}', "published_at: "),
        5: (b"x" * 3_000_000, "record: 300000"),
        6: (b'{"a":' * 50_000 + b"NaN", "not JSON"),
        7: (b"\xff\xfe", "not JSON"),
    }
    good = b'{"source": "s", "text": "Up"}'
    lines = [b"" if at == 3 else bad[at][0] if at in bad else good for at in range(1, 9)]
    file = tmp_path / "feed.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    done = _classify(b"", str(file))
    assert b"Traceback" not in done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("line") for answer in answers] == [None, 2, 4, 5, 6, 7, None]
    for answer in answers:
        assert "line" not in answer or answer["error"].startswith(bad[answer["line"]][1])
    assert len(done.stdout) < 5000


def test_classify_takes_the_model_that_a_worker_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_ARTIFACT", str(tmp_path / "mine"))
    done = _classify(b'{"source": "s", "text": "Up"}')
    assert done.returncode == 2
    assert str(tmp_path / "mine").encode() in done.stderr
    assert b"Traceback" not in done.stderr
    assert _classify(b'{"source": "s", "text": "Up"}', "-", "--artifact", str(DEFAULT)).returncode == 0


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b\x08\x00damaged", '{"source": "a"}'.encode("utf-16"), b"\n" * (257 << 20)]
)
def test_a_file_that_is_no_feed_is_one_line_without_a_traceback(content: bytes) -> None:
    done = _classify(content)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(b"bellwether: -: ")


def test_a_missing_file_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    done = _classify(b"", str(tmp_path / "none.jsonl"))
    assert done.returncode == 2
    assert b"No such file" in done.stderr
    assert b"Traceback" not in done.stderr


def test_what_kafka_python_logs_of_its_own_is_not_told() -> None:
    code = "import logging, sys; sys.argv = ['bellwether', 'watchlist', '--help']; from stream.cli import main\n"
    code += "try: main()\nexcept SystemExit: logging.getLogger('kafka.net.selector').error('a step took 0.1 s')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=400, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("command", "setting"), [("windows", "REDIS"), ("alerts list", "POSTGRES"), ("topics create", "KAFKA")]
)
def test_a_server_that_is_not_there_comes_with_its_setting_and_a_way_to_have_one(command: str, setting: str) -> None:
    nowhere = {"KAFKA": "127.0.0.1:1", "REDIS": "redis://127.0.0.1:1", "POSTGRES": "postgres://127.0.0.1:1/x"}
    variables = {f"BELLWETHER_{name}": value for name, value in nowhere.items()} | {"BELLWETHER_REDSI": "x"}
    ended = subprocess.run(
        [sys.executable, "-m", "stream", *command.split()], env=os.environ | variables, capture_output=True, text=True
    )
    lines = ended.stderr.splitlines()
    assert (ended.returncode, len(lines)) == (2, 3)
    assert lines[0].endswith("BELLWETHER_REDSI is no setting and does nothing; did you mean BELLWETHER_REDIS?")
    assert f"its address is the setting BELLWETHER_{setting}; `bellwether up`" in lines[-1]


def test_the_version() -> None:
    answer = CliRunner().invoke(app, ["--version"])
    assert answer.output == f"bellwether {version('bellwether')}\n"
    assert "--version" in CliRunner().invoke(app, ["--help"]).output


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("deliveries show x", "'delivery': a whole number is expected"),
        ("deliveries retry 0", "'delivery': a number not under 1 is expected"),
        ("deliveries list --limit 99999", "'--limit': a number not over 10000 is expected"),
        ("up --kafka-port 70000", "'--kafka-port': a number not over 65535 is expected"),
        ("up --kafka-port some", "'--kafka-port': a whole number is expected"),
        ("publish --topic blogs x", "'--topic': 'blogs' is not one of"),
        ("backtest --since soon", "'--since': a time is expected"),
    ],
)
def test_an_argument_that_is_not_taken_is_told_in_plain_words(command: str, said: str) -> None:
    ended = CliRunner().invoke(app, command.split())
    told = " ".join(ended.output.replace("│", " ").split())
    assert (ended.exit_code, said in told) == (2, True), told
    assert "Input should" not in told
    assert "Value error" not in told


def test_ctrl_c_while_the_signals_are_imported_is_quiet() -> None:
    code = "import builtins, signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "real = builtins.__import__\ndef slow(name, *rest):\n"
    code += "    if 'stream.' in name and 'main' not in name: signal.raise_signal(signal.SIGINT)\n"
    code += "    return real(name, *rest)\nbuiltins.__import__ = slow\nsys.argv = ['bellwether', 'worker']\n"
    code += "from stream.__main__ import main\nmain()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (130, "")


def test_ctrl_c_while_it_starts_is_quiet() -> None:
    code = "import signal, stream.cli, stream.__main__ as m\n"
    code += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in what a shell runs behind itself
    code += "stream.cli.main = lambda: signal.raise_signal(signal.SIGINT)\nm.main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (130, "")


def test_classify_masks_and_takes_the_watchlist_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("entries:\n- name: Castella Bank\n")
    monkeypatch.setenv("BELLWETHER_WATCHLIST", str(path))
    monkeypatch.setenv("BELLWETHER_MASK", "email")
    row = {"source": "s", "text": "Castella Bank fails, says ann@example.org", "author": "bob@example.org"}
    (answer,) = (json.loads(line) for line in _classify(json.dumps(row).encode()).stdout.splitlines())
    assert [one["entry"] for one in answer["entities"]] == ["Castella Bank"]
    assert (answer["text"], answer["author"]) == ("Castella Bank fails, says [email]", "[email]")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["classify -", "watchlist init banks", "--version", "rules --help"])
def test_output_that_cannot_be_written_is_one_line(tmp_path: Path, command: str, unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "stream", *command.split()],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered, "PYTHONPATH": str(Path.cwd())},
            cwd=tmp_path,
            input=b'{"source": "s", "text": "Up"}',
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=400,
            check=False,
        )
    assert done.stderr.splitlines()[-1] == b"bellwether: the output could not be written: No space left on device"
    assert b"Traceback" not in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_is_closed_is_open_to_nothing(closed: str, tmp_path: Path) -> None:
    code = "import os, stream.cli, stream.__main__ as m, sys\n"
    code += "def command():\n    print(sys.stdin.read(), file=sys.stderr)\n    print('said')\n"
    code += "    fd = os.open('result', os.O_WRONLY | os.O_CREAT)\n    os.write(fd, str(fd > 2).encode())\n"
    code += "stream.cli.main = command\nm.main()"
    shell = f'exec "$0" -c "$1" {closed}'
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with Path(os.devnull).open() as nothing:
        arguments = ["sh", "-c", shell, sys.executable, code]
        assert subprocess.run(arguments, cwd=tmp_path, env=environment, stdin=nothing, check=False).returncode == 0
    assert (tmp_path / "result").read_text() == "True"
