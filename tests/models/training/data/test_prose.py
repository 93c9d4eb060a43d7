"""The sentences that were written one by one: what they hold, and that none measures and teaches at once."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from models.labels import SENTIMENT, SENTIMENTS
from models.training.data.dataset import LabelledSet
from models.training.data.entity_contrasts import contrasts
from models.training.data.invented import SOURCE_PROSE, SOURCE_PROSE_ZH, Texts, with_invented
from models.training.data.invented_prose import KINDS, LINES, PAIRS
from models.training.data.invented_prose_zh import LINES as CHINESE_LINES
from models.training.data.invented_zh import PAIRS as CHINESE_PAIRS
from models.training.data.patterns import ENGLISH
from models.training.data.prose import chinese_prose, prose_texts
from models.training.recipe import Recipe

SHARED = [folder / "shared/data" for folder in Path(__file__).resolve().parents[5:7]]
WORDS = 6
ALL = [*(text for _, text in LINES), *(text for *_, text in PAIRS)]
CHINESE_ALL = [*(text for _, text in CHINESE_LINES), *(text for *_, text in CHINESE_PAIRS)]


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return {tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)}


def test_every_label_and_slot_is_known_and_nothing_else_is_in_braces() -> None:
    known = {*ENGLISH.made, *ENGLISH.slots}
    assert {label for label, _ in LINES} == set(SENTIMENTS)
    for _, text in LINES:
        assert not re.search(r"[][|{}]", re.sub(r"\{(\w+)\}", "", text)), text
        assert set(re.findall(r"\{(\w+)\}", text)) <= known, text


def test_each_kind_has_all_three_labels() -> None:
    share = Counter(label for label, _ in LINES)
    assert len(LINES) > 300 * len(KINDS) * 0.9
    assert min(share.values()) > len(LINES) / 5


@pytest.mark.parametrize("written", [ALL, CHINESE_ALL], ids=["en", "zh"])
def test_no_sentence_is_there_twice(written: list[str]) -> None:
    assert [text for text, count in Counter(text.casefold() for text in written).items() if count > 1] == []


@pytest.mark.parametrize("pairs", [PAIRS, CHINESE_PAIRS], ids=["en", "zh"])
def test_a_pair_names_each_once_and_their_labels_differ_in_half_of_them(pairs: tuple[tuple[str, ...], ...]) -> None:
    for of_a, of_b, text in pairs:
        assert {of_a, of_b} <= set(SENTIMENTS)
        assert (text.count("{a}"), text.count("{b}")) == (1, 1), text
        assert set(re.findall(r"\{(\w+)\}", text)) <= {"a", "b", "n"}, text
    assert sum(of_a != of_b for of_a, of_b, _ in pairs) > len(pairs) / 2


@pytest.mark.parametrize(("prose", "lines"), [(prose_texts, LINES), (chinese_prose, CHINESE_LINES)], ids=["en", "zh"])
def test_each_sentence_comes_before_any_comes_again(prose: Texts, lines: tuple[tuple[str, str], ...]) -> None:
    texts = list(islice(prose(Random(3)), len(lines)))
    assert Counter(label for _, label in texts) == Counter(label for label, _ in lines)
    assert not [text for text, _ in texts if re.search(r"\{\w+\}", text)]
    assert texts == list(islice(prose(Random(3)), len(lines)))


def test_who_stands_twice_in_a_sentence_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.training.data.prose.LINES", (("neutral", "{c} = {c}, {name} = {name}"),))
    monkeypatch.setattr("models.training.data.prose.DRESSED", 0.0)
    for text, _ in islice(prose_texts(Random(1)), 50):
        assert all(left == right for left, right in (part.split(" = ") for part in text.split(", "))), text


@pytest.mark.parametrize(
    ("recipe", "source"), [(Recipe(prose=500), SOURCE_PROSE), (Recipe(prose_zh=500), SOURCE_PROSE_ZH)], ids=["en", "zh"]
)
def test_the_recipe_says_how_many_are_learned(recipe: Recipe, source: str) -> None:
    plain = LabelledSet(SENTIMENT, tuple(SENTIMENTS), ())
    rows = with_invented(plain, recipe).rows
    assert len(rows) == 500
    assert {row.source for row in rows} == {source}


def test_contrasts_have_written_pairs() -> None:
    heads = {re.split(r"\{\w\}", text)[0] for *_, text in PAIRS if not text.startswith("{")}
    found = [text for text in contrasts(400, 5) if any(text.text.startswith(head) for head in heads if len(head) > 12)]
    assert len(found) > 20


def labelled_texts() -> list[str]:
    """All labelled texts and cases that are on this machine."""
    folder = next((folder for folder in SHARED if folder.is_dir()), None)
    if folder is None:
        pytest.skip("the labelled sets are not on this machine")
    texts = [line.split("\t")[2] for line in (folder / "cases/sentiment_cases.tsv").read_text().splitlines()[1:]]
    for name in ("sentiment", "entity", "extra/ecosent_gold_en", "extra/subjective_qa_optimistic"):
        with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    return texts


def test_no_sentence_shares_six_words_in_a_row_with_a_labelled_text() -> None:
    known = {run for text in labelled_texts() for run in runs(text)}
    assert [
        text for text in ALL if any(run in known for part in re.split(r"\{\w+\}", text) for run in runs(part))
    ] == []


def test_no_short_sentence_can_become_a_labelled_text() -> None:
    known = {" ".join(re.findall(r"\w+", text.casefold())) for text in labelled_texts()}
    assert [text for text in ALL if " ".join(re.findall(r"\w+", text.casefold())) in known] == []
