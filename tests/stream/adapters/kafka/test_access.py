"""What the files of TLS may be, and how it is said what is wrong with them; credentials for Faust."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import faust
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from stream.adapters.kafka.access import KafkaAccess, SecurityProtocol
from stream.adapters.kafka.credentials import credentials_of
from stream.adapters.kafka.tokens import FileToken
from stream.errors import SettingsError


@pytest.fixture
def access(tmp_path: Path) -> KafkaAccess:
    """TLS with a certificate of ours, whose key is locked."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name in ("ours", "other"):
        certificate = authority.issue_cert(f"{name}@example.org")
        certificate.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
        key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
        locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2"))
        (tmp_path / f"{name}.key").write_bytes(locked)
    (tmp_path / "nonsense.pem").write_text("nonsense")
    files = (tmp_path / "ca.pem", tmp_path / "ours.pem", tmp_path / "ours.key")
    return KafkaAccess("h:1", "SSL", *files, key_password="hunter2")


def test_a_locked_key_is_opened_with_its_password(access: KafkaAccess) -> None:
    context = access.options()["ssl_context"]
    assert context.check_hostname
    assert context.cert_store_stats()["x509_ca"] == 1


NO_KEY = "BELLWETHER_KAFKA_CERTIFICATE_FILE, BELLWETHER_KAFKA_KEY_FILE, BELLWETHER_KAFKA_KEY_PASSWORD: .*/"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ca_file": "missing.pem"}, "BELLWETHER_KAFKA_CA_FILE: .*missing.pem: No such file"),
        ({"ca_file": "nonsense.pem"}, "BELLWETHER_KAFKA_CA_FILE: .*nonsense.pem: no certificate in PEM"),
        ({"ca_file": "."}, "BELLWETHER_KAFKA_CA_FILE: .*: "),
        ({"certificate_file": "missing.pem"}, "BELLWETHER_KAFKA_CERTIFICATE_FILE: .*missing.pem: No such file"),
        ({"key_file": "missing.key"}, "BELLWETHER_KAFKA_KEY_FILE: .*missing.key: No such file"),
        ({"certificate_file": "nonsense.pem"}, f"{NO_KEY}.*nonsense.pem, .*: no certificate and key in PEM"),
        ({"key_file": "other.key"}, f"{NO_KEY}.*: the key is of another certificate"),
        ({"key_password": "wrong"}, f"{NO_KEY}.*: no certificate and key in PEM, or a key with another password"),
        ({"key_password": None}, f"{NO_KEY}.*: no certificate and key in PEM, or a key with another password"),
        ({"key_password": "x" * 2000}, f"{NO_KEY}.*: "),
    ],
)
def test_a_file_that_is_none_is_told_by_its_setting(
    access: KafkaAccess, changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    placed = {name: tmp_path / value if name.endswith("file") else value for name, value in changes.items()}
    with pytest.raises(SettingsError, match=said) as caught:
        replace(access, **placed).options()
    assert "hunter2" not in str(caught.value)


def test_faust_gets_what_the_other_clients_get(access: KafkaAccess) -> None:
    assert credentials_of(KafkaAccess("h:1")) is None
    assert isinstance(credentials_of(access), faust.SSLCredentials)
    login = replace(access, mechanism="SCRAM-SHA-256", user="ann", password="hunter2")
    protocols: list[tuple[SecurityProtocol, bool]] = [("SASL_PLAINTEXT", False), ("SASL_SSL", True)]
    for protocol, tls in protocols:
        credentials = credentials_of(replace(login, protocol=protocol))
        assert (credentials.protocol.value, credentials.mechanism.value) == (protocol, "SCRAM-SHA-256")
        assert (credentials.username, credentials.password) == ("ann", "hunter2")
        assert (credentials.ssl_context is not None) == tls


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "token: No such file"),
        (b"", "one token on one line is expected"),
        (b"a b", "one token on one line is expected"),
        (b"a\nb", "one token on one line is expected"),
        (b"a\x01auth=x", "one token on one line is expected"),
        (b"a" * 70_000, "one token on one line is expected"),
        ("tök".encode(), "holds other characters than a token has"),
    ],
)
def test_a_file_that_holds_no_token_is_told_by_its_setting(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    access = KafkaAccess("h:1", "SASL_SSL", mechanism="OAUTHBEARER", token_file=path)
    with pytest.raises(SettingsError, match=f"BELLWETHER_KAFKA_TOKEN_FILE: .*{said}"):
        access.options()
    with pytest.raises(SettingsError, match=f"BELLWETHER_KAFKA_TOKEN_FILE: .*{said}"):
        credentials_of(access)


def test_a_token_is_read_at_each_login_and_the_last_one_counts_while_its_file_is_away(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one\n")
    token = FileToken(path)
    assert token.read() == "one"
    path.write_text("two\n")
    assert token.read() == "two"
    path.unlink()
    assert token.read() == "two"
    path.write_text("three")
    assert token.read() == "three"
