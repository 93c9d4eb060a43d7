"""A server that takes connections and says nothing: with TLS, a client would wait for it for minutes."""

import socket
from pathlib import Path

import pytest

from stream.adapters.kafka import probe
from stream.adapters.kafka.access import KafkaAccess
from stream.errors import AccessError


def test_a_port_that_does_not_answer_tls_is_told_with_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMEOUT_MS", 1000)
    with socket.create_server(("127.0.0.1", 0)) as server:
        access = KafkaAccess(f"127.0.0.1:{server.getsockname()[1]}", "SSL")
        with pytest.raises(
            AccessError, match=r"did not answer TLS within 1 s; .* BELLWETHER_KAFKA_SECURITY_PROTOCOL to PLAINTEXT"
        ):
            probe.check_access(access)


def test_nobody_there_is_for_the_clients_to_tell(tmp_path: Path) -> None:
    probe.check_access(KafkaAccess("127.0.0.1:1", "SSL"))
