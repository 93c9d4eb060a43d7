"""Settings: from ``BELLWETHER_...`` variables or the TOML file that ``BELLWETHER_CONFIG`` names; read once, frozen."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from models.artifact import SHIPPED
from stream.errors import SettingsError
from stream.pipeline.documents.masking import Acceptance, Masker, kinds_of
from stream.settings_files import CONFIG, PREFIX, SECRETS, config_of, secrets_of, unknown_names
from stream.settings_kafka import KafkaSettings
from stream.settings_problems import problem_of
from stream.translation import Language, choose_language, language_of

logger = logging.getLogger(__name__)
_POSTGRES = re.compile(r"^postgres(ql)?://")


# It goes to every receiver, and a dashboard's path and query are put behind it.
_GRAFANA = r"""^https?://[^\s\x00-\x1f?#@/\\<>"|]+(/[^\s\x00-\x1f?#\\<>"|]*)?$"""


class Settings(KafkaSettings):
    """Every setting, with its default. See :func:`load_settings`.

    A variable beats a secret's file (``bellwether_webhook_secret`` in the folder that ``BELLWETHER_SECRETS`` names, as
    containers mount them), and that beats the TOML file.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    redis: SecretStr = Field(
        SecretStr("redis://127.0.0.1:6379/0"),
        description="URL of Redis or Valkey; redis+cluster:// and some nodes, comma-separated, for a cluster.",
    )
    postgres: SecretStr = Field(
        SecretStr("postgresql+psycopg://127.0.0.1:5432/bellwether"), description="URL of PostgreSQL 14+."
    )
    name: str = Field("bellwether", pattern=r"^[a-z][a-z0-9-]{0,40}$", description="Prefix of topics, groups and keys.")
    shards: int = Field(1, ge=1, le=64, description="Hash tags over which Redis' windows are spread, for a cluster.")
    partitions: int = Field(4, ge=1, le=1024, description="Partitions of the topics that `topics create` makes.")
    replication: int = Field(1, ge=1, le=10, description="Replicas of the topics that `topics create` makes.")
    artifact: Annotated[tuple[Path, ...], NoDecode] = Field(
        SHIPPED,
        min_length=1,
        description="Folder of the model: of the sentiment, and of the topic if it can; several, one per language,"
        " comma-separated.",
    )
    topic_artifact: Path | None = Field(None, description="Folder of a second model, of which only the topic is taken.")
    watchlist: Path | None = Field(None, description="File of watchlist entries, YAML or CSV; read again on change.")
    rules: Path | None = Field(None, description="YAML file of alert rules; read again on change. None: the defaults.")
    feeds: Path | None = Field(None, description="YAML file of sources to read; read again on change. None: none.")
    feeds_contact: str | None = Field(
        None,
        pattern=r"^[!-~]+([ ][!-~]+)*$",
        max_length=200,
        description="E-mail or web address that says who reads them, sent to each source.",
    )
    provider: Literal["auto", "cpu", "cuda", "tensorrt"] = Field(
        "auto", description="Where the model runs: auto, cpu, cuda, tensorrt."
    )
    language: Language = Field(Language.EN, description="What people read is written in it: en, zh (Chinese).")
    languages: Literal["model", "any"] = Field(
        "model", description="Documents that are read: in languages that the model reads, or in any."
    )
    mask: str | None = Field(
        None,
        description="Personal data that is masked in documents: email, phone, card, iban, handle, comma-separated.",
    )
    cache: int = Field(20_000, ge=0, le=10_000_000, description="Texts whose classification is kept, 0.6 kB each.")
    threads: int = Field(0, ge=0, le=1024, description="Threads of the model on the CPU; 0 is all usable cores.")
    batch: int = Field(128, ge=1, le=4096, description="Documents per batch, at most.")
    batch_wait: float = Field(0.1, gt=0, le=10, description="Seconds that a batch waits to fill.")
    webhook_url: str | None = Field(None, pattern="^https?://", description="Where alerts are posted; none if unset.")
    webhook_secret: SecretStr | None = Field(None, description="Signs webhooks: whsec_ and base64 of 24 to 64 bytes.")
    late_for: int = Field(
        900, ge=60, le=31_622_400, description="Seconds behind its partition at which a document is late."
    )
    ahead_for: int = Field(
        3600, ge=0, le=86_400, description="Seconds ahead of the broker at which a document is refused."
    )
    windows: str = Field(
        "5,15,60,360,1440", pattern=r"^[0-9]{1,5}(,[0-9]{1,5})*$", description="Rolling windows in minutes."
    )
    webhook_allow_http: bool = Field(False, description="Whether webhook_url may be http.")
    webhook_allow_private: bool = Field(False, description="Whether webhook_url may be at a private address.")
    routes: Path | None = Field(None, description="YAML file of receivers and routes, instead of webhook_url.")
    grafana_url: str | None = Field(None, pattern=_GRAFANA, description="Grafana, for links in notifications.")
    keep_evidence_days: int = Field(400, ge=1, le=36_600, description="Days that an alert's documents are kept.")
    keep_alert_days: int = Field(2557, ge=1, le=36_600, description="Days that alerts are kept: seven years.")
    project_every: float = Field(2.0, gt=0, le=60, description="Seconds between writes of windows to PostgreSQL.")
    detect_every: float = Field(1.0, gt=0, le=60, description="Seconds between looks for closed minutes.")
    http_host: str = Field("127.0.0.1", description="Where /healthz, /readyz and /metrics listen.")
    http_port: int = Field(9464, ge=0, le=65535, description="Their port; 0 takes a free one.")
    api_tokens: Path | None = Field(None, description="File of the HTTP API's tokens; without one there is no API.")
    api_host: str = Field("127.0.0.1", description="Where the HTTP API listens.")
    api_port: int = Field(9465, ge=0, le=65535, description="Its port; 0 takes a free one.")
    retry_for: float = Field(
        30.0, ge=0, le=3600, description="Seconds for which what fails is tried again before the worker ends."
    )
    postgres_timeout: float = Field(
        30.0, ge=1, le=3600, description="Seconds that a statement in PostgreSQL may take; a third of it for a lock."
    )
    tick_bound: float = Field(
        120.0, ge=10, le=3600, description="Seconds within which a stage has to end a tick or to get on with it."
    )
    end_after: float = Field(
        300.0, gt=0, le=86_400, description="Seconds after which a worker ends if a stage or a partition stands still."
    )
    stall_after: float = Field(60.0, gt=0, le=3600, description="Seconds of lag without a commit that are a stall.")
    session_timeout: float = Field(
        10.0, ge=6, le=300, description="Seconds after which the broker gives a silent worker's partitions to others."
    )
    keep_hours: int = Field(192, ge=1, le=8784, description="Hours that Redis keeps windows, ids and stories.")
    keep_days: int = Field(90, ge=1, le=3660, description="Days that PostgreSQL keeps minute rows.")
    keep_pool_days: int = Field(14, ge=1, le=3660, description="Days that PostgreSQL keeps the pool of evidence.")
    keep_decision_days: int = Field(90, ge=1, le=3660, description="Days that PostgreSQL keeps decisions of the past.")

    @property
    def window_minutes(self) -> tuple[int, ...]:
        """The rolling windows, in minutes, shortest first."""
        return tuple(sorted({int(length) for length in self.windows.split(",")}))

    @property
    def masker(self) -> Masker | None:
        """What masks documents before they are stored; None: nothing is masked."""
        return Masker(kinds_of(self.mask)) if self.mask else None

    @property
    def acceptance(self) -> Acceptance:
        """How raw records are read, whoever reads them."""
        return Acceptance(timedelta(seconds=self.ahead_for), self.masker)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_yes_or_no(cls, value: object, about: ValidationInfo) -> object:
        """Refuse true and false for numbers, of which TOML tells them apart; pydantic takes them as 1 and 0."""
        kind = cls.model_fields[about.field_name or ""].annotation
        if isinstance(value, bool) and kind in (int, float):
            raise ValueError(f"{str(value).lower()}: a {'whole ' if kind is int else ''}number is expected")
        return value

    @field_validator("language", mode="before")
    @classmethod
    def _is_a_language(cls, name: object) -> object:
        """Take a language as systems write it, too; what is none is told as every choice is."""
        try:
            return language_of(str(name))
        except SettingsError:
            return name

    @field_validator("artifact", mode="before")
    @classmethod
    def _are_folders(cls, folders: object) -> object:
        if isinstance(folders, str):
            return tuple(part.strip() for part in folders.split(",") if part.strip())
        return (folders,) if isinstance(folders, Path) else folders

    @field_validator("mask")
    @classmethod
    def _can_be_masked(cls, text: str | None) -> str | None:
        if text and not kinds_of(text):
            raise ValueError(f"'{text[:40]}': it is empty; name what is to be masked, or unset it")
        return text

    @field_validator("postgres")
    @classmethod
    def _names_the_driver(cls, url: SecretStr) -> SecretStr:
        """Take URLs as psql and hosters write them, too; SQLAlchemy wants the name of its driver."""
        return SecretStr(_POSTGRES.sub("postgresql+psycopg://", url.get_secret_value(), count=1))

    @model_validator(mode="after")
    def _windows_are_kept(self) -> Self:
        if not 1 <= self.window_minutes[0] <= self.window_minutes[-1] <= self.keep_hours * 60:
            raise ValueError(
                f"windows: '{self.windows}': minutes from 1 to keep_hours, {self.keep_hours * 60}, are expected"
            )
        return self

    @model_validator(mode="after")
    def _a_tick_may_be_tried_again(self) -> Self:
        if self.end_after <= (least := self.tick_bound + self.retry_for):
            raise ValueError(
                f"end_after: {self.end_after:g}: more than tick_bound and retry_for together, {least:g}, is expected"
            )
        return self

    @model_validator(mode="after")
    def _webhooks_are_signed(self) -> Self:
        if self.webhook_url and not self.webhook_secret:
            raise ValueError("webhook_secret: missing; webhooks are always signed")
        if self.webhook_url and self.routes:
            raise ValueError("webhook_url: the receivers stand in the file of the setting 'routes'; unset one of them")
        return self

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: PydanticBaseSettingsSource, **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments beat variables, variables beat files."""
        ordered = [sources["init_settings"], sources["env_settings"]]
        if folder := os.environ.get(SECRETS):
            ordered.append(InitSettingsSource(settings_cls, secrets_of(Path(folder), settings_cls.model_fields)))
        if path := os.environ.get(CONFIG):
            ordered.append(InitSettingsSource(settings_cls, config_of(Path(path))))
        return tuple(ordered)


def load_settings(**changes: Any) -> Settings:
    """Read the settings, and take their language for what this process says to people.

    Raises:
        SettingsError: a setting is unknown or wrong, or a file cannot be read; the message names it.
    """
    _warn_of_misspelt()
    try:
        settings = Settings(**changes)
    except ValidationError as error:
        raise SettingsError(problem_of(error.errors()[0], Settings.model_fields, changes)) from None
    choose_language(settings.language)
    return settings


@cache
def _warn_of_misspelt() -> None:
    """Say once what looks like a setting and is none."""
    for sentence in unknown_variables(os.environ):
        logger.warning("bellwether: %s", sentence)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that looks like a setting and is none.

    >>> unknown_variables({"BELLWETHER_REDSI": "redis://h", "BELLWETHER_BATCH": "9"})
    ['BELLWETHER_REDSI is no setting and does nothing; did you mean BELLWETHER_REDIS?']
    """
    unknown = unknown_names(environment, Settings.model_fields)
    return [f"{name} is no setting and does nothing; {hint}" for name, hint in unknown]
