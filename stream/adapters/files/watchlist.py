"""The watchlist's file, YAML or CSV: read strictly, errors with their line, and read again when it changed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from models.tables import DELIMITERS, delimiter_of, delimiter_said, table_rows
from stream.adapters.files.strict_yaml import Node, YamlFile, control_character
from stream.adapters.files.watched import WatchedFile, error_at, read_limited, reading
from stream.errors import SettingsError
from stream.near_fields import hint
from stream.pipeline.documents.watchlist import Entry, Watchlist, name_key
from stream.plain_problems import Problem, problem_of

MAX_BYTES = 16 * 1024 * 1024  # 160 for each of the entries
MAX_ENTRIES = 100_000  # more than there are listed companies in the world
EXPECTED = "one key 'entries' is expected, with a list below it, as `bellwether watchlist init banks` writes it"
# Names of columns as Chinese tables have them.
CHINESE_COLUMNS = {
    **dict.fromkeys(("名称", "名稱", "公司", "公司名称", "公司名稱"), "name"),
    **dict.fromkeys(("别名", "別名", "简称", "簡稱"), "aliases"),
    **dict.fromkeys(("代码", "代碼", "股票代码", "股票代碼", "证券代码", "證券代碼"), "tickers"),
    **dict.fromkeys(("分组", "分組", "组", "組"), "group"),
    **dict.fromkeys(("权重", "權重"), "weight"),
    **dict.fromkeys(("排除",), "exclude"),
}
YES_NO = {"true": True, "false": False, "是": True, "否": False}
LIST_COLUMNS = ("aliases", "tickers", "exclude")
TABLES = (".csv", ".tsv")
BY_TOPIC = "/topic:"  # in the name of a series, between an entry and a topic
LONG_NUMBER = 1e15  # is not shown; Python writes none of some thousand digits
_LIST_SIGN = re.compile("[;；]")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?")  # where the comma is the decimal point
_KINDS = ("this is a text", "this is a number with a point", "this is a number")


def read_watchlist(path: Path) -> Watchlist:
    """Read a file of entries: YAML (``entries:``, a list), or CSV or TSV whose lists are separated by ``;``.

    Raises:
        SettingsError: the file is missing, too large, or wrong; the message gives the line and the reason.
    """
    with reading(path):
        rows = _csv_rows(path) if path.suffix.lower() in TABLES else _yaml_rows(path)
        entries: dict[str, Entry] = {}
        for line, row in rows:
            entry = _entry(path, line, row)
            if mistake := _mistake(entry, entries):
                raise error_at(path, line, mistake)
            entries[name_key(entry.name)] = msgspec.structs.replace(
                entry, name=entry.name.strip(), group=entry.group.strip()
            )
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
        told = found._replace(said=_with_value(found, row)).told(of)
        raise error_at(path, line, f"{of}: {told}" if found.place else told) from None


def _mistake(entry: Entry, above: Mapping[str, Entry]) -> str:
    """Return what is wrong with the name of an entry; empty: nothing. ``above`` are those before it, by their key."""
    name, same = entry.name, above.get(name_key(entry.name))
    if not name.strip():
        return "name: it is empty; write what is watched"
    if BY_TOPIC in name:
        return f"name: '{name}' has '{BY_TOPIC}' in it, as the names of series by topic have; write it in another way"
    if same is None:
        return ""
    if same.name == name:
        return f"an entry named '{name}' stands further up"
    return f"'{name}' is named as the entry '{same.name}' further up, but for spaces; put them together"


def _with_value(found: Problem, row: Any) -> str:
    """Return what is wrong with a field, with the value that stands there."""
    if not found.place:
        return found.said
    value = row
    for step in found.place:
        value = value[step]
    if isinstance(value, str):
        shown = f"'{value[:40]}'"
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LONG_NUMBER:
        shown = str(value)
    else:
        return found.said
    if kind := next((kind for kind in _KINDS if kind in found.said), ""):
        return found.said.replace(kind, f"this is {shown}")
    return f"{found.said}, and not {shown}" if "is expected" in found.said else found.said


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
    lines = io.StringIO(read_limited(path, MAX_BYTES), newline="")
    head = lines.readline()
    said = delimiter_said(head)
    if said is None or said not in DELIMITERS:
        said = None
        lines.seek(0)
    delimiter = said or delimiter_of(head)
    names: list[str] | None = None
    for line, fields in table_rows(lines, delimiter, 1 if said is None else 2):
        if isinstance(fields, str):
            raise error_at(path, line, fields)
        if names is None and not any(fields):
            raise error_at(path, line, "empty; the names of the columns are expected")
        if names is None:
            names = _columns(path, line, fields)
        elif any(fields):
            yield line, _row(path, line, names, fields, delimiter)
    if names is None:
        raise error_at(path, 1, "the file is empty; the names of the columns are expected")


def _columns(path: Path, line: int, head: list[str]) -> list[str]:
    """Return the field that each column stands for."""
    known, names = Entry.__struct_fields__, [name.strip() for name in head]
    while len(names) > 1 and not names[-1]:
        names.pop()  # empty columns behind the last, as spreadsheets write them
    columns: dict[str, str] = {}
    for name in names:
        if not name:
            raise error_at(path, line, "a column has no name; the names of the columns are expected")
        field = CHINESE_COLUMNS.get(name, name)
        if field not in known:
            fields = ", ".join(sorted(known))
            raise error_at(path, line, f"column '{name[:40]}' is none of {fields}{hint(Entry, (), name)}")
        if name in columns.values():
            raise error_at(path, line, f"column '{name}' stands twice")
        if field in columns:
            raise error_at(path, line, f"the columns '{columns[field]}' and '{name}' are the same field")
        columns[field] = name
    return list(columns)


def _row(path: Path, line: int, names: list[str], fields: list[str], delimiter: str) -> dict[str, Any]:
    if any(fields[len(names) :]):
        raise error_at(path, line, "more fields than columns")
    row: dict[str, Any] = {}
    for name, text in zip(names, fields, strict=False):
        if control_character(text) is not None:
            raise error_at(path, line, f"column '{name}': a line break or another control character")
        if text:
            try:
                row[name] = _typed(name, text, delimiter)
            except (ValueError, KeyError):
                wanted = _wanted(name, text, delimiter)
                raise error_at(path, line, f"column '{name}': {wanted}, and not '{text[:40]}'") from None
    return row


def _wanted(name: str, text: str, delimiter: str) -> str:
    if name != "weight":
        return "true or false is expected"
    if _parts_thousands(text, delimiter):
        return "a number without a point between thousands is expected, as in 2500, or in 2.5 for two and a half"
    return "a number with a point, as in 2.5, is expected"


def _parts_thousands(text: str, delimiter: str) -> bool:
    """Whether a number has a point that may stand between thousands: 2.500, where spreadsheets write 2,5."""
    return delimiter == ";" and _THOUSANDS.fullmatch(text) is not None


def _typed(name: str, text: str, delimiter: str) -> Any:
    if name in LIST_COLUMNS:
        return [part.strip() for part in _LIST_SIGN.split(text) if part.strip()]
    if name == "weight":
        if _parts_thousands(text, delimiter):
            raise ValueError
        return float(text if delimiter == "," else text.replace(",", "."))
    if name in ("by_topic", "cashtag_only"):
        return YES_NO[text.lower()]
    return text
