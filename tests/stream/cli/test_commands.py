"""The commands that talk to servers, on the embedded ones, as a user types them."""

import base64
import json
import os
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient

from stream.adapters.kafka.access import KafkaAccess
from stream.embedded import Servers, free_port
from stream.embedded.worker import WorkerProcess

pytestmark = pytest.mark.slow

LINES = [
    {"id": "a", "source": "wire", "text": "Shares plunge on losses"},
    {"id": "b", "source": "wire", "title": "Board meets", "body": "On Monday."},
]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with TemporaryDirectory(prefix="bellwether-") as folder, Servers(Path(folder)) as servers:
        for command in (["topics", "create"], ["migrate"]):
            assert _run(servers, *command).returncode == 0
        yield servers


def _run(servers: Servers, *arguments: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    settings = {f"BELLWETHER_{name.upper()}": value for name, value in servers.settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "stream", *arguments],
        env={**os.environ, **settings, "COLUMNS": "200"},
        input=content,
        capture_output=True,
        timeout=400,
        check=False,
    )


def test_making_topics_and_tables_again_is_harmless(servers: Servers) -> None:
    assert b"none, all were there" in _run(servers, "topics", "create").stdout
    assert b"tables are current" in _run(servers, "migrate").stdout


def test_publish_counts_what_it_refused_and_why(servers: Servers) -> None:
    half = '{"source":"a","text":"\\ud83d crash","author":NaN}'
    gone = '{"source": "s", "text": "[removed]"}'
    content = "\n".join([*map(json.dumps, LINES), "nonsense", "", '{"source": "s"}', half, half, gone]).encode()
    done = _run(servers, "publish", "-", "--topic", "social", content=content)
    assert done.returncode == 1
    assert b"published to bellwether.social: 2, refused: 5" in done.stdout
    assert b"1 x not JSON" in done.stdout
    assert b"1 x text: missing or empty; give 'text', or 'title' and 'body' (line 5)" in done.stdout
    assert b"1 x text: nothing to read; it only stands for a missing one" in done.stdout
    assert b"2 x text: holds half a character, \\ud83d, at 0 (line 6, line 7)" in done.stdout
    assert b"Traceback" not in done.stderr


def test_dead_letters_are_listed_repaired_and_read_again(servers: Servers, tmp_path: Path) -> None:
    producer = KafkaProducer(bootstrap_servers=servers.broker.url)
    producer.send("bellwether.news", b'{"source": "wire", "txt": "Profit warning"}').get(120)
    producer.close()
    with WorkerProcess(servers.settings, tmp_path / "worker.log") as worker:
        worker.wait_until_ready()
        listed = _wait_for_letters(servers)
        assert listed["reason"].startswith("text: missing or empty")
        assert (listed["topic"], listed["text"]) == ("bellwether.news", '{"source": "wire", "txt": "Profit warning"}')
        assert _run(servers, "dead-letters", "replay").returncode == 1
        repaired = json.dumps({**listed, "text": listed["text"].replace("txt", "text")}).encode()
        done = _run(servers, "dead-letters", "replay", "-", content=repaired)
        assert (done.returncode, done.stdout) == (0, b"published again: 1, refused: 0\n")
        assert b"Profit warning" in _wait_for_scored(servers, b"Profit warning")


def test_letters_that_were_cut_or_that_others_wrote_are_said(servers: Servers, tmp_path: Path) -> None:
    producer = KafkaProducer(bootstrap_servers=servers.broker.url)
    producer.send("bellwether.dead-letters", b"not one of ours").get(120)
    bytes_ = b'{"source": "wire", "text": "\xff Profit"'
    places = [producer.send("bellwether.social", value).get(120) for value in (b"x" * 900_000, bytes_)]
    producer.close()
    with WorkerProcess(servers.settings, tmp_path / "worker.log") as worker:
        worker.wait_until_ready()
        for _ in range(20):
            done = _run(servers, "dead-letters", "list", "--json")
            letters = [json.loads(line) for line in done.stdout.splitlines()]
            ours = [item for item in letters if item["topic"] == "bellwether.social"]
            if len(ours) == 2:
                break
    assert b"1 records of bellwether.dead-letters are no dead letters" in done.stderr
    cut, odd = sorted(ours, key=lambda item: "length" not in item)
    assert (cut["length"], cut["text"], cut["offset"]) == (900_000, "x" * 65_536, places[0].offset)
    assert base64.b64decode(odd["value"]) == bytes_
    assert b"(900000 bytes)" in _run(servers, "dead-letters", "list").stdout
    lines = "\n".join(map(json.dumps, [cut, odd, {**cut, "text": '{"source": "a", "text": "in full again"}'}]))
    done = _run(servers, "dead-letters", "replay", "-", content=lines.encode())
    assert (done.returncode, done.stdout) == (1, b"published again: 1, refused: 2\n")
    assert b"only 65536 of its 900000 bytes are here; publish the document again" in done.stderr
    assert b"not JSON" in done.stderr
    for wrong in ({"value": "~"}, {"text": 3}, {"topic": "elsewhere"}, {"partition": "x"}):
        done = _run(
            servers, "dead-letters", "replay", "-", content=b"\n" + json.dumps({**odd, "text": "", **wrong}).encode()
        )
        assert done.returncode in (1, 2)
        assert b"Traceback" not in done.stderr
        assert any(told in done.stderr for told in (b"line 2", b"value: no base64", b"'elsewhere' takes no documents"))


def _wait_for_letters(servers: Servers) -> dict[str, str]:
    for _ in range(20):
        if lines := _run(servers, "dead-letters", "list", "--json").stdout.splitlines():
            letter: dict[str, str] = json.loads(lines[0])
            return letter
    raise AssertionError("no dead letter came")


def _wait_for_scored(servers: Servers, text: bytes) -> bytes:
    from stream.adapters.kafka.records import read_topic

    for _ in range(20):
        for record in read_topic(KafkaAccess(servers.broker.url), "bellwether.scored"):
            if text in record.value:
                return record.value
    raise AssertionError("nothing was scored")


def test_alerts_of_an_empty_database(servers: Servers) -> None:
    assert _run(servers, "alerts", "list").stdout == b"no alerts\n"
    assert json.loads(_run(servers, "alerts", "list", "--json").stdout) == []
    done = _run(servers, "alerts", "show", "nothing")
    assert done.returncode == 2
    assert done.stderr == b"bellwether: alert 'nothing': no such alert; see `bellwether alerts list`\n"


@pytest.mark.parametrize(
    ("arguments", "setting", "value"),
    [
        (["publish", "-"], "BELLWETHER_KAFKA", "127.0.0.1:1"),
        (["alerts", "list"], "BELLWETHER_POSTGRES", "postgresql+psycopg://u:hunter2@127.0.0.1:1/x"),
        (["migrate"], "BELLWETHER_POSTGRES", "postgresql+psycopg://u:hunter2@127.0.0.1:1/x"),
        (["topics", "create"], "BELLWETHER_KAFKA", "127.0.0.1:1"),
        (["worker"], "BELLWETHER_WEBHOOK_URL", "https://example.com/hook"),
    ],
)
def test_what_cannot_be_reached_or_read_is_two_lines_at_most(arguments: list[str], setting: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stream", *arguments],
        env={**os.environ, setting: value},
        input=b"",
        capture_output=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    # One line for what went wrong, and perhaps one that names the setting and says what helps.
    lines = done.stderr.splitlines()
    assert 1 <= len(lines) <= 2, done.stderr
    assert all(line.startswith(b"bellwether: ") for line in lines), done.stderr
    assert b"hunter2" not in done.stderr


def test_help_names_every_command() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["scripts"]["bellwether"] == "stream.__main__:main"
    done = subprocess.run([sys.executable, "-m", "stream", "--help"], capture_output=True, text=True, check=True)
    names = ["demo", "up", "worker", "topics", "publish", "classify", "watch", "alerts", "dead-letters", "bench"]
    for name in [*names, "migrate", "receivers", "deliveries", "routes", "api"]:
        assert f" {name} " in done.stdout


def test_a_worker_serves_the_api_and_takes_changed_routes(servers: Servers, tmp_path: Path) -> None:
    made = _run(servers, "api", "token", "ann", "--role", "act")
    token = made.stderr.split()[-1].decode()
    (tmp_path / "tokens").write_bytes(made.stdout)
    (tmp_path / "secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    routes = (
        "receivers:\n"
        "  - {name: NAME, type: webhook, url: 'http://127.0.0.1:9/', secrets: [{file: secret}], allow_http: true}\n"
        "default: [NAME]\n"
    )
    (tmp_path / "routes.yaml").write_text(routes.replace("NAME", "old"))
    port = free_port()
    settings = {"routes": tmp_path / "routes.yaml", "api_tokens": tmp_path / "tokens", "api_port": port}
    with WorkerProcess(servers.settings | {k: str(v) for k, v in settings.items()}, tmp_path / "log") as worker:
        worker.wait_until_ready()
        assert _receivers(port, token) == ["kafka", "old"]
        (tmp_path / "routes.yaml").write_text(routes.replace("NAME", "new-one"))
        deadline = time.monotonic() + 300
        while _receivers(port, token) != ["kafka", "new-one"]:
            worker.check()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        (tmp_path / "routes.yaml").write_text("receivers: []\n")
        while "routes: refused, what was in use stays" not in worker.log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert _receivers(port, token) == ["kafka", "new-one"]
    assert token not in worker.log.read_text()


def _receivers(port: int, token: str) -> list[str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/receivers", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return [item["name"] for item in json.load(answer)["receivers"]]


def test_a_letter_that_somebody_else_wrote_does_not_choose_where_we_publish(servers: Servers) -> None:
    value = base64.b64encode(json.dumps(LINES[0]).encode()).decode()
    letter = {"reason": "r", "value": value, "topic": "elsewhere", "partition": 0, "offset": 0}
    good = {**letter, "topic": "bellwether.news", "offset": 7}
    producer = KafkaProducer(bootstrap_servers=servers.broker.url)
    producer.send("bellwether.dead-letters", json.dumps(letter).encode()).get(timeout=120)
    producer.close()
    done = _run(servers, "dead-letters", "replay")
    assert done.returncode == 1
    assert b"refused elsewhere/0/0: topic: 'elsewhere' takes no documents" in done.stderr
    # In a file, too, it stops none of the others.
    lines = "\n".join(map(json.dumps, [letter, good])).encode()
    done = _run(servers, "dead-letters", "replay", "-", content=lines)
    assert done.stdout == b"published again: 1, refused: 1\n"
    admin = KafkaAdminClient(bootstrap_servers=servers.broker.url)
    assert "elsewhere" not in admin.list_topics()
    admin.close()
