"""A running Grafana through grafana-api, its errors as ours: what went wrong, and what one can do about it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException, GrafanaServerError, GrafanaUnauthorizedError
from grafana_api.grafana_face import GrafanaFace

from stream.errors import BellwetherError, SettingsError

OLDEST = 13  # the release whose types the dashboards are made of
TIMEOUT = 30.0  # seconds of a request: a panel's query over a month may take some
Json = dict[str, Any]


class GrafanaError(BellwetherError):
    """Grafana did not answer, or refused."""


def login() -> str | tuple[str, str]:
    """Return a token, or user and password, from the environment; never from the command line, where all can read it.

    ``GRAFANA_TOKEN``, or ``GRAFANA_USER`` and ``GRAFANA_PASSWORD``; each may be a file's path in ``..._FILE``.

    Raises:
        SettingsError: none is set, or a file cannot be read.
    """
    if token := _secret("GRAFANA_TOKEN"):
        return token
    user, password = os.environ.get("GRAFANA_USER"), _secret("GRAFANA_PASSWORD")
    if user and password:
        return user, password
    raise SettingsError("set GRAFANA_TOKEN to a service account's token, or GRAFANA_USER and GRAFANA_PASSWORD")


def _secret(name: str) -> str | None:
    if not (path := os.environ.get(f"{name}_FILE")):
        return os.environ.get(name)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE: {path}: {error.strerror}") from error


class Grafana:
    """One Grafana.

    Args:
        url: as in the browser, with the path where it is not at the root.

    Raises:
        SettingsError: the URL is none.
    """

    def __init__(self, url: str, auth: str | tuple[str, str]) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise SettingsError(f"the port in the URL of Grafana must be a number, in '{parts.hostname}'") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            # Without the URL: a password in it may be what is wrong.
            raise SettingsError(
                "the URL of Grafana must be like https://grafana.example:3000, without user and password"
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        path = f"{parts.path.strip('/')}/".lstrip("/")
        self.url = f"{parts.scheme}://{parts.netloc}/{path}".rstrip("/")
        self._face = GrafanaFace(auth, host, port, path, parts.scheme, timeout=TIMEOUT)

    def check(self) -> str:
        """Return Grafana's version.

        Raises:
            GrafanaError: it does not answer, or is older than the dashboards need.
        """
        with self._errors("tell its version"):
            version = str(self._face.api.GET("/health").get("version", ""))
        major = re.match(r"v?(\d+)\.", version)
        if major is None:
            raise GrafanaError(f"{self.url} does not answer as Grafana does: its health names no version")
        if int(major[1]) < OLDEST:
            raise GrafanaError(f"Grafana at {self.url} is {version}, too old: these dashboards need {OLDEST} or newer")
        return version

    def folder(self, uid: str) -> Json | None:
        """Return a folder, or None where there is none."""
        with self._errors(f"return folder '{uid}'"):
            return self._or_none(lambda: self._face.folder.get_folder(uid))

    def create_folder(self, uid: str, title: str) -> None:
        """Create a folder."""
        with self._errors(f"create folder '{title}'"):
            self._face.folder.create_folder(title, uid)

    def source(self, uid: str) -> Json | None:
        """Return a data source, or None where there is none."""
        with self._errors(f"return data source '{uid}'"):
            return self._or_none(lambda: self._face.api.GET(f"/datasources/uid/{quote(uid)}"))

    def create_source(self, source: Json) -> None:
        """Create a data source."""
        with self._errors(f"create data source '{source['name']}'"):
            self._face.datasource.create_datasource(source)

    def source_health(self, uid: str) -> str:
        """Return what a data source says of itself when it is asked.

        Raises:
            GrafanaError: it is not well; the message says what it said.
        """
        with self._errors(f"check data source '{uid}'"):
            answer = self._face.api.GET(f"/datasources/uid/{quote(uid)}/health")
        if answer.get("status", "OK") != "OK":
            raise GrafanaError(f"data source '{uid}' is not well: {answer.get('message')}")
        return str(answer.get("message", "OK"))

    def dashboard(self, uid: str) -> Json | None:
        """Return a dashboard with ``meta``, or None where there is none."""
        with self._errors(f"return dashboard '{uid}'"):
            return self._or_none(lambda: self._face.dashboard.get_dashboard(uid))

    def save(self, content: Json, folder: str) -> None:
        """Create a dashboard, or replace the one with its uid."""
        with self._errors(f"save dashboard '{content['uid']}'"):
            self._face.dashboard.update_dashboard({"dashboard": content, "folderUid": folder, "overwrite": True})

    def query(self, queries: list[Json], start_ms: int, end_ms: int) -> Json:
        """Return the results of queries by refId."""
        body = {"queries": queries, "from": str(start_ms), "to": str(end_ms)}
        with self._errors("run a query"):
            return dict(self._face.api.POST("/ds/query", json=body)["results"])

    @staticmethod
    def _or_none(request: Any) -> Json | None:
        """Return the answer, or None where Grafana has no such thing (404)."""
        try:
            return dict(request())
        except GrafanaClientError as error:
            if error.status_code == 404:
                return None
            raise

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """Turn what goes wrong inside into a GrafanaError; neither token nor password is in it."""
        try:
            yield
        except GrafanaUnauthorizedError as error:
            raise GrafanaError(
                f"Grafana at {self.url} does not know this login (401): check GRAFANA_TOKEN, or GRAFANA_USER and "
                "GRAFANA_PASSWORD; a token may have expired"
            ) from error
        except GrafanaServerError as error:
            raise GrafanaError(
                f"Grafana at {self.url} failed to {what} ({error.status_code}): {_message(error)}; its log says why"
            ) from error
        except GrafanaException as error:
            raise GrafanaError(f"Grafana at {self.url} did not {what} ({error.status_code}): {_hint(error)}") from error
        except requests.JSONDecodeError as error:
            raise GrafanaError(
                f"{self.url} does not answer as Grafana does: no JSON came; is the URL right?"
            ) from error
        except requests.RequestException as error:
            raise GrafanaError(
                f"Grafana at {self.url} cannot be reached ({type(error).__name__}); is it running, is the URL right?"
            ) from error


def _message(error: GrafanaException) -> str:
    answer = error.response
    return str(answer.get("message", answer) if isinstance(answer, dict) else answer).strip()[:300] or "no reason given"


def _hint(error: GrafanaException) -> str:
    hints = {
        403: "the login needs the role Admin, for data sources, or Editor, for dashboards alone",
        412: "something stands in the way there; delete it or push to another organisation",
        404: "is the URL right, with the path that Grafana is served under?",
    }
    if error.status_code == 400 and "provision" in _message(error).lower():
        return f"{_message(error)}; it comes from a file there, and has to be changed in that file"
    return f"{_message(error)}; {hints[error.status_code]}" if error.status_code in hints else _message(error)
