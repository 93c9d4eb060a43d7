"""Variants of training texts: words for near words, nothing else touched, and the same ones each time."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.artifact import DEFAULT
from models.training.data.dataset import LabelledSet, Row
from models.training.data.teachers import taught_examples
from models.training.data.variants import NEAR, near_words, variants
from models.training.recipe import Recipe

TEXT = "BANK shares Fall 3.5% on $BANK, @bank and #fall; http U.S.-based bank2"


def test_only_whole_words_are_replaced_and_their_case_is_kept() -> None:
    near = {"bank": ["lender"], "fall": ["drop"], "shares": ["stocks"], "http": ["link"]}
    found = set(variants([TEXT], near, 300, seed=1))
    words = {text: re.split(r"[ ,;]+", text) for text in found}
    columns = [set(column) for column in zip(*words.values(), strict=True)]
    assert columns[:3] == [{"BANK", "LENDER"}, {"shares", "stocks"}, {"Fall", "Drop"}]
    assert [column for column in columns[3:] if len(column) > 1] == [{"http", "link"}]
    assert TEXT not in found
    assert list(variants([TEXT], near, 5, seed=1)) == list(variants([TEXT], near, 5, seed=1))


def test_the_nearest_words_are_those_that_point_the_same_way() -> None:
    angles = np.linspace(0, np.pi / 2, 40)
    words = [f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(40)]
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32) * np.arange(1, 41)[:, None]
    near = near_words([f"{words[0]} and {words[39].upper()}"], (words, vectors.astype(np.float32)))
    assert set(near) == {words[0], words[39]}
    assert set(near[words[0]]) == set(words[1 : NEAR + 1])
    assert set(near[words[39]]) == set(words[39 - NEAR : 39])


def test_pieces_signs_and_the_word_for_links_are_no_neighbours() -> None:
    words = ["bank", "##ing", "http", "[MASK]", "x", "lender"]
    near = near_words(["the bank"], (words, np.ones((6, 4), np.float32)))
    assert near == {"bank": ["lender"]}


@given(st.text(), st.dictionaries(st.sampled_from(["abc", "the", "loss"]), st.just(["word"])))
def test_any_text_gives_at_most_the_wanted_number(text: str, near: dict[str, list[str]]) -> None:
    assert len(list(variants([text], near, 3, seed=0))) <= 3
    assert list(variants([text], {}, 3, seed=0)) == []


def test_the_teacher_labels_variants_and_none_of_them_is_held_out() -> None:
    labels = ("negative", "neutral", "positive")
    texts = [("losses widen", "train"), ("a meeting", "train"), ("it grew", "train"), ("damages widen", "val")]
    rows = [
        Row(text, label, split, "made", "MIT") for (text, split), label in zip(texts, (*labels, labels[0]), strict=True)
    ]
    sets = [LabelledSet("sentiment", labels, tuple(rows))]
    recipe = Recipe(teacher=str(DEFAULT), variants=50, teacher_weight=0.5)
    found = taught_examples(sets, recipe, (["losses", "profits"], np.ones((2, 4), np.float32)))
    assert [row["text"] for row in found] == ["losses widen", "a meeting", "it grew", "profits widen"]
    assert found[-1]["sentiment"].sum() == pytest.approx(0.5, abs=1e-3)
    assert len(taught_examples(sets, recipe, (["losses", "damages"], np.ones((2, 4), np.float32)))) == 3
