"""TLS and logins at a real Apache Kafka: every client gets in by each way, and who is refused is told the setting."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx
import pytest
import trustme
from kafka.admin import KafkaAdminClient

from stream.adapters.kafka import records, scored_log
from stream.adapters.kafka.access import KafkaAccess
from stream.adapters.kafka.alert_topic import AlertTopic
from stream.adapters.kafka.clients import client_asking
from stream.adapters.kafka.offsets import KafkaOffsets
from stream.adapters.kafka.publisher import Publisher
from stream.adapters.kafka.topic_admin import create_topics
from stream.adapters.postgres.migrate import migrate
from stream.cli import main
from stream.embedded import Server, Servers
from stream.embedded.worker import WorkerProcess
from stream.errors import AccessError
from stream.pipeline.notify import Delivery
from stream.pipeline.topics import Topics
from stream.settings import load_settings
from tests.brokers import BROKERS
from tests.deployments import servers_on
from tests.secured_broker import (
    LISTENERS,
    MISNAMED,
    MUTUAL,
    PASSWORD,
    SASL_PLAINTEXT,
    SASL_SSL,
    SSL,
    TOKENS,
    TOKENS_TLS,
    USER,
    SecuredKafka,
    unsigned_token,
)

APACHE = next(param for param in BROKERS if param.id == "apache")
# kafka-python leaves the socket of a connection that was refused to the garbage collector.
pytestmark = [pytest.mark.kafka, pytest.mark.slow, *APACHE.marks, pytest.mark.filterwarnings("ignore::ResourceWarning")]
LOGIN = {"kafka_user": USER, "kafka_password": PASSWORD}
Values = dict[str, str]
Command = Callable[..., str]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with TemporaryDirectory(prefix="bellwether-") as name:
        Path(name).chmod(0o755)  # PostgreSQL runs as a user of its own, which must be able to pass
        with servers_on(SecuredKafka, Path(name)) as servers:
            migrate(servers.settings["postgres"])
            yield servers


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command with settings, as a user types it; returns what it prints."""

    def run(values: Mapping[str, str], *arguments: str) -> str:
        for name, value in values.items():
            monkeypatch.setenv(f"BELLWETHER_{name.upper()}", value)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys, "argv", ["bellwether", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        if ended.value.code:
            raise ended.value
        return capsys.readouterr().out

    return run


@pytest.fixture
def broker(servers: Servers) -> SecuredKafka:
    return _broker_of(servers)


def _broker_of(servers: Servers) -> SecuredKafka:
    broker: Server = servers.broker
    assert isinstance(broker, SecuredKafka)
    return broker


def _settings(broker: SecuredKafka, listener: str, host: str = "127.0.0.1", **more: str) -> Values:
    """Return settings that get in at a listener: with TLS the right authority, with a login the right password."""
    protocol = LISTENERS[listener]
    values = {"kafka": broker.at(listener, host), "kafka_security_protocol": protocol}
    if protocol.endswith("SSL"):
        values["kafka_ca_file"] = str(broker.ca_file)
    if listener in (TOKENS, TOKENS_TLS):
        values |= {"kafka_sasl_mechanism": "OAUTHBEARER", "kafka_token_file": _token_file(broker, unsigned_token())}
    elif protocol.startswith("SASL"):
        values |= {**LOGIN, "kafka_sasl_mechanism": "SCRAM-SHA-256"}
    if listener == MUTUAL:
        client = broker.authority.issue_cert("bellwether@example.org")
        values["kafka_certificate_file"] = str(broker.write_key("client.pem", client))
    return values | more


def _token_file(broker: SecuredKafka, token: str, name: str = "token") -> str:
    path = broker.ca_file.with_name(name)
    path.write_text(f"{token}\n")
    return str(path)


WAYS_IN = [
    (SSL, {}),
    (MUTUAL, {}),
    (SASL_PLAINTEXT, {"kafka_sasl_mechanism": "plain"}),
    (SASL_PLAINTEXT, {"kafka_sasl_mechanism": "SCRAM-SHA-256"}),
    (SASL_SSL, {"kafka_sasl_mechanism": "PLAIN"}),
    (SASL_SSL, {"kafka_sasl_mechanism": "SCRAM-SHA-512"}),
    (TOKENS, {}),
    (TOKENS_TLS, {}),
]


@pytest.mark.parametrize(("listener", "more"), WAYS_IN)
def test_every_client_gets_in(broker: SecuredKafka, listener: str, more: Values) -> None:
    access, topic = load_settings(**_settings(broker, listener, **more)).kafka_access, f"t{uuid4().hex}"
    assert create_topics(access, [topic], 1, 1) == [topic]
    with Publisher(access) as publisher:
        publisher.send([(topic, b"k", b"v")])
    asyncio.run(_send_alert(AlertTopic(access, topic)))
    assert [record.value for record in records.read_topic(access, topic)] == [b"v", b"{}"]
    log = scored_log.KafkaScoredLog(access, topic)
    assert [item.value for items in log.read(0) for item in items] == [b"v", b"{}"]
    with closing(KafkaOffsets(access, {"g": [topic]})) as offsets:
        assert offsets.read()["g"].lag == 2


async def _send_alert(topic: AlertTopic) -> None:
    await topic.send(Delivery(1, "alert", "message", "kafka", "alert.firing", b"{}"))
    await topic.aclose()


def _refusals(broker: SecuredKafka) -> Mapping[str, tuple[Values, str]]:
    """Return, by what is wrong, settings and the words that tell it, beside the address."""
    plain, other = {"kafka": broker.url}, broker.write_ca("other.pem", trustme.CA())
    stranger = broker.write_key("stranger.pem", trustme.CA().issue_cert("bellwether@example.org"))
    at = partial(_settings, broker)
    without_certificate = {name: value for name, value in at(MUTUAL).items() if name != "kafka_certificate_file"}
    without_ca = {name: value for name, value in at(SSL).items() if name != "kafka_ca_file"}
    return {
        "password": (at(SASL_PLAINTEXT, kafka_password="Wrong"), "login of 'ann' by SCRAM-SHA-256; .*_KAFKA_PASSWORD"),
        "password, TLS": (at(SASL_SSL, kafka_password="Wrong"), "login of 'ann' by SCRAM-SHA-256; .*_KAFKA_PASSWORD"),
        "password, PLAIN": (
            at(SASL_SSL, kafka_password="Wrong", kafka_sasl_mechanism="PLAIN"),
            "login of 'ann' by PLAIN; check BELLWETHER_KAFKA_USER and BELLWETHER_KAFKA_PASSWORD",
        ),
        "user": (at(SASL_SSL, kafka_user="bob"), "login of 'bob' by .*; check BELLWETHER_KAFKA_USER"),
        "mechanism": (
            at(SASL_PLAINTEXT, kafka_sasl_mechanism="SCRAM-SHA-512"),
            "takes no login by SCRAM-SHA-512; set BELLWETHER_KAFKA_SASL_MECHANISM",
        ),
        "expired token": (
            at(TOKENS_TLS, kafka_token_file=_token_file(broker, unsigned_token(expires_in=-3600), "expired")),
            "refused the token in BELLWETHER_KAFKA_TOKEN_FILE, .*expired; check that it is for Kafka",
        ),
        "no token": (
            at(TOKENS, kafka_token_file=_token_file(broker, PASSWORD, "password")),
            "refused the token in BELLWETHER_KAFKA_TOKEN_FILE, .*password; check that it is for Kafka",
        ),
        "token where none is taken": (
            at(TOKENS, kafka=broker.at(SASL_PLAINTEXT)),
            "takes no login by OAUTHBEARER; set BELLWETHER_KAFKA_SASL_MECHANISM",
        ),
        "CA": (at(SSL, kafka_ca_file=str(other)), f"another authority than those in BELLWETHER_KAFKA_CA_FILE, {other}"),
        "CA of the login": (at(SASL_SSL, kafka_ca_file=str(other)), "another authority than those in .*_CA_FILE"),
        "no CA": (without_ca, "this machine does not trust; name its file in BELLWETHER_KAFKA_CA_FILE"),
        "name": (at(MISNAMED), r"not for '127.0.0.1'; the names that stand in it go into BELLWETHER_KAFKA\b"),
        "advertised name": (
            at(MISNAMED, "localhost"),
            r"sends us on to 127.0.0.1:\d+, which has a certificate that is not for '127.0.0.1'",
        ),
        "no certificate": (without_certificate, "asks for a certificate of ours; .* BELLWETHER_KAFKA_CERTIFICATE_FILE"),
        "certificate": (at(MUTUAL, kafka_certificate_file=str(stranger)), f"not take our certificate, {stranger} of"),
        "TLS where is none": (at(SSL) | plain, "set BELLWETHER_KAFKA_SECURITY_PROTOCOL to PLAINTEXT"),
        "login where is none": (at(SASL_PLAINTEXT) | plain, "asks for no login, .* set PLAINTEXT"),
        "no TLS": (
            at(SASL_PLAINTEXT, kafka=broker.at(SASL_SSL)),
            "speaks TLS, and BELLWETHER_KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT; set SASL_SSL",
        ),
        "no login": (
            at(SSL, kafka=broker.at(SASL_SSL)),
            "hung up; where it wants a login, set BELLWETHER_KAFKA_SECURITY_PROTOCOL to SASL_SSL",
        ),
    }


REFUSED = (
    "password",
    "password, TLS",
    "password, PLAIN",
    "user",
    "mechanism",
    "expired token",
    "no token",
    "token where none is taken",
    "CA",
    "CA of the login",
    "no CA",
    "name",
    "advertised name",
    "no certificate",
    "certificate",
    "TLS where is none",
    "login where is none",
    "no TLS",
    "no login",
)


@pytest.mark.parametrize("wrong", REFUSED)
def test_a_command_that_is_not_let_in_names_the_setting(
    broker: SecuredKafka, wrong: str, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    values, said = _refusals(broker)[wrong]
    with pytest.raises(SystemExit) as ended:
        command(values, "topics", "create")
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert re.match(rf"bellwether: Kafka at \S+ .*{said}", line)
    assert "Wrong" not in line
    assert PASSWORD not in line


def test_a_new_token_counts_from_the_next_login_on(broker: SecuredKafka) -> None:
    expired = _token_file(broker, unsigned_token(expires_in=-3600), "renewed")
    access = load_settings(**_settings(broker, TOKENS, kafka_token_file=expired)).kafka_access
    with pytest.raises(AccessError, match="refused the token"):
        create_topics(access, [f"t{uuid4().hex}"], 1, 1)
    _token_file(broker, unsigned_token(), "renewed")
    assert create_topics(access, [topic := f"t{uuid4().hex}"], 1, 1) == [topic]


@pytest.mark.parametrize("listener", [SSL, SASL_PLAINTEXT, SASL_SSL])
def test_who_set_nothing_is_told_so(broker: SecuredKafka, listener: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        "wants a login, set .* SASL_PLAINTEXT" if listener == SASL_PLAINTEXT else "speaks TLS, .* set SSL or SASL_SSL"
    )
    access = KafkaAccess(broker.at(listener))
    with pytest.raises(AccessError, match=said), client_asking(KafkaAdminClient, access, "x", bootstrap_timeout_ms=500):
        pytest.fail("it is not let in")


@pytest.mark.parametrize(
    ("listener", "more"), [(SASL_SSL, {"kafka_sasl_mechanism": "SCRAM-SHA-512"}), (MUTUAL, {}), (TOKENS_TLS, {})]
)
def test_a_worker_reads_and_writes_and_commands_do(
    servers: Servers, listener: str, more: Values, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = listener.lower().replace("_", "-")
    values = servers.settings | _settings(_broker_of(servers), listener, **more) | {"name": name}
    access, topics = load_settings(**values).kafka_access, Topics(name)
    document = {"id": "a", "source": "wire", "text": "Shares plunge on losses", "published_at": int(time.time() * 1000)}
    feed = tmp_path / "feed.jsonl"
    feed.write_text(json.dumps(document))
    assert command(values, "topics", "create").startswith("created: ")
    with Publisher(access) as publisher, WorkerProcess(values, tmp_path / "worker.log") as worker:
        publisher.send([(topics.news, None, b"no JSON")])
        assert command(values, "publish", str(feed)).endswith("refused: 0\n")
        worker.wait_until_ready()
        _wait_for(lambda: list(records.read_topic(access, topics.scored)))
        _wait_for(lambda: "not JSON" in command(values, "dead-letters", "list"))
        _wait_for(lambda: httpx.get(f"{worker.url}/healthz", timeout=120).status_code == 200)
    assert PASSWORD not in (tmp_path / "worker.log").read_text()


def _wait_for(look: Callable[[], object]) -> None:
    deadline = time.monotonic() + 300
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_worker_that_is_not_let_in_says_why_and_ends(servers: Servers) -> None:
    values = servers.settings | _settings(_broker_of(servers), SASL_SSL, kafka_password="Wrong")
    settings = {f"BELLWETHER_{name.upper()}": value for name, value in values.items()}
    command = [sys.executable, "-m", "stream", "worker", "--stage", "detect"]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, timeout=400, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert "refused the login of 'ann' by SCRAM-SHA-256; check BELLWETHER_KAFKA_USER" in line
