"""Further labelled files of the sentiment head, all of whose rows are learned.

Such sets have no splits, and many are one-sided: a hundred thousand tags of one mood, or recalls alone. So each file
may have a most of rows per label, which are sampled; a label that a file has more of does not outweigh the others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from models.errors import DatasetError
from models.labels import SENTIMENT
from models.text import fingerprint_text
from models.training.data.dataset import LabelledSet, Row, load_learned, sampled
from models.training.recipe import listed

_MOST = re.compile(r"(?P<path>.+):(?P<most>\d+)\Z")


def with_extra(labelled: LabelledSet, files: str, licences: Sequence[str] = ()) -> LabelledSet:
    """Return the set with the rows of ``files`` more in split ``train``; another head's set is returned as it is.

    Args:
        labelled: its own rows come first: a text that stands in it already is left out.
        files: paths with commas between them, each with ``:N`` behind it for at most N rows per label.
        licences: keep only rows whose licence is one of them; empty: all.

    Raises:
        DatasetError: a file is missing, a column is, no row has a licence asked for, or a label is unknown.
    """
    if labelled.head != SENTIMENT or not files:
        return labelled
    seen = {fingerprint_text(row.text) for row in labelled.rows}
    rows: list[Row] = []
    for row in _rows(files, licences, labelled.labels):
        fingerprint = fingerprint_text(row.text)
        if fingerprint not in seen:
            seen.add(fingerprint)
            rows.append(row)
    return replace(labelled, rows=(*labelled.rows, *rows))


def _rows(files: str, licences: Sequence[str], labels: Sequence[str]) -> Iterator[Row]:
    for file in listed(files):
        limit = _MOST.match(file)
        path = Path(limit["path"] if limit else file)
        by_label: dict[str, list[Row]] = defaultdict(list)
        for row in load_learned(path, licences):
            by_label[row.label].append(row)
        unknown = set(by_label) - set(labels)
        if unknown:
            raise DatasetError(f"{path}: labels {sorted(unknown)} are not those of head '{SENTIMENT}'")
        for rows in by_label.values():
            yield from sampled(rows, int(limit["most"])) if limit else rows
