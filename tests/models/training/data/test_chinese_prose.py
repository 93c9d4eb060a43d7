"""What is particular to Chinese sentences and pairs that were written one by one; the rest stands in test_prose.py."""

from __future__ import annotations

import csv
import re
from collections import Counter
from importlib.resources import files
from itertools import islice
from pathlib import Path
from random import Random

from models.labels import SENTIMENTS
from models.language import detect
from models.training.data import invented_prose_zh
from models.training.data.invented_chinese import CHINESE
from models.training.data.invented_prose_zh import KINDS, LINES
from models.training.data.invented_zh import PAIRS
from models.training.data.kinds import lines_of
from models.training.data.prose import chinese_prose

ALL = [*(text for _, text in LINES), *(text for *_, text in PAIRS)]
HEADLINES = Path(__file__).parents[3] / "data/zh/headlines.csv"
SIGNS = 12  # in a row; shorter ones are what everybody writes


def runs(text: str) -> set[str]:
    signs = "".join(re.findall(r"[\u4e00-\u9fff]", text))
    return {signs[at : at + SIGNS] for at in range(len(signs) - SIGNS + 1)}


def test_every_label_and_slot_is_known_and_nothing_else_is_in_braces() -> None:
    known = {*CHINESE.made, *CHINESE.slots}
    assert {label for label, _ in LINES} == set(SENTIMENTS)
    for _, text in LINES:
        assert not re.search(r"[{}]", re.sub(r"\{(\w+)\}", "", text)), text
        assert not re.search(r"\[[^][]*\|", text), text
        assert set(re.findall(r"\{(\w+)\}", text)) <= known, text


def test_each_kind_has_all_three_labels() -> None:
    for kind in KINDS:
        share = Counter(label for label, _ in lines_of(files(invented_prose_zh), kind))
        assert set(share) == set(SENTIMENTS)
        assert min(share.values()) >= 50, kind


def test_the_texts_are_read_as_chinese() -> None:
    texts = list(islice(chinese_prose(Random(3)), len(LINES)))
    assert sum(detect(text) == "zh" for text, _ in texts) > 0.97 * len(texts)


def test_none_repeats_a_headline_that_is_measured_on() -> None:
    with HEADLINES.open(encoding="utf-8") as file:
        held_out = [row["text"] for row in csv.DictReader(file) if row["split"] != "train"]
    known = set[str]().union(*map(runs, held_out))
    assert [text for text in ALL if runs(text) & known] == []
