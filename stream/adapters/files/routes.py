"""The file of receivers and routes: YAML, read strictly, errors with their line, and read again when it changed.

Secrets are resolved here and kept apart: the values of :mod:`stream.pipeline.notify.config` never hold one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stream.adapters.files.secrets import read_secret
from stream.adapters.files.strict_yaml import YamlFile
from stream.adapters.files.watched import WatchedFile, read_limited, reading
from stream.errors import Place, PlaceError, SettingsError
from stream.pipeline.notify import Routing
from stream.pipeline.notify.config import ReceiverSpec, RoutesSpec, build_routing, secrets_of
from stream.pipeline.units import Secret

MAX_CERTIFICATES = 4 * 1024 * 1024  # bytes; those of a whole Linux distribution have 200 kB


@dataclass(frozen=True)
class Secrets:
    """What a receiver keeps elsewhere, resolved: secrets, and ``trust``, the certificates of its ``ca_file`` as PEM.

    Nothing of it stands in the repr.
    """

    url: str = field(repr=False)
    signing: tuple[str, ...] = field(default=(), repr=False)
    authorization: str | None = field(default=None, repr=False)
    trust: str | None = field(default=None, repr=False)


MakeReceiver = Callable[[ReceiverSpec, Secrets], object]


@dataclass(frozen=True)
class Routes:
    """What a file says: the routing, and its receivers with their secrets."""

    routing: Routing
    receivers: tuple[tuple[ReceiverSpec, Secrets], ...]


def read_routes(
    path: Path, *, resolve: bool = True, environment: Mapping[str, str] = os.environ, make: MakeReceiver | None = None
) -> Routes:
    """Read a file of receivers and routes.

    Args:
        resolve: read the secrets, too; False leaves them empty, to check a file where they are not kept.
        make: makes a receiver; raises SettingsError where that cannot be done.

    Raises:
        SettingsError: the file is missing, too large or wrong, or a secret is not there; the message gives the line
            and the reason, and never a secret.
    """
    with reading(path):
        file = YamlFile(path)
        spec = file.read(RoutesSpec)
        try:
            routing = build_routing(spec)
            receivers = []
            for number, receiver in enumerate(spec.receivers):
                place = "receivers", number
                secrets = _resolved(path, receiver, environment, place) if resolve else Secrets("")
                _check_makeable(receiver, secrets, make, place)
                receivers.append((receiver, secrets))
        except PlaceError as error:
            raise file.error_in(error.place, str(error)) from None
        return Routes(routing, tuple(receivers))


class RoutesFile(WatchedFile[Routes]):
    """Routes that are read again when their file, or a file with a secret, changed."""

    def __init__(self, path: Path, make: MakeReceiver | None = None) -> None:
        super().__init__(lambda: read_routes(path, make=make), lambda routes: [path, *_secret_files(path, routes)])


def _check_makeable(spec: ReceiverSpec, secrets: Secrets, make: MakeReceiver | None, place: Place) -> None:
    if make is None:
        return
    try:
        with reading(f"receiver '{spec.name}'"):
            make(spec, secrets)
    except SettingsError as error:
        raise PlaceError(place, str(error)) from None


def _secret_files(path: Path, routes: Routes | None) -> list[Path]:
    if routes is None:
        return []
    files = [secret.file for spec, _ in routes.receivers for _, secret in secrets_of(spec)]
    files += [spec.ca_file for spec, _ in routes.receivers]
    return [path.parent / name for name in files if name]


def _resolved(path: Path, spec: ReceiverSpec, environment: Mapping[str, str], place: Place) -> Secrets:
    def read(secret: Secret, *where: str | int) -> str:
        try:
            return read_secret(path.parent, secret, environment)
        except SettingsError as error:
            raise PlaceError((*place, *where), f"receiver '{spec.name}': {error}") from None

    signing = tuple(read(secret, "secrets", number) for number, secret in enumerate(spec.secrets))
    authorization = read(spec.authorization, "authorization") if spec.authorization else None
    url = read(spec.url, "url") if isinstance(spec.url, Secret) else spec.url
    return Secrets(url, signing, authorization, _trust(path, spec, place))


def _trust(path: Path, spec: ReceiverSpec, place: Place) -> str | None:
    if spec.ca_file is None:
        return None
    try:
        return read_limited(path.parent / spec.ca_file, MAX_CERTIFICATES)
    except SettingsError as error:
        raise PlaceError((*place, "ca_file"), f"receiver '{spec.name}': {error}") from None
