"""The watchlist's file, YAML or CSV: read strictly, errors with their line, and read again when it changed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from stream.adapters.files.strict_yaml import Node, YamlFile, control_character
from stream.adapters.files.tables import delimiter_of, table_rows
from stream.adapters.files.watched import WatchedFile, error_at, read_limited, reading
from stream.errors import SettingsError
from stream.near_fields import hint
from stream.pipeline.documents.watchlist import Entry, Watchlist
from stream.plain_problems import problem_of

MAX_BYTES = 16 * 1024 * 1024  # 160 for each of the entries
MAX_ENTRIES = 100_000  # more than there are listed companies in the world
EXPECTED = "one key 'entries' is expected, with a list below it, as `bellwether watchlist init banks` writes it"
LIST_COLUMNS = ("aliases", "tickers", "exclude")


def read_watchlist(path: Path) -> Watchlist:
    """Read a file of entries: YAML (``entries:``, a list), or CSV whose lists are separated by ``;``.

    Raises:
        SettingsError: the file is missing, too large, or wrong; the message gives the line and the reason.
    """
    with reading(path):
        rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _yaml_rows(path)
        entries: dict[str, Entry] = {}
        for line, row in rows:
            entry = _entry(path, line, row)
            if entry.name in entries:
                raise error_at(path, line, f"an entry named '{entry.name}' stands further up")
            entries[entry.name] = entry
            if len(entries) > MAX_ENTRIES:
                raise error_at(path, line, f"at most {MAX_ENTRIES} entries are read")
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
        of = f"entry of '{name[:40]}'" if isinstance(name, str) else "entry"
        found = problem_of(error, Entry)
        told = found.told(of)
        raise error_at(path, line, f"{of}: {told}" if found.place else told) from None


def _yaml_rows(path: Path) -> Iterator[tuple[int, Any]]:
    root = _yaml_file(path).root
    content = root.value if root is not None else None
    rows = content["entries"].value if isinstance(content, dict) and set(content) == {"entries"} else None
    if not isinstance(rows, list):
        raise error_at(path, 1, EXPECTED)
    row: Node
    for row in rows:
        yield row.line, row.plain()


def _yaml_file(path: Path) -> YamlFile:
    """Read the file. One that is neither YAML nor has entries is told what to write."""
    try:
        return YamlFile(path, MAX_BYTES)
    except SettingsError:
        if "entries:" in read_limited(path, MAX_BYTES):
            raise
        raise error_at(path, 1, EXPECTED) from None


def _csv_rows(path: Path) -> Iterator[tuple[int, Any]]:
    text = read_limited(path, MAX_BYTES)
    lines = io.StringIO(text, newline="")
    delimiter = delimiter_of(text[: text.find("\n")])
    names: list[str] | None = None
    for line, fields in table_rows(lines, delimiter):
        if isinstance(fields, str):
            raise error_at(path, line, fields)
        if names is None:
            names = _columns(path, fields)
        elif any(fields):
            yield line, _row(path, line, names, fields, decimal="," if delimiter != "," else ".")
    if names is None:
        raise error_at(path, 1, "the file is empty; the names of the columns are expected")


def _columns(path: Path, head: list[str]) -> list[str]:
    known, names = Entry.__struct_fields__, [name.strip() for name in head]
    while len(names) > 1 and not names[-1]:
        names.pop()  # empty columns behind the last, as spreadsheets write them
    for place, name in enumerate(names):
        if name not in known:
            fields = ", ".join(sorted(known))
            raise error_at(path, 1, f"column '{name[:40]}' is none of {fields}{hint(Entry, (), name)}")
        if name in names[:place]:
            raise error_at(path, 1, f"column '{name}' stands twice")
    return names


def _row(path: Path, line: int, names: list[str], fields: list[str], decimal: str) -> dict[str, Any]:
    if any(fields[len(names) :]):
        raise error_at(path, line, "more fields than columns")
    row: dict[str, Any] = {}
    for name, text in zip(names, fields, strict=False):
        if control_character(text) is not None:
            raise error_at(path, line, f"column '{name}': a line break or another control character")
        if text:
            try:
                row[name] = _typed(name, text, decimal)
            except (ValueError, KeyError):
                problem = f"'{text[:40]}' is not what the column holds"
                raise error_at(path, line, f"column '{name}': {problem}") from None
    return row


def _typed(name: str, text: str, decimal: str) -> Any:
    if name in LIST_COLUMNS:
        return [part.strip() for part in text.split(";") if part.strip()]
    if name == "weight":
        return float(text.replace(decimal, "."))
    if name in ("by_topic", "cashtag_only"):
        return {"true": True, "false": False}[text.lower()]
    return text
