"""Invented training sentences: repeatable, labelled by their figures, and apart from what measures the model."""

from __future__ import annotations

import re

import pytest

from models.training.data.dataset import LabelledSet, Row
from models.training.data.invented import LICENCE, SOURCE, invented, with_invented
from models.training.data.invented_events import EVENTS, SLOTS
from models.training.evaluation.probes import PROBES

AGAINST = re.compile(r"^(?P<name>.+?) stood at \S*?(?P<new>[\d.,]*\d).*, against \S*?(?P<old>[\d.,]*\d)", re.IGNORECASE)


def amount(text: str) -> float:
    return float(text.replace(",", ""))


def test_same_seed_same_sentences_and_none_twice() -> None:
    sentences = invented(800, 1)
    assert sentences == invented(800, 1)
    assert sentences != invented(800, 2)
    assert len({text for text, _ in sentences}) == 800
    assert {label for _, label in sentences} == {"negative", "neutral", "positive"}


def test_every_slot_is_filled() -> None:
    used = set(re.findall(r"\{(\w+)\}", " ".join([*EVENTS.values(), *SLOTS.values()])))
    assert used == {"c", "d", *SLOTS}
    assert not any("{" in text or "}" in text for text, _ in invented(5000, 3))


def test_a_comparison_is_labelled_by_its_figures() -> None:
    found = 0
    for text, label in invented(3000, 5):
        match = AGAINST.match(text.replace("EUR ", "").replace("Rs ", "").replace("GBP ", "").replace("SEK ", ""))
        if match:
            bad = re.search("debt|costs|losses|loans|loss|impairments", match["name"])
            better = (amount(match["new"]) > amount(match["old"])) != bool(bad)
            assert label == ("positive" if better else "negative"), text
            found += 1
    assert found > 50


def test_no_probe_of_the_model_card_is_learned() -> None:
    probes = {probe.text.casefold().rstrip(" .") for probe in PROBES}
    assert not probes & {text.casefold().rstrip(" .") for text, _ in invented(5000, 7)}


@pytest.mark.parametrize(("head", "more"), [("sentiment", 10), ("topic", 0)])
def test_only_the_sentiment_head_gets_them_and_only_to_train(head: str, more: int) -> None:
    row = Row("a text", "neutral", "train", "made", "MIT")
    labelled = LabelledSet(head, ("negative", "neutral", "positive"), (row,))
    rows = with_invented(labelled, 10, 3).rows[1:]
    assert len(rows) == more
    assert all((one.split, one.source, one.licence) == ("train", SOURCE, LICENCE) for one in rows)
