"""Settings: from ``BELLWETHER_...`` variables or the TOML file that ``BELLWETHER_CONFIG`` names; read once, frozen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from models.artifact import DEFAULT
from stream.errors import SettingsError

CONFIG = "BELLWETHER_CONFIG"


class Settings(BaseSettings):
    """Every setting, with its default. A variable beats the file. See :func:`load_settings`."""

    model_config = SettingsConfigDict(env_prefix="BELLWETHER_", frozen=True, extra="forbid")

    kafka: str = Field("127.0.0.1:9092", description="Bootstrap servers of Kafka, host:port, comma-separated.")
    redis: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="URL of Redis or Valkey.")
    name: str = Field("bellwether", pattern=r"^[a-z][a-z0-9-]{0,40}$", description="Prefix of topics, groups and keys.")
    partitions: int = Field(4, ge=1, le=1024, description="Partitions of the topics that `topics create` makes.")
    replication: int = Field(1, ge=1, le=10, description="Replicas of the topics that `topics create` makes.")
    artifact: Path = Field(DEFAULT, description="Folder of the model.")
    provider: str = Field("auto", pattern="^(auto|cpu|cuda)$", description="Where the model runs: auto, cpu, cuda.")
    threads: int = Field(0, ge=0, le=1024, description="Threads of the model on the CPU; 0 is all cores.")
    batch: int = Field(128, ge=1, le=4096, description="Documents per batch, at most.")
    batch_wait: float = Field(0.1, gt=0, le=10, description="Seconds that a batch waits to fill.")
    keep_hours: int = Field(192, ge=1, le=8784, description="Hours that Redis keeps windows, ids and stories.")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: PydanticBaseSettingsSource, **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments beat variables, variables beat the TOML file."""
        ordered = [sources["init_settings"], sources["env_settings"]]
        if path := os.environ.get(CONFIG):
            ordered.append(TomlConfigSettingsSource(settings_cls, toml_file=Path(path)))
        return tuple(ordered)


def load_settings(**changes: Any) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a setting is unknown or wrong, or the file cannot be read; the message names it.
    """
    path = os.environ.get(CONFIG)
    if path and not Path(path).is_file():
        raise SettingsError(f"{CONFIG}: {path}: no such file")
    try:
        return Settings(**changes)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise SettingsError(f"setting '{name}' (BELLWETHER_{name.upper()}): {first['msg']}") from None
    except ValueError as error:
        raise SettingsError(f"{CONFIG}: {path}: {error}") from error
