"""Labelled text: read it, check it, and join the rows of several heads into one training set.

A file is CSV or JSON lines, plain or gzip, with the columns ``text``, ``label``, ``split`` (train, val, test, ...)
and optionally ``source`` and ``licence``. One file labels one head (``sentiment``, ``topic``); labels come from
the training split, sorted by name, and are never written down in code.

Duplicates: a text (normalised) that stands in ``val`` or ``test`` is dropped from ``train``; a second copy within a
split is dropped when its label is the same, and both copies are when the labels contradict each other in ``train``.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from models.errors import DatasetError
from models.text import fingerprint_text, normalise

T = TypeVar("T")
REQUIRED = ("text", "label", "split")
TRAIN, VALIDATION, TEST = "train", "val", "test"
UNKNOWN = "unknown"  # the source or licence of a row that names none


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. ``text`` is normalised; ``label`` is the name, not its index."""

    text: str
    label: str
    split: str
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """The rows of one head and its labels in index order."""

    head: str
    labels: tuple[str, ...]
    rows: tuple[Row, ...]

    def split(self, name: str) -> tuple[Row, ...]:
        """Return the rows of one split, in file order."""
        return tuple(row for row in self.rows if row.split == name)


def load(head: str, path: Path, licences: Sequence[str] = ()) -> LabelledSet:
    """Read ``path`` for ``head`` to train on; with ``licences``, keep only rows whose licence is one of them.

    Raises:
        DatasetError: the file is missing, a column is, a split is empty, or a label is not in the training split.
    """
    rows = _checked_rows(path, licences)
    labels = tuple(sorted({row.label for row in rows if row.split == TRAIN}))
    for split in (TRAIN, VALIDATION):
        if not any(row.split == split for row in rows):
            raise DatasetError(f"{path}: split '{split}' is empty; label some rows of column 'split' with it")
    unknown = {row.label for row in rows} - set(labels)
    if unknown:
        raise DatasetError(f"{path}: labels {sorted(unknown)} never occur in split 'train', so no model can learn them")
    return LabelledSet(head, labels, tuple(rows))


def load_held_out(head: str, path: Path, licences: Sequence[str] = ()) -> LabelledSet:
    """Read ``path`` to measure on: any splits will do, and the labels are those that occur.

    Raises:
        DatasetError: the file is missing, or a column is.
    """
    rows = _checked_rows(path, licences)
    return LabelledSet(head, tuple(sorted({row.label for row in rows})), tuple(rows))


def load_learned(path: Path, licences: Sequence[str] = ()) -> tuple[Row, ...]:
    """Read ``path`` to learn all of it: the column ``split`` is not needed, and every row is in split ``train``.

    Raises:
        DatasetError: the file is missing, or a column is.
    """
    return learned_and_contradicted(path, licences)[0]


def learned_and_contradicted(path: Path, licences: Sequence[str] = ()) -> tuple[tuple[Row, ...], int]:
    """Return what :func:`load_learned` does, and how many texts are left out since they are labelled in two ways."""
    wanted = _wanted_rows(path, licences, learned=True)
    labels: dict[str, set[str]] = defaultdict(set)
    for row in wanted:
        labels[fingerprint_text(row.text)].add(row.label)
    return tuple(_without_duplicates(wanted)), sum(len(given) > 1 for given in labels.values())


def check_sources(path: Path, rows: Iterable[Row]) -> None:
    """Refuse rows that name no source, where each must tell its feed: nobody has one that is called "unknown".

    Raises:
        DatasetError: some do, or all.
    """
    named = [row.source != UNKNOWN for row in rows]
    if named and not any(named):
        raise DatasetError(f"{path}: no column 'source': name the feed with --feed")
    if without := named.count(False):
        raise DatasetError(f"{path}: {without} rows have no 'source': fill it in, or name the feed of all with --feed")


def texts(path: Path) -> tuple[str, ...]:
    """Read unlabelled text from CSV or JSON lines (``text``, or ``title`` where there is none), normalised, each once.

    Raises:
        DatasetError: the file cannot be read, or holds no text.
    """
    candidates = (record.get("text") or record.get("title") for record in records(path))
    result = tuple(dict.fromkeys(normalise(text) for text in candidates if isinstance(text, str) and text.strip()))
    if not result:
        raise DatasetError(f"{path}: no row has a 'text' or a 'title'")
    return result


def sampled(items: Sequence[T], most: int) -> list[T]:
    """Return at most ``most`` of the items, the same ones each time."""
    return Random(7).sample(list(items), min(most, len(items)))  # noqa: S311 -- repeatable, no secret


def _checked_rows(path: Path, licences: Sequence[str]) -> list[Row]:
    return _without_duplicates(_wanted_rows(path, licences))


def _wanted_rows(path: Path, licences: Sequence[str], learned: bool = False) -> list[Row]:
    rows = list(_rows(path, learned))
    wanted = [row for row in rows if not licences or row.licence in licences]
    if rows and not wanted:
        there = Counter(row.licence for row in rows)
        listed = ", ".join(f"{name} ({count} rows)" for name, count in there.most_common(10))
        hint = "" if set(there) != {UNKNOWN} else ": there is no column 'licence'; add one, or do without the filter"
        raise DatasetError(f"{path}: no row has the licence {' or '.join(licences)}; there are {listed}{hint}")
    return wanted


def _rows(path: Path, learned: bool) -> Iterator[Row]:
    required = [name for name in REQUIRED if not (learned and name == "split")]
    for number, record in enumerate(records(path), start=1):
        missing = [name for name in required if not record.get(name)]
        if missing:
            raise DatasetError(f"{path}: row {number} has no '{missing[0]}'; columns needed: {', '.join(required)}")
        yield Row(
            normalise(str(record["text"])),
            str(record["label"]),
            TRAIN if learned else str(record["split"]),
            str(record.get("source") or UNKNOWN),
            str(record.get("licence") or UNKNOWN),
        )


def records(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the raw records of a CSV or JSON lines file, told apart by the file's name.

    Raises:
        DatasetError: there is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    try:
        yield from _records(path)
    except (UnicodeDecodeError, csv.Error, zlib.error, EOFError, OSError) as error:
        raise DatasetError(f"{path} cannot be read; save it as UTF-8, or compress it again: {error}") from error


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    stem = path.name.removesuffix(".gz")
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        if stem.endswith(".csv"):
            yield from csv.DictReader(lines)
        elif stem.endswith((".jsonl", ".ndjson")):
            yield from _json_lines(path, lines)
        else:
            raise DatasetError(f"{path}: the name must end in .csv, .jsonl or .ndjson, optionally with .gz")


def _json_lines(path: Path, lines: io.TextIOBase | Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DatasetError(f"{path}: line {number} is not JSON: {error}") from error
        if not isinstance(record, dict):
            raise DatasetError(f"{path}: line {number} is not a JSON object")
        yield record


def _without_duplicates(rows: list[Row]) -> list[Row]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[fingerprint_text(row.text)].append(row)
    remaining: set[int] = set()
    for group in groups.values():
        remaining.update(id(row) for row in _without_copies(group))
    return [row for row in rows if id(row) in remaining]


def _without_copies(group: list[Row]) -> list[Row]:
    """Return what stays of rows with one text: held-out copies beat training copies, contradictions in train go."""
    held_out = [row for row in group if row.split != TRAIN]
    if held_out:
        return list({row.split: row for row in reversed(held_out)}.values())
    return group[:1] if len({row.label for row in group}) == 1 else []
