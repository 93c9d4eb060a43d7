"""Sets with one source left out."""

from __future__ import annotations

import pytest

from models.errors import DatasetError
from models.training.data.dataset import LabelledSet, Row
from models.training.data.folds import leaving_out

ROWS = tuple(
    Row(f"{source} {split}", "neutral", split, source, licence)
    for source, licence in (("wire", "MIT"), ("posts", "CC-BY-NC-4.0"), ("paper", "MIT"))
    for split in ("train", "val", "test")
)
SET = LabelledSet("sentiment", ("neutral",), ROWS)


def texts(labelled: LabelledSet, split: str) -> list[str]:
    return [row.text for row in labelled.split(split)]


def test_all_rows_of_the_source_are_measured_and_none_is_learned() -> None:
    left = leaving_out(SET, "wire")
    assert texts(left, "test") == ["wire train", "wire val", "wire test"]
    assert texts(left, "train") == ["posts train", "paper train"]
    assert texts(left, "val") == ["posts val", "paper val"]


def test_licences_count_for_what_is_learned_alone() -> None:
    assert texts(leaving_out(SET, "posts", ["MIT"]), "test") == ["posts train", "posts val", "posts test"]
    assert texts(leaving_out(SET, "wire", ["MIT"]), "train") == ["paper train"]


def test_what_cannot_be_left_out_is_refused() -> None:
    with pytest.raises(DatasetError, match="no row is of the source 'blogs'; the sources are paper, posts, wire"):
        leaving_out(SET, "blogs")
    alone = LabelledSet("sentiment", ("neutral",), ROWS[:3])
    with pytest.raises(DatasetError, match="without the source 'wire', split 'train' or 'val' is empty"):
        leaving_out(alone, "wire")
