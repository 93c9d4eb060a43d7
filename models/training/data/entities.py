"""Labelled entities: texts in which companies, funds or goods are named, with what each text says of each of them.

A file is CSV or JSON lines, plain or gzip, with a row per text and name: the columns ``text``, ``entity`` (a name that
stands in the text), ``label``, ``split``, and optionally ``source`` and ``licence``. Where a name stands is found here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from models.east_asian import is_chinese
from models.errors import DatasetError
from models.labels import SENTIMENTS
from models.text import fingerprint_text, normalise
from models.training.data.dataset import TRAIN, UNKNOWN, VALIDATION
from models.training.data.records import records

COLUMNS = ("text", "entity", "label", "split")
Mention = tuple[int, int]  # half-open range of characters


@dataclass(frozen=True, slots=True)
class Named:
    """One name in a text, where it stands there (never empty, in order), and the sentiment that the text gives it."""

    name: str
    mentions: tuple[Mention, ...]
    label: str


@dataclass(frozen=True, slots=True)
class NamedText:
    """A normalised text and the names in it, in order."""

    text: str
    names: tuple[Named, ...]
    split: str = TRAIN
    source: str = UNKNOWN
    licence: str = UNKNOWN

    @property
    def overlaps(self) -> bool:
        """Whether a name stands within another, as "India" in "MSCI India"."""
        places = sorted(place for one in self.names for place in one.mentions)
        return any(after[0] < before[1] for before, after in pairwise(places))

    @property
    def differs(self) -> bool:
        """Whether the text says different things of its names."""
        return len({one.label for one in self.names}) > 1


class NamesRead(NamedTuple):
    """What a file of names holds, and how many of its names are left out.

    ``absent`` do not stand in their texts, and ``contradicted`` are labelled in two ways in one text.
    """

    texts: tuple[NamedText, ...]
    absent: int
    contradicted: int


def checked_splits(path: Path, texts: tuple[NamedText, ...]) -> tuple[NamedText, ...]:
    """Return the texts of ``path``. Raises DatasetError: ``train`` or ``val`` is empty, and one learns of both."""
    for split in (TRAIN, VALIDATION):
        if not any(text.split == split for text in texts):
            raise DatasetError(f"{path}: split '{split}' is empty; label some rows of column 'split' with it")
    return texts


def read_entities(path: Path, licences: Sequence[str] = ()) -> NamesRead:
    """Read ``path``, with only the rows of these licences where some are given; rows of one text become one.

    Raises:
        DatasetError: the file is missing, a column is, or a label is none of the sentiments.
    """
    groups: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for record in records(path):
        record.check(path, COLUMNS)
        fields = record.fields
        if fields["label"] not in SENTIMENTS:
            known = ", ".join(SENTIMENTS)
            raise DatasetError(f"{path}: row {record.number}: label '{fields['label']}' is none of {known}")
        if not licences or fields.get("licence", UNKNOWN) in licences:
            groups[fields["split"].casefold(), record.text(path)].append(fields)
    named = [_named(text, split, rows) for (split, text), rows in groups.items()]
    return NamesRead(
        tuple(text for text, *_ in named if text.names),
        sum(absent for _, absent, _ in named),
        sum(contradicted for *_, contradicted in named),
    )


def without(texts: Sequence[NamedText], held_out: Sequence[str]) -> tuple[NamedText, ...]:
    """Return the texts but for those of split ``train`` that are among ``held_out``, copies of these included."""
    kept = {fingerprint_text(text) for text in held_out}
    return tuple(one for one in texts if one.split != TRAIN or fingerprint_text(one.text) not in kept)


def share_in_chinese(texts: Sequence[NamedText]) -> float:
    """Return the share of the texts that is in Chinese by its signs; 0 without any."""
    return sum(is_chinese(text.text) for text in texts) / max(1, len(texts))


def find_name(text: str, name: str) -> tuple[Mention, ...]:
    """Return where ``name`` stands in ``text``, in any case: as whole words or, where it is none, within words.

    >>> find_name("Gold up; golden days for gold", "Gold")
    ((0, 4), (25, 29))
    """
    pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
    whole = tuple(match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
    return whole or tuple(match.span() for match in re.finditer(re.escape(name), text, re.IGNORECASE))


def _named(text: str, split: str, rows: Sequence[Mapping[str, str]]) -> tuple[NamedText, int, int]:
    """Return a text with its names, and how many are not in it for want of a place and of one label."""
    labels: dict[str, set[str]] = defaultdict(set)
    spelled: dict[str, str] = {}
    for row in rows:
        name = normalise(row["entity"])
        labels[spelled.setdefault(name.casefold(), name)].add(row["label"])
    named: list[Named] = []
    taken: list[Mention] = []
    absent = contradicted = 0
    for name in sorted(labels, key=lambda name: -len(name)):  # "Tata Motors" before "Tata"
        places = find_name(text, name) if name else ()
        mentions = tuple(one for one in places if all(one[1] <= a or b <= one[0] for a, b in taken)) or places
        taken += mentions
        absent += not mentions
        contradicted += bool(mentions) and len(labels[name]) > 1
        if mentions and len(labels[name]) == 1:
            named.append(Named(name, mentions, *labels[name]))
    source, licence = (rows[0].get(column, UNKNOWN) for column in ("source", "licence"))
    names = tuple(sorted(named, key=lambda one: one.mentions))
    return NamedText(text, names, split, source, licence), absent, contradicted
