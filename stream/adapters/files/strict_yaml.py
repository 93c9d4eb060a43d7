"""YAML that people write: read strictly, with the line of what is wrong.

Read from the parser's events, one by one: what people nest, repeat or tag costs no more than its bytes, and other
threads get their turn while a long file is read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import msgspec
import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from stream.adapters.files.watched import error_at, read_limited
from stream.errors import Place, SettingsError
from stream.plain_problems import Problem, problem_of

MAX_BYTES = 1024 * 1024  # bounds the time that a worker spends on a wrong file
MAX_DEPTH = 32  # the files that we read need six
T = TypeVar("T")
_TEXT_TAG = "tag:yaml.org,2002:str"


class Node(NamedTuple):
    """A value in a YAML file: a scalar, a list of nodes, or a dict of nodes.

    ``line``, from 1, is that of its key where it has one, else its own.
    """

    value: Any
    line: int

    def plain(self) -> Any:
        """Return the value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


class WrittenInt(int):
    """A whole number whose ``str`` is how it is written in the file: 0700, which YAML reads as 448."""

    _text: str

    def __new__(cls, value: int, text: str) -> Self:
        number = super().__new__(cls, value)
        number._text = text
        return number

    def __str__(self) -> str:
        return self._text


class YamlFile:
    """A file that was read; it knows the line of each place in it.

    Attributes:
        root: what it holds; None of an empty file.

    Raises:
        SettingsError: it is missing, too large or no YAML, nested too deep, holds an alias or a control character, or
            a key stands twice in a mapping.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._resolver, self._constructor = Resolver(), SafeConstructor()
        text = read_limited(path, max_bytes)
        try:
            self.root = self._document(yaml.parse(text, Loader=yaml.CSafeLoader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self.error_at(mark.line + 1 if mark else 1, _not_yaml(error)) from None
        except yaml.YAMLError:
            raise self.error_at(1, "not YAML: the file holds a character that may not stand in a text") from None

    def read(self, kind: type[T]) -> T:
        """Return the content as a value of the type ``kind``; an empty file is an empty mapping.

        Raises:
            SettingsError: it is no such value; the message gives the line, the key and the reason.
        """
        try:
            return msgspec.convert({} if self.root is None else self.root.plain(), kind)
        except msgspec.ValidationError as error:
            place, said, unknown = problem_of(error, kind)
            raise self.error_in((*place, unknown) if unknown else place, said) from None

    def error_in(self, place: Place, problem: str) -> SettingsError:
        """Return the error that says what is wrong at ``place``."""
        return self.error_at(self._line_of(place), Problem(place, problem).told("the file"))

    def error_at(self, line: int, problem: str) -> SettingsError:
        """Return the error that says what is wrong on a line."""
        return error_at(self.path, line, problem)

    def _document(self, events: Iterator[yaml.Event]) -> Node | None:
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self.error_at(_line(event), "a second document begins here; one is read")
                root = self._node(next(events), events, 0)
        return None if root is None or root.value is None else root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
        line = _line(event)
        if depth > MAX_DEPTH:
            raise self.error_at(line, f"nested more than {MAX_DEPTH} deep")
        if isinstance(event, yaml.AliasEvent):
            raise self.error_at(line, f"aliases (*{event.anchor}) are not read")
        if isinstance(event, yaml.ScalarEvent):
            return Node(self._scalar(event, line), line)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := next(events), yaml.SequenceEndEvent):
                items.append(self._node(item, events, depth + 1))
            return Node(items, line)
        return Node(self._mapping(events, depth), line)

    def _mapping(self, events: Iterator[yaml.Event], depth: int) -> dict[str, Node]:
        mapping: dict[str, Node] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key, line = self._node(event, events, depth + 1)
            if not isinstance(key, str) or key in mapping:
                shown = repr(key)[:40] if isinstance(key, str | int | float | bool) else "of this line"
                raise self.error_at(line, f"the key {shown} {'stands twice' if isinstance(key, str) else 'is no word'}")
            mapping[key] = Node(self._node(next(events), events, depth + 1).value, line)
        return mapping

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Any:
        # What ends a block of text (`|`, `>`) is no part of a name or an address.
        text = event.value.rstrip("\n") if event.style in ("|", ">") else event.value
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._resolver.resolve(yaml.ScalarNode, text, event.implicit)  # type: ignore[no-untyped-call]
        if tag != _TEXT_TAG:
            try:
                value = self._constructor.construct_object(yaml.ScalarNode(tag, text))
                return WrittenInt(value, text) if type(value) is int and str(value) != text else value
            except Exception:  # a tag's own way of failing, such as KeyError of !!bool
                raise self.error_at(line, f"'{text[:40]}' cannot be read") from None
        if (control := control_character(text)) is not None:
            raise self.error_at(line, f"'{text[:40]}' holds the control character U+{ord(control):04X}")
        return text

    def _line_of(self, place: Place) -> int:
        """Return the line of the deepest node on the way to ``place``."""
        node, line = self.root, 1
        for step in place:
            if node is None:
                break
            if isinstance(node.value, dict) and isinstance(step, str):
                node = node.value.get(step)
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                break
            line = node.line if node is not None else line
        return line


_TAB = "this sign may not begin a value here; is it a tab? write spaces, or quote the value"
_NOT_YAML = (  # what the parser says, in part, and what is to be done; the first that is found holds
    ("cannot start any token", _TAB),
    ("tab character", _TAB),
    ("'\\t'", _TAB),
    (
        "mapping values are not allowed",
        "a colon stands where none may; indent the line as those above it, or put a value with a colon in quotation "
        "marks",
    ),
    ("expected ',' or", "a comma or a closing bracket is missing, here or above"),
    ("parsing a block node", "a value is expected here, and not this sign"),
    ("parsing a block", "the line does not fit those above it; are indents and brackets right?"),
    ("unexpected end of stream", "a closing quotation mark is missing"),
    ("unknown escape character", "what follows a backslash is not known; use single quotation marks"),
    ("scanning a block scalar", "behind | or > nothing else may stand on the line"),
    ("scanning an a", "a value that begins with & or * is expected in quotation marks"),
    (" a tag", "a value that begins with ! is expected in quotation marks"),
    ("directive", "a line that begins with % is expected in quotation marks"),
    ("document start", "more follows behind the end of a value; put all of it in quotation marks"),
)


def _not_yaml(error: yaml.MarkedYAMLError) -> str:
    problem = f"{error.context or ''} {error.problem or ''}".strip()
    said = next((words for part, words in _NOT_YAML if part in problem), problem)
    return f"not YAML: {said}"


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def control_character(text: str) -> str | None:
    """Return the first control character of a text: no store, log or header takes all of them."""
    if text.isprintable():
        return None
    return next((sign for sign in text if unicodedata.category(sign) in ("Cc", "Cs")), None)
