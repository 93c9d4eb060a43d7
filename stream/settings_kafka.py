"""The settings that say where Kafka is, and how to log in there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from stream.adapters.kafka.access import KafkaAccess, SaslMechanism, SecurityProtocol, incomplete_setting

_SERVER = re.compile(r"(?:\[[^\s\]]+\]|[^\s\[\]:/]+)(?::([0-9]{1,5}))?")


class KafkaSettings(BaseSettings):
    """What of :class:`stream.settings.Settings` every client of Kafka is made from."""

    kafka: str = Field("127.0.0.1:9092", description="Bootstrap servers of Kafka, host:port, comma-separated.")
    kafka_security_protocol: SecurityProtocol = Field(
        "PLAINTEXT", description="How Kafka is reached: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL."
    )
    kafka_ca_file: Path | None = Field(None, description="PEM file of the authorities that Kafka's certificates need.")
    kafka_certificate_file: Path | None = Field(None, description="PEM file of our own certificate, for Kafka.")
    kafka_key_file: Path | None = Field(None, description="PEM file of its key; None: in the certificate's file.")
    kafka_key_password: SecretStr | None = Field(None, description="Password of that key.")
    kafka_sasl_mechanism: SaslMechanism | None = Field(
        None, description="How Kafka checks a login: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER."
    )
    kafka_user: str | None = Field(None, description="User at Kafka.")
    kafka_password: SecretStr | None = Field(None, description="Password at Kafka.")
    kafka_token_file: Path | None = Field(None, description="File of the token for OAUTHBEARER; read at each login.")

    @property
    def kafka_access(self) -> KafkaAccess:
        """Where Kafka is, and how to log in: what every client of Kafka is made from."""
        return KafkaAccess(
            self.kafka,
            self.kafka_security_protocol,
            self.kafka_ca_file,
            self.kafka_certificate_file,
            self.kafka_key_file,
            _plain(self.kafka_key_password),
            self.kafka_sasl_mechanism,
            self.kafka_user,
            _plain(self.kafka_password),
            self.kafka_token_file,
        )

    @field_validator("kafka_security_protocol", "kafka_sasl_mechanism", mode="before")
    @classmethod
    def _is_upper_case(cls, name: object) -> object:
        return name.upper() if isinstance(name, str) else name

    @field_validator("kafka")
    @classmethod
    def _are_servers(cls, text: str) -> str:
        for server in text.split(","):
            if not (match := _SERVER.fullmatch(server.strip())):
                raise ValueError(f"'{server[:100]}' is no host:port")
            if match[1] and not 1 <= int(match[1]) <= 65_535:
                raise ValueError(f"'{server[:100]}': a port of 1 to 65535 is expected")
        return text

    @model_validator(mode="after")
    def _kafka_security_is_whole(self) -> Self:
        chosen = "kafka_security_protocol" in self.model_fields_set
        if problem := incomplete_setting(self.kafka_access, chosen=chosen):
            raise ValueError(problem)
        return self


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
