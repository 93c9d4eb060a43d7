"""Brings folder, data sources and dashboards into a running Grafana, and says what changed.

A second push changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dashboards.names import FOLDER, POSTGRES_UID, PROMETHEUS_UID, SOURCES, TAG
from stream.errors import SettingsError

Json = dict[str, Any]


class WritableGrafana(Protocol):
    """What this module needs of :class:`dashboards.grafana.client.Grafana`; every method raises GrafanaError."""

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


def push(grafana: WritableGrafana, dashboards: Mapping[str, Json], sources: Sources) -> Iterator[str]:
    """Create or update folder, data sources and dashboards; yield a line on each as it is done, and what was done.

    Raises:
        SettingsError: a data source is missing and ``sources`` does not say where its data is, or has another type.
        GrafanaError: Grafana did not answer, or refused; what was done before stays, and a second push goes on.
    """
    yield f"Grafana {grafana.check()}"
    yield _folder(grafana)
    for uid, kind in SOURCES.items():
        yield f"data source {uid}: {_source(grafana, uid, kind, sources)}"
    for uid, content in dashboards.items():
        yield f"dashboard {uid}: {_dashboard(grafana, content)}"


def _folder(grafana: WritableGrafana) -> str:
    if (folder := grafana.folder(TAG)) is not None:
        return f"folder {folder.get('title', TAG)}: unchanged"
    grafana.create_folder(TAG, FOLDER)
    return f"folder {FOLDER}: created"


def _source(grafana: WritableGrafana, uid: str, kind: str, sources: Sources) -> str:
    stored = grafana.source(uid)
    if stored is None:
        grafana.create_source(_postgres(sources) if uid == POSTGRES_UID else _prometheus(sources))
        return "created"
    if stored.get("type") not in {kind, "postgres" if uid == POSTGRES_UID else kind}:
        raise SettingsError(
            f"data source '{uid}' is of type '{stored.get('type')}' there, not '{kind}'; rename it there"
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


def _dashboard(grafana: WritableGrafana, content: Json) -> str:
    stored = grafana.dashboard(content["uid"])
    if (
        stored is not None
        and stored.get("meta", {}).get("folderUid", TAG) == TAG
        and _contains(stored["dashboard"], content)
    ):
        return "unchanged"
    # The id is Grafana's own; with the one of another Grafana it would look for that.
    grafana.save({**content, "id": None}, TAG)
    return "created" if stored is None else "updated"


def _contains(stored: Any, ours: Any) -> bool:
    """Return whether ``stored`` says all that ``ours`` says; Grafana adds its ids, versions and defaults."""
    if isinstance(ours, dict):
        return isinstance(stored, dict) and all(key in stored and _contains(stored[key], ours[key]) for key in ours)
    if isinstance(ours, list):
        pairs = zip(stored, ours, strict=False) if isinstance(stored, list) else ()
        return isinstance(stored, list) and len(stored) == len(ours) and all(_contains(*pair) for pair in pairs)
    return bool(stored == ours)
