"""Variants of training texts: words for near words, nothing else touched, and the same ones each time."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.training.variants import NEAR, near_words, variants

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
    near = near_words([f"{words[0]} and {words[39].upper()}"], words, vectors.astype(np.float32))
    assert set(near) == {words[0], words[39]}
    assert set(near[words[0]]) == set(words[1 : NEAR + 1])
    assert set(near[words[39]]) == set(words[39 - NEAR : 39])


def test_pieces_signs_and_the_word_for_links_are_no_neighbours() -> None:
    words = ["bank", "##ing", "http", "[MASK]", "x", "lender"]
    near = near_words(["the bank"], words, np.ones((6, 4), np.float32))
    assert near == {"bank": ["lender"]}


@given(st.text(), st.dictionaries(st.sampled_from(["abc", "the", "loss"]), st.just(["word"])))
def test_any_text_gives_at_most_the_wanted_number(text: str, near: dict[str, list[str]]) -> None:
    assert len(list(variants([text], near, 3, seed=0))) <= 3
    assert list(variants([text], {}, 3, seed=0)) == []
