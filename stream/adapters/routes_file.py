"""The file of receivers and routes: YAML, read strictly, errors with their line, and read again when it changed.

Secrets are resolved here and kept apart: the values of :mod:`stream.pipeline.notify.config` never hold one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stream.errors import PlaceError, SettingsError
from stream.pipeline.notify import Routing
from stream.pipeline.notify.config import ReceiverSpec, RoutesSpec, Secret, routing
from stream.watched_file import WatchedFile
from stream.yaml_file import Place, YamlFile

MAX_SECRET = 4096


@dataclass(frozen=True)
class Secrets:
    """What a receiver keeps secret, resolved. Nothing of it stands in the repr."""

    url: str = field(repr=False)
    signing: tuple[str, ...] = field(default=(), repr=False)
    authorization: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Routes:
    """A file that was read: the routing, and its receivers with their secrets."""

    routing: Routing
    receivers: tuple[tuple[ReceiverSpec, Secrets], ...]


def read_routes(path: Path, *, resolve: bool = True, environment: Mapping[str, str] = os.environ) -> Routes:
    """Read a file.

    Args:
        resolve: read the secrets, too; False leaves them empty, to check a file where they are not kept.

    Raises:
        SettingsError: the file is missing, too large or wrong, or a secret is not there; the message gives the line
            and the reason, and never a secret.
    """
    file = YamlFile(path)
    spec = file.read(RoutesSpec)
    try:
        made = routing(spec)
        receivers = []
        for number, receiver in enumerate(spec.receivers):
            secrets = _secrets(path, receiver, environment, ("receivers", number)) if resolve else Secrets("")
            receivers.append((receiver, secrets))
    except PlaceError as error:
        raise file.wrong(error.place, str(error)) from None
    return Routes(made, tuple(receivers))


class RoutesFile(WatchedFile[Routes]):
    """Routes that are read again when their file, or a file with a secret, changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: read_routes(path), lambda routes: [path, *_secret_files(path, routes)])


def _secret_files(path: Path, routes: Routes | None) -> list[Path]:
    if routes is None:
        return []
    kept = [secret for spec, _ in routes.receivers for secret in _kept(spec)]
    return [path.parent / secret.file for secret in kept if secret.file]


def _kept(spec: ReceiverSpec) -> list[Secret]:
    kept = [*spec.secrets, *([spec.authorization] if spec.authorization else [])]
    return [*kept, spec.url] if isinstance(spec.url, Secret) else kept


def _secrets(path: Path, spec: ReceiverSpec, environment: Mapping[str, str], place: Place) -> Secrets:
    def read(secret: Secret, *where: str | int) -> str:
        try:
            return _read(path.parent, secret, environment)
        except SettingsError as error:
            raise PlaceError((*place, *where), f"receiver '{spec.name}': {error}") from None

    signing = tuple(read(secret, "secrets", number) for number, secret in enumerate(spec.secrets))
    authorization = read(spec.authorization, "authorization") if spec.authorization else None
    return Secrets(read(spec.url, "url") if isinstance(spec.url, Secret) else spec.url, signing, authorization)


def _read(folder: Path, secret: Secret, environment: Mapping[str, str]) -> str:
    if secret.env is not None:
        kept, text = f"the variable {secret.env}", environment.get(secret.env, "")
    else:
        kept = f"the file {secret.file}"
        try:
            with (folder / (secret.file or "")).open(encoding="utf-8") as content:
                text = content.read(MAX_SECRET + 1)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise SettingsError(f"{kept}: {reason}") from None
    text = text.strip()
    if not text or len(text) > MAX_SECRET:
        raise SettingsError(f"{kept} {'is not set or empty' if not text else 'is too long'}")
    if not (text.isascii() and text.isprintable()):
        # A line break in a header's value would be told in an error, with the value.
        raise SettingsError(f"{kept} holds a character that a secret must not have")
    return text
