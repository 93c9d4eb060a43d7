"""Labelled entities: texts in which companies, funds or goods are named, with what each text says of each of them.

A file is CSV or JSON lines, plain or gzip, with a row per text and name: the columns ``text``, ``entity`` (a name that
stands in the text), ``label``, ``split``, and optionally ``source`` and ``licence``. Where a name stands is found here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from models.east_asian import is_chinese
from models.errors import DatasetError
from models.labels import SENTIMENTS
from models.text import fingerprint_text, normalise
from models.training.data.dataset import TRAIN, UNKNOWN, VALIDATION, records

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


def load_entities(path: Path, licences: Sequence[str] = ()) -> tuple[NamedText, ...]:
    """Read ``path``, with only the rows of these licences where some are given; rows of one text become one.

    A name that does not stand in its text is left out.

    Raises:
        DatasetError: the file is missing, a column is, a label is none of the sentiments, or ``train`` or ``val`` is
            empty.
    """
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for number, record in enumerate(records(path), start=1):
        missing = [name for name in COLUMNS if not record.get(name)]
        if missing:
            raise DatasetError(f"{path}: row {number} has no '{missing[0]}'; columns needed: {', '.join(COLUMNS)}")
        if record["label"] not in SENTIMENTS:
            raise DatasetError(f"{path}: row {number}: label '{record['label']}' is none of {', '.join(SENTIMENTS)}")
        if not licences or record.get("licence") in licences:
            groups[str(record["split"]), normalise(str(record["text"]))].append(dict(record))
    named = (_named(text, split, rows) for (split, text), rows in groups.items())
    texts = tuple(one for one in named if one.names)
    for split in (TRAIN, VALIDATION):
        if not any(text.split == split for text in texts):
            raise DatasetError(f"{path}: split '{split}' is empty; label some rows of column 'split' with it")
    return texts


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


def _named(text: str, split: str, rows: Sequence[dict[str, str]]) -> NamedText:
    names: dict[str, Named] = {}
    taken: list[Mention] = []
    for row in sorted(rows, key=lambda row: -len(row["entity"])):  # "Tata Motors" before "Tata"
        name = normalise(row["entity"])
        places = find_name(text, name)
        mentions = tuple(one for one in places if all(one[1] <= a or b <= one[0] for a, b in taken)) or places
        if mentions and name.casefold() not in names:
            names[name.casefold()] = Named(name, mentions, row["label"])
            taken += mentions
    source, licence = (str(rows[0].get(column) or UNKNOWN) for column in ("source", "licence"))
    return NamedText(text, tuple(sorted(names.values(), key=lambda one: one.mentions)), split, source, licence)
