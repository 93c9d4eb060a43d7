"""Labelled files that are learned whole: without splits, at most so many rows per label, nothing twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from models.errors import DatasetError
from models.training.data.dataset import LabelledSet, Row
from models.training.data.extra import with_extra

LABELS = ("negative", "neutral", "positive")
KNOWN = Row("Known text", "neutral", "test", "ours", "MIT")


def labelled(head: str = "sentiment") -> LabelledSet:
    return LabelledSet(head, LABELS, (KNOWN,))


def written(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    lines = ["source,licence,label,text", *(f"made,{licence},{label},{text}" for licence, label, text in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def one_sided(path: Path) -> Path:
    good = [("MIT", "positive", f"good news {number}") for number in range(50)]
    bad = [("MIT", "negative", f"bad news {number}") for number in range(5)]
    return written(path, good + bad)


def test_every_row_is_learned_though_the_file_has_no_splits(tmp_path: Path) -> None:
    rows = with_extra(labelled(), str(one_sided(tmp_path / "a.csv"))).rows
    assert rows[0] == KNOWN
    assert Counter((row.split, row.label) for row in rows[1:]) == {("train", "positive"): 50, ("train", "negative"): 5}


def test_a_one_sided_file_is_held_to_its_most_of_each_label_the_same_rows_each_time(tmp_path: Path) -> None:
    files = f"{one_sided(tmp_path / 'a.csv')}:8"
    rows = with_extra(labelled(), files).rows[1:]
    assert Counter(row.label for row in rows) == {"positive": 8, "negative": 5}
    assert with_extra(labelled(), files).rows[1:] == rows


def test_several_files_and_no_text_twice(tmp_path: Path) -> None:
    one = one_sided(tmp_path / "a.csv")
    other = written(
        tmp_path / "b.csv",
        [("MIT", "negative", "KNOWN  text"), ("MIT", "positive", "good news 1"), ("MIT", "neutral", "no news")],
    )
    rows = with_extra(labelled(), f"{one}:3,{other}").rows[1:]
    texts = [row.text for row in rows]
    assert "no news" in texts
    assert "KNOWN text" not in texts  # held out already
    assert len(texts) == len(set(texts))


def test_only_the_licences_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [("MIT", "negative", "one"), ("NC", "negative", "two")])
    assert [row.text for row in with_extra(labelled(), str(path), ("MIT",)).rows[1:]] == ["one"]


def test_another_head_gets_nothing(tmp_path: Path) -> None:
    assert with_extra(labelled("topic"), str(one_sided(tmp_path / "a.csv"))) == labelled("topic")


@pytest.mark.parametrize(
    ("rows", "message"),
    [([("MIT", "sad", "a text")], "labels ['sad'] are not those of head"), ([("MIT", "", "a text")], "no 'label'")],
)
def test_a_wrong_file_is_refused_with_its_name(tmp_path: Path, rows: list[tuple[str, str, str]], message: str) -> None:
    path = written(tmp_path / "a.csv", rows)
    with pytest.raises(DatasetError) as refused:
        with_extra(labelled(), str(path))
    assert str(path) in str(refused.value)
    assert message in str(refused.value)
