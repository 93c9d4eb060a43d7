"""Labelled text: read it, check it, and join the rows of several heads into one training set.

A file is CSV or JSON lines, plain or gzip, with the columns ``text``, ``label``, ``split`` (train, val, test, ...)
and optionally ``source`` and ``licence``. One file labels one head (``sentiment``, ``topic``); labels come from
the training split, sorted by name, and are never written down in code.

Duplicates: a text (normalised) that stands in ``val`` or ``test`` is dropped from ``train``; a second copy within a
split is dropped when its label is the same, and all copies are when their labels contradict each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

from models.errors import DatasetError
from models.text import fingerprint_text, normalise
from models.training.data.records import records

T = TypeVar("T")
REQUIRED = ("text", "label", "split")
TRAIN, VALIDATION, TEST = "train", "val", "test"
UNKNOWN = "unknown"  # the source or licence of a row that names none


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. ``text`` is normalised, ``split`` in lower case; ``label`` is the name, not its index."""

    text: str
    label: str
    split: str
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """The rows of one head and its labels in index order.

    ``contradicted`` is how many texts are not among the rows, since the file labels them in two ways.
    """

    head: str
    labels: tuple[str, ...]
    rows: tuple[Row, ...]
    contradicted: int = 0

    def split(self, name: str) -> tuple[Row, ...]:
        """Return the rows of one split, in file order."""
        return tuple(row for row in self.rows if row.split == name)


def load(head: str, path: Path, licences: Sequence[str] = ()) -> LabelledSet:
    """Read ``path`` for ``head`` to train on; with ``licences``, keep only rows whose licence is one of them.

    Raises:
        DatasetError: the file is missing, a column is, a split is empty, or a label is not in the training split.
    """
    rows, contradicted = _without_duplicates(_wanted_rows(path, licences))
    labels = tuple(sorted({row.label for row in rows if row.split == TRAIN}))
    for split in (TRAIN, VALIDATION):
        if not any(row.split == split for row in rows):
            raise DatasetError(f"{path}: split '{split}' is empty; label some rows of column 'split' with it")
    unknown = {row.label for row in rows} - set(labels)
    if unknown:
        raise DatasetError(f"{path}: labels {sorted(unknown)} never occur in split 'train', so no model can learn them")
    return LabelledSet(head, labels, rows, contradicted)


def load_held_out(head: str, path: Path, licences: Sequence[str] = ()) -> LabelledSet:
    """Read ``path`` to measure on: any splits will do, and the labels are those that occur.

    Raises:
        DatasetError: the file is missing, or a column is.
    """
    rows, contradicted = _without_duplicates(_wanted_rows(path, licences))
    return LabelledSet(head, tuple(sorted({row.label for row in rows})), rows, contradicted)


def load_learned(path: Path, licences: Sequence[str] = ()) -> tuple[Row, ...]:
    """Read ``path`` to learn all of it: the column ``split`` is not needed, and every row is in split ``train``.

    Raises:
        DatasetError: the file is missing, or a column is.
    """
    return learned_and_contradicted(path, licences)[0]


def learned_and_contradicted(path: Path, licences: Sequence[str] = ()) -> tuple[tuple[Row, ...], int]:
    """Return what :func:`load_learned` does, and how many texts are left out since they are labelled in two ways."""
    return _without_duplicates(_wanted_rows(path, licences, learned=True))


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
    fields = (record.fields for record in records(path))
    given = (normalise(text) for one in fields if (text := one.get("text") or one.get("title")))
    result = tuple(dict.fromkeys(filter(None, given)))
    if not result:
        raise DatasetError(f"{path}: no row has a 'text' or a 'title'")
    return result


def sampled(items: Sequence[T], most: int) -> list[T]:
    """Return at most ``most`` of the items, the same ones each time."""
    return Random(7).sample(list(items), min(most, len(items)))  # noqa: S311 -- repeatable, no secret


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
    for record in records(path):
        record.check(path, required)
        fields = record.fields
        yield Row(
            record.text(path),
            fields["label"],
            TRAIN if learned else fields["split"].casefold(),
            fields.get("source", UNKNOWN),
            fields.get("licence", UNKNOWN),
        )


def _without_duplicates(rows: Sequence[Row]) -> tuple[tuple[Row, ...], int]:
    """Return the rows that stay, in their order, and how many texts are left out for labels that contradict."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[fingerprint_text(row.text)].append(row)
    remaining: set[int] = set()
    contradicted = 0
    for group in groups.values():
        chosen, contradicts = _without_copies(group)
        remaining.update(map(id, chosen))
        contradicted += contradicts
    return tuple(row for row in rows if id(row) in remaining), contradicted


def _without_copies(group: Sequence[Row]) -> tuple[list[Row], bool]:
    """Return what stays of rows with one text, and whether labels contradict: held-out copies beat training copies."""
    by_split: dict[str, list[Row]] = defaultdict(list)
    for row in group:
        by_split[row.split].append(row)
    if len(by_split) > 1:
        by_split.pop(TRAIN, None)
    agreeing = [rows[0] for rows in by_split.values() if len({row.label for row in rows}) == 1]
    return agreeing, len(agreeing) < len(by_split)
