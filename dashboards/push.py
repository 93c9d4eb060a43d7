"""Brings folder, data sources and dashboards into a running Grafana; twice is as once, and it says what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dashboards.names import FOLDER, POSTGRES_UID, PROMETHEUS_UID, SOURCES, TAG
from stream.errors import SettingsError

Json = dict[str, Any]


class Target(Protocol):
    """What :class:`dashboards.grafana.Grafana` is to this module; every method raises GrafanaError."""

    def check(self) -> str: ...
    def folder(self, uid: str) -> Json | None: ...
    def create_folder(self, uid: str, title: str) -> None: ...
    def source(self, uid: str) -> Json | None: ...
    def create_source(self, source: Json) -> None: ...
    def dashboard(self, uid: str) -> Json | None: ...
    def save(self, content: Json, folder: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the data is, as Grafana reaches it; needed for data sources that are not there yet.

    ``postgres`` is host:port, ``password`` that of ``user``, ``prometheus`` a URL.
    """

    postgres: str | None = None
    database: str = "bellwether"
    user: str = "grafana_reader"
    password: str | None = None
    sslmode: str = "verify-full"
    prometheus: str | None = None


def push(target: Target, dashboards: Mapping[str, Json], sources: Sources) -> Iterator[str]:
    """Do it, and yield a line on each thing as it is done.

    Raises:
        SettingsError: a data source is missing and ``sources`` does not say where its data is, or has another type.
        GrafanaError: Grafana did not answer, or refused; what was done before stays, and a second push goes on.
    """
    yield f"Grafana {target.check()}"
    yield _folder(target)
    for uid, kind in SOURCES.items():
        yield f"data source {uid}: {_source(target, uid, kind, sources)}"
    for uid, content in dashboards.items():
        yield f"dashboard {uid}: {_dashboard(target, content)}"


def _folder(target: Target) -> str:
    if (there := target.folder(TAG)) is not None:
        return f"folder {there.get('title', TAG)}: unchanged"
    target.create_folder(TAG, FOLDER)
    return f"folder {FOLDER}: created"


def _source(target: Target, uid: str, kind: str, sources: Sources) -> str:
    there = target.source(uid)
    if there is None:
        target.create_source(_postgres(sources) if uid == POSTGRES_UID else _prometheus(sources))
        return "created"
    if there.get("type") not in {kind, "postgres" if uid == POSTGRES_UID else kind}:
        raise SettingsError(
            f"data source '{uid}' is of type '{there.get('type')}' there, not '{kind}'; rename it there"
        )
    return "unchanged"


def _postgres(sources: Sources) -> Json:
    if not sources.postgres or not sources.password:
        raise SettingsError(
            f"data source '{POSTGRES_UID}' is not there yet: say where PostgreSQL is with --postgres host:port, and "
            f"give the password of {sources.user} in GRAFANA_READER_PASSWORD"
        )
    return {
        "name": "Bellwether",
        "uid": POSTGRES_UID,
        "type": SOURCES[POSTGRES_UID],
        "access": "proxy",
        "url": sources.postgres,
        "user": sources.user,
        "jsonData": {
            "database": sources.database,
            "sslmode": sources.sslmode,
            "postgresVersion": 1500,
            "timescaledb": False,
            "maxOpenConns": 10,
            "maxIdleConns": 2,
            "connMaxLifetime": 14400,
        },
        "secureJsonData": {"password": sources.password},
    }


def _prometheus(sources: Sources) -> Json:
    if not sources.prometheus:
        raise SettingsError(f"data source '{PROMETHEUS_UID}' is not there yet: say where it is with --prometheus URL")
    return {
        "name": "Bellwether metrics",
        "uid": PROMETHEUS_UID,
        "type": SOURCES[PROMETHEUS_UID],
        "access": "proxy",
        "url": sources.prometheus,
        "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
    }


def _dashboard(target: Target, content: Json) -> str:
    there = target.dashboard(content["uid"])
    if there is not None and there.get("meta", {}).get("folderUid", TAG) == TAG and _holds(there["dashboard"], content):
        return "unchanged"
    # The id is Grafana's own; with the one of another Grafana it would look for that.
    target.save({**content, "id": None}, TAG)
    return "created" if there is None else "updated"


def _holds(there: Any, ours: Any) -> bool:
    """Whether ``there`` says all that ``ours`` says; Grafana adds its ids, versions and defaults."""
    if isinstance(ours, dict):
        return isinstance(there, dict) and all(key in there and _holds(there[key], ours[key]) for key in ours)
    if isinstance(ours, list):
        pairs = zip(there, ours, strict=False) if isinstance(there, list) else ()
        return isinstance(there, list) and len(there) == len(ours) and all(_holds(*pair) for pair in pairs)
    return bool(there == ours)
