"""The file of receivers and routes: YAML, read strictly, errors with their line, and read again when it changed.

Secrets are resolved here and kept apart: the values of :mod:`stream.pipeline.notify.config` never hold one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import yaml

from stream.errors import SettingsError
from stream.pipeline.notify import Routing
from stream.pipeline.notify.config import PlaceError, ReceiverSpec, RoutesSpec, Secret, routing

MAX_BYTES, MAX_SECRET = 1024 * 1024, 4096
_STEP = re.compile(r"\.([A-Za-z_]+)|\[(\d+)\]")
_FIELD = re.compile("unknown field `(.+?)`")
Place = tuple[str | int, ...]


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
    node = _compose(path)
    try:
        spec = _convert(node)
        made = routing(spec)
        receivers = []
        for number, receiver in enumerate(spec.receivers):
            secrets = _secrets(path, receiver, environment, ("receivers", number)) if resolve else Secrets("")
            receivers.append((receiver, secrets))
    except PlaceError as error:
        raise SettingsError(f"{path}, line {_line(node, error.place)}: {error}") from None
    return Routes(made, tuple(receivers))


class RoutesFile:
    """A file that is read again when it, or a file with a secret, changed; while it is wrong, the old one stays.

    Raises:
        SettingsError: the file is wrong at the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.current = read_routes(path)
        self._seen = self._state()

    def refresh(self) -> bool:
        """Read the file again if it changed, and say whether there are new routes.

        Raises:
            SettingsError: it changed and is wrong; said once per change.
        """
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        self.current = read_routes(self._path)
        # The new file may name other files with secrets.
        self._seen = self._state()
        return True

    def _state(self) -> tuple[tuple[int, int, int] | None, ...]:
        kept = [secret for spec, _ in self.current.receivers for secret in _kept(spec)]
        files = [self._path, *(self._path.parent / secret.file for secret in kept if secret.file)]
        return tuple(map(_stamp, files))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _compose(path: Path) -> yaml.Node:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{path}: {path.stat().st_size} bytes, at most {MAX_BYTES} are read")
        text = path.read_text(encoding="utf-8")
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent) and event.start_mark:
                raise SettingsError(f"{path}, line {event.start_mark.line + 1}: aliases (*{event.anchor}) are not read")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path}, line {line}: not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise SettingsError(f"{path}: not YAML: it holds a character that may not stand in a text") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{path}: {reason}") from None
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{path}, line 1: the keys 'receivers' and 'default' are expected")
    return node


def _convert(node: yaml.Node) -> RoutesSpec:
    try:
        return msgspec.convert(_value(node, ()), RoutesSpec)
    except msgspec.ValidationError as error:
        problem, _, at = str(error).partition(" - at `$")
        place: Place = tuple(key or int(number) for key, number in _STEP.findall(at))
        if unknown := _FIELD.search(problem):
            place = (*place, unknown[1])
        where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).lstrip(".")
        raise PlaceError(place, f"{where or 'the file'}: {problem}") from None


def _value(node: yaml.Node, place: Place) -> Any:
    """Return the content of a node; a key that stands twice is an error, where YAML's readers take the last."""
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, number)) for number, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node, place)
    found: dict[Any, Any] = {}
    for key_node, item in node.value:
        key = _value(key_node, place)
        if not isinstance(key, str) or key in found:
            problem = "stands twice" if isinstance(key, str) else "is no word"
            raise PlaceError((*place, str(key)), f"the key '{key}' {problem}")
        found[key] = _value(item, (*place, key))
    return found


def _scalar(node: yaml.Node, place: Place) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError):
        raise PlaceError(place, f"'{str(node.value)[:40]}' cannot be read") from None
    finally:
        loader.dispose()


def _line(node: yaml.Node, place: Place) -> int:
    """Return the line of the deepest node on the way to ``place``."""
    line = node.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = [(key, item) for key, item in node.value if key.value == step]
            if not found:
                break
            key, node = found[-1]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


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
