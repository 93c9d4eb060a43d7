"""YAML that people write: read strictly, with the line of what is wrong. Shared by adapters that read such files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from stream.errors import SettingsError
from stream.watched_file import read_limited

MAX_BYTES = 1024 * 1024
Place = tuple[str | int, ...]
T = TypeVar("T")
_STEP = re.compile(r"\.([A-Za-z_]+)|\[(\d+)\]")
_UNKNOWN = re.compile("unknown field `(.+?)`")


class YamlFile:
    """A file that was read; it knows the line of each place in it.

    Raises:
        SettingsError: it is missing, too large or no YAML, or a key stands twice in a mapping.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        text = read_limited(path, max_bytes)
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                if isinstance(event, yaml.AliasEvent) and event.start_mark:
                    raise self._error(event.start_mark.line, f"aliases (*{event.anchor}) are not read")
            self._node = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line if error.problem_mark else 0
            raise self._error(line, f"not YAML: {error.problem}") from None
        except yaml.YAMLError:
            raise SettingsError(f"{path}: not YAML: it holds a character that may not stand in a text") from None

    def read(self, kind: type[T]) -> T:
        """Return the content as a ``kind``; an empty file is an empty mapping.

        Raises:
            SettingsError: it is none; the message gives the line, the key and the reason.
        """
        content = {} if self._node is None else self._value(self._node)
        try:
            return msgspec.convert(content, kind)
        except msgspec.ValidationError as error:
            problem, _, at = str(error).partition(" - at `$")
            place: Place = tuple(key or int(number) for key, number in _STEP.findall(at))
            if unknown := _UNKNOWN.search(problem):
                place = (*place, unknown[1])
            raise self.wrong(place, problem) from None

    def wrong(self, place: Place, problem: str) -> SettingsError:
        """Return the error that says what is wrong at ``place``."""
        where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).lstrip(".")
        return self._error(self._line(place), f"{where or 'the file'}: {problem}")

    def _error(self, line: int, problem: str) -> SettingsError:
        return SettingsError(f"{self.path}, line {line + 1}: {problem}")

    def _value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item) for item in node.value]
        if not isinstance(node, yaml.MappingNode):
            return self._scalar(node)
        found: dict[str, Any] = {}
        for key_node, item in node.value:
            key = self._value(key_node)
            if not isinstance(key, str) or key in found:
                problem = "stands twice" if isinstance(key, str) else "is no word"
                raise self._error(key_node.start_mark.line, f"the key '{key}' {problem}")
            found[key] = self._value(item)
        return found

    def _scalar(self, node: yaml.Node) -> Any:
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            raise self._error(node.start_mark.line, f"'{str(node.value)[:40]}' cannot be read") from None
        finally:
            loader.dispose()

    def _line(self, place: Place) -> int:
        """Return the line of the deepest node on the way to ``place``, counted from 0."""
        node, line = self._node, 0
        for step in place:
            if isinstance(node, yaml.MappingNode):
                found = [(key, item) for key, item in node.value if key.value == step]
                if not found:
                    break
                key, node = found[-1]
                line = key.start_mark.line
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return line
