"""Where Kafka is, and how to prove there who we are: one value that every client of Kafka is made from."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from stream.adapters.kafka.tokens import TOKEN_FILE
from stream.errors import SettingsError

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]
SERVERS, PROTOCOL = "BELLWETHER_KAFKA", "BELLWETHER_KAFKA_SECURITY_PROTOCOL"
MECHANISM = "BELLWETHER_KAFKA_SASL_MECHANISM"
CA_FILE, CERTIFICATE_FILE = "BELLWETHER_KAFKA_CA_FILE", "BELLWETHER_KAFKA_CERTIFICATE_FILE"
KEY_FILE, KEY_PASSWORD = "BELLWETHER_KAFKA_KEY_FILE", "BELLWETHER_KAFKA_KEY_PASSWORD"
USER, PASSWORD = "BELLWETHER_KAFKA_USER", "BELLWETHER_KAFKA_PASSWORD"
_PASSWORDS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """The settings of Kafka that clients need; see docs/settings.md.

    ``servers`` are host:port, comma-separated. Without a ``ca_file``, the authorities count that the machine trusts.
    ``certificate_file`` and ``key_file`` are the client's own, for brokers that ask for them. These files are PEM.
    ``token_file`` holds what a login by OAUTHBEARER sends instead of ``user`` and ``password``.
    """

    servers: str
    protocol: SecurityProtocol = "PLAINTEXT"
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    key_password: str | None = field(default=None, repr=False)
    mechanism: SaslMechanism | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token_file: Path | None = None

    @property
    def bootstrap(self) -> list[str]:
        """The servers, one by one."""
        return [server.strip() for server in self.servers.split(",")]

    @property
    def uses_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def logs_in(self) -> bool:
        """Whether a user and a password, or a token, are sent."""
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    @property
    def sends_token(self) -> bool:
        """Whether the login is by a token."""
        return self.logs_in and self.mechanism == "OAUTHBEARER"

    @property
    def is_secured(self) -> bool:
        """Whether anything can be refused beside the address."""
        return self.protocol != "PLAINTEXT"

    def options(self) -> dict[str, Any]:
        """Return what kafka-python's clients take beside the servers.

        Raises:
            SettingsError: a file cannot be read, or is none of the kind; the message names its setting.
        """
        options: dict[str, Any] = {"security_protocol": self.protocol}
        if self.uses_tls:
            options["ssl_context"] = self.ssl_context()
        if self.logs_in:
            options["sasl_mechanism"] = self.mechanism
        if self.sends_token:
            from stream.adapters.kafka.token_providers import BlockingToken  # here, since it takes long

            options["sasl_oauth_token_provider"] = BlockingToken(self.token_path)
        elif self.logs_in:
            options["sasl_plain_username"], options["sasl_plain_password"] = self.user, self.password
        return options

    @property
    def token_path(self) -> Path:
        """The file of the token.

        Raises:
            SettingsError: none is set.
        """
        if self.token_file is None:
            raise SettingsError(f"{TOKEN_FILE}: missing; OAUTHBEARER needs it")
        return self.token_file

    def ssl_context(self) -> ssl.SSLContext:
        """Return what certificates are checked with, and the client's own. Host names are always checked.

        Raises:
            SettingsError: a file cannot be read, or is none of the kind; the message names its setting.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ValueError) as error:
            raise SettingsError(f"{CA_FILE}: {self.ca_file}: {_reason(error, 'no certificate in PEM')}") from None
        if self.certificate_file is not None:
            self._load_certificate(context, self.certificate_file)
        return context

    def _load_certificate(self, context: ssl.SSLContext, certificate: Path) -> None:
        for setting, path in ((CERTIFICATE_FILE, certificate), (KEY_FILE, self.key_file)):
            try:
                if path is not None:
                    path.open("rb").close()
            except OSError as error:
                raise SettingsError(f"{setting}: {path}: {error.strerror}") from None
        # Never asked of a terminal, which OpenSSL would do for a key that is locked.
        try:
            context.load_cert_chain(certificate, self.key_file, lambda: self.key_password or "")
        except (OSError, ValueError) as error:
            reason = _reason(error, "no certificate and key in PEM, or a key with another password")
            names = f"{CERTIFICATE_FILE}, {KEY_FILE}, {KEY_PASSWORD}"
            raise SettingsError(f"{names}: {certificate}, {self.key_file or certificate}: {reason}") from None


def _reason(error: Exception, otherwise: str) -> str:
    if isinstance(error, ssl.SSLError):
        return "the key is of another certificate" if error.reason == "KEY_VALUES_MISMATCH" else otherwise
    return str(getattr(error, "strerror", None) or error)


def incomplete_setting(access: KafkaAccess, *, chosen: bool) -> str | None:
    """Say which setting is missing, or set in vain; None: they go together.

    Args:
        access: what the settings say.
        chosen: whether the protocol was set. Where PLAINTEXT was asked for by name, what is set beside it is not used.

    >>> incomplete_setting(KafkaAccess("h:1", "SASL_SSL", user="ann"), chosen=True)
    'kafka_sasl_mechanism: missing; SASL_SSL needs PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER'
    """
    tls: dict[str, object] = {
        "kafka_ca_file": access.ca_file,
        "kafka_certificate_file": access.certificate_file,
        "kafka_key_file": access.key_file,
    }
    login: dict[str, object] = {
        "kafka_user": access.user,
        "kafka_password": access.password,
        "kafka_token_file": access.token_file,
    }
    if access.protocol == "PLAINTEXT":
        return None if chosen else _unused(tls | login, "PLAINTEXT", "SSL, SASL_PLAINTEXT or SASL_SSL")
    if not access.uses_tls and (problem := _unused(tls, access.protocol, "SASL_SSL")):
        return problem
    if access.certificate_file is None and access.key_file is not None:
        return "kafka_certificate_file: missing; kafka_key_file is its key"
    if not access.logs_in:
        return _unused(login, access.protocol, "SASL_SSL")
    return _incomplete_login(access, login)


def _incomplete_login(access: KafkaAccess, login: Mapping[str, object]) -> str | None:
    if access.mechanism is None:
        return f"kafka_sasl_mechanism: missing; {access.protocol} needs {', '.join(_PASSWORDS)} or OAUTHBEARER"
    if access.sends_token:
        if (name := next((name for name in ("kafka_user", "kafka_password") if login[name] is not None), None)) is None:
            return None if access.token_file else "kafka_token_file: missing; OAUTHBEARER needs it"
        return f"{name}: OAUTHBEARER does not use it; the token is in kafka_token_file"
    if access.token_file is not None:
        return f"kafka_token_file: {access.mechanism} does not use it; set kafka_sasl_mechanism to OAUTHBEARER"
    needed = ("kafka_user", "kafka_password")
    return next((f"{name}: missing; {access.protocol} needs it" for name in needed if not login[name]), None)


def _unused(values: Mapping[str, object], protocol: str, better: str) -> str | None:
    name = next((name for name, value in values.items() if value is not None), None)
    return name and f"{name}: {protocol} does not use it; set kafka_security_protocol to {better}"
