"""Apache Kafka with a listener for each way in: TLS, a login, both, with a client's certificate, under a wrong name."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from stream.embedded import free_port
from tests.brokers import ApacheKafka

USER, PASSWORD = "ann", "of-green-gables"
SSL, SASL_PLAINTEXT, SASL_SSL, MUTUAL, MISNAMED = "SSL", "SASL_PLAINTEXT", "SASL_SSL", "MUTUAL", "MISNAMED"
TOKENS, TOKENS_TLS = "TOKENS", "TOKENS_TLS"
LISTENERS = {
    SSL: "SSL",
    SASL_PLAINTEXT: "SASL_PLAINTEXT",
    SASL_SSL: "SASL_SSL",
    MUTUAL: "SSL",
    MISNAMED: "SSL",
    TOKENS: "SASL_PLAINTEXT",
    TOKENS_TLS: "SASL_SSL",
}


class SecuredKafka(ApacheKafka):
    """All listeners are of one broker; ``url`` is the plain one. The certificates of MISNAMED are for localhost alone.

    SASL_PLAINTEXT takes PLAIN and SCRAM-SHA-256, SASL_SSL takes PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.
    TOKENS and TOKENS_TLS take OAUTHBEARER with :func:`unsigned_token`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._ports = {name: free_port() for name in LISTENERS}
        self._files = folder / "certificates"

    def at(self, listener: str, host: str = "127.0.0.1") -> str:
        """Return where a listener is, as ``host:port``."""
        return f"{host}:{self._ports[listener]}"

    @cached_property
    def authority(self) -> trustme.CA:
        """Who signed the broker's certificates, and clients' certificates have to be signed by."""
        return trustme.CA()

    @cached_property
    def ca_file(self) -> Path:
        """The authority's certificate."""
        return self.write_ca("ca.pem", self.authority)

    def write_ca(self, name: str, authority: trustme.CA) -> Path:
        """Write an authority's certificate beside the broker's."""
        self._files.mkdir(parents=True, exist_ok=True)
        authority.cert_pem.write_to_path(self._files / name)
        return self._files / name

    def write_key(self, name: str, certificate: trustme.LeafCert) -> Path:
        """Write a certificate and its key into one file, as Kafka reads them."""
        self._files.mkdir(parents=True, exist_ok=True)
        key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
        lines = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self._files / name
        path.write_bytes(lines + b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        return path

    def _property_lines(self) -> str:
        lines = dict(line.split("=", 1) for line in super()._property_lines().splitlines())
        for name, protocol in LISTENERS.items():
            lines["listeners"] += f",{name}://{self.at(name)}"
            lines["listener.security.protocol.map"] += f",{name}:{protocol}"
        lines["inter.broker.listener.name"] = "PLAINTEXT"
        proper = self.write_key("broker.pem", self.authority.issue_cert("localhost", "127.0.0.1"))
        wrong = self.write_key("misnamed.pem", self.authority.issue_cert("localhost"))
        for name in (SSL, SASL_SSL, MUTUAL, MISNAMED, TOKENS_TLS):
            lines |= _tls(name, wrong if name == MISNAMED else proper)
        lines |= _tls_clients(MUTUAL, self.ca_file)
        lines |= _login(SASL_PLAINTEXT, "PLAIN", "SCRAM-SHA-256")
        lines |= _login(SASL_SSL, "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
        lines |= _tokens(TOKENS)
        lines |= _tokens(TOKENS_TLS)
        return "".join(f"{name}={value}\n" for name, value in lines.items())

    def _format_options(self) -> list[str]:
        credentials = f"[name={USER},password={PASSWORD}]"
        return [f"--add-scram={mechanism}={credentials}" for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")]


def _tls(listener: str, key: Path) -> Mapping[str, str]:
    prefix = f"listener.name.{listener.lower()}.ssl.keystore"
    return {f"{prefix}.type": "PEM", f"{prefix}.location": str(key)}


def _tls_clients(listener: str, ca_file: Path) -> Mapping[str, str]:
    prefix = f"listener.name.{listener.lower()}.ssl"
    return {
        f"{prefix}.truststore.type": "PEM",
        f"{prefix}.truststore.location": str(ca_file),
        f"{prefix}.client.auth": "required",
    }


def unsigned_token(*, expires_in: float = 3600.0) -> str:
    """Return a token of the user, as brokers take it that check no signature: a JWT of the algorithm "none"."""
    now = time.time()
    parts = {"alg": "none"}, {"sub": USER, "iat": now - 7200, "exp": now + expires_in}
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def _tokens(listener: str) -> Mapping[str, str]:
    prefix, module = f"listener.name.{listener.lower()}", "oauthbearer.OAuthBearerLoginModule"
    config = f'org.apache.kafka.common.security.{module} required unsecuredLoginStringClaim_sub="{USER}";'
    return {f"{prefix}.sasl.enabled.mechanisms": "OAUTHBEARER", f"{prefix}.oauthbearer.sasl.jaas.config": config}


def _login(listener: str, *mechanisms: str) -> Mapping[str, str]:
    prefix = f"listener.name.{listener.lower()}"
    lines = {f"{prefix}.sasl.enabled.mechanisms": ",".join(mechanisms)}
    for mechanism in mechanisms:
        module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
        users = f' user_{USER}="{PASSWORD}"' if mechanism == "PLAIN" else ""
        config = f"org.apache.kafka.common.security.{module} required{users};"
        lines[f"{prefix}.{mechanism.lower()}.sasl.jaas.config"] = config
    return lines
