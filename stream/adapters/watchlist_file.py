"""The watchlist's file, YAML or CSV: read strictly, errors with their line, and read again when it changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from stream.errors import SettingsError
from stream.pipeline.watchlist import Entry, Watchlist
from stream.watched_file import WatchedFile, read_limited

MAX_BYTES = 16 * 1024 * 1024
MAX_ENTRIES = 100_000
LISTS = ("aliases", "tickers", "exclude")
LINE = "\n line"  # no key of a YAML file can look like this by chance


class _Loader(yaml.CSafeLoader):
    """Tells each mapping the line that it begins on."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping, with its line."""
        return {**super().construct_mapping(node, deep), LINE: node.start_mark.line + 1}


def _with_line(loader: _Loader, node: Any) -> dict[Any, Any]:
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _with_line)


def read_watchlist(path: Path) -> Watchlist:
    """Read a file of entries: YAML (``entries:``, a list), or CSV whose lists are separated by ``;``.

    Raises:
        SettingsError: the file is missing, too large, or wrong; the message gives the line and the reason.
    """
    text = read_limited(path, MAX_BYTES)
    rows = _csv_rows(path, text) if path.suffix == ".csv" else _yaml_rows(path, text)
    entries: dict[str, Entry] = {}
    for line, row in rows:
        entry = _entry(path, line, row)
        if entry.name in entries:
            raise SettingsError(f"{path}, line {line}: an entry named '{entry.name}' stands further up")
        entries[entry.name] = entry
        if len(entries) > MAX_ENTRIES:
            raise SettingsError(f"{path}, line {line}: at most {MAX_ENTRIES} entries are read")
    return Watchlist(list(entries.values()))


class WatchlistFile(WatchedFile[Watchlist]):
    """A watchlist that is read again when its file changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: read_watchlist(path), lambda _: [path])


def _entry(path: Path, line: int, row: Any) -> Entry:
    try:
        return msgspec.convert(row, Entry)
    except msgspec.ValidationError as error:
        name = row.get("name") if isinstance(row, dict) else None
        of = f" of '{name}'" if isinstance(name, str) else ""
        raise SettingsError(f"{path}, line {line}: entry{of}: {error}") from error


def _yaml_rows(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path}, line {line}: not YAML: {error.problem}") from error
    listed = isinstance(content, dict) and isinstance(content.get("entries"), list)
    if not listed or set(content) != {"entries", LINE}:
        raise SettingsError(f"{path}, line 1: one key 'entries' is expected, with a list below it")
    line = 1
    for row in content["entries"]:
        line = row.pop(LINE) if isinstance(row, dict) else line
        yield line, row


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    # Spreadsheets begin a file with a byte order mark.
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    known = set(Entry.__struct_fields__)
    for name in reader.fieldnames or ["nothing"]:
        if name not in known:
            raise SettingsError(f"{path}, line 1: column '{name}' is none of {', '.join(sorted(known))}")
    for row in reader:
        if None in row:
            raise SettingsError(f"{path}, line {reader.line_num}: more fields than columns")
        yield reader.line_num, _typed(path, reader.line_num, {key: text for key, text in row.items() if text})


def _typed(path: Path, line: int, row: dict[str, str]) -> dict[str, Any]:
    typed: dict[str, Any] = dict(row)
    for name in LISTS:
        if name in row:
            typed[name] = [part.strip() for part in row[name].split(";") if part.strip()]
    try:
        if "weight" in row:
            typed["weight"] = float(row["weight"])
        if "by_topic" in row:
            typed["by_topic"] = {"true": True, "false": False}[row["by_topic"].lower()]
    except (ValueError, KeyError) as error:
        raise SettingsError(f"{path}, line {line}: {error} is not what the column holds") from error
    return typed
