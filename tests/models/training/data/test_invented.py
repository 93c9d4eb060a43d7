"""Invented training sentences: repeatable, labelled by their figures, and apart from what measures the model."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random

import pytest

from models.labels import NEUTRAL, SENTIMENTS
from models.language import detect
from models.training.data.dataset import LabelledSet, Row
from models.training.data.invented import LICENCE, SOURCE, SOURCE_ZH, invented, with_invented
from models.training.data.invented_chinese import chinese_texts, chinese_topics
from models.training.data.invented_events import EVENTS, SLOTS
from models.training.data.invented_kinds import KINDS, MEASURES, PATTERNS
from models.training.data.invented_kinds import SLOTS as SLOTS_OF_KINDS
from models.training.data.invented_zh import FORUM, NEWS, SHORT
from models.training.data.patterns import ENGLISH, dressed
from models.training.evaluation.probes import PROBES
from models.training.recipe import Recipe

CASES = [folder / "shared/data/cases/sentiment_cases.tsv" for folder in Path(__file__).resolve().parents[5:7]]
AGAINST = re.compile(r"^(?P<name>.+?) stood at \S*?(?P<new>[\d.,]*\d).*, against \S*?(?P<old>[\d.,]*\d)", re.IGNORECASE)


def amount(text: str) -> float:
    return float(text.replace(",", ""))


def test_same_seed_same_sentences_and_none_twice() -> None:
    sentences = invented(800, 1)
    assert sentences == invented(800, 1)
    assert sentences != invented(800, 2)
    assert len({text for text, _ in sentences}) == 800
    assert {label for _, label in sentences} == {"negative", "neutral", "positive"}


@cache
def many() -> list[tuple[str, str]]:
    return invented(20_000, 9)


def lines_of_kinds() -> list[str]:
    return [line for kind in PATTERNS for lines in kind.values() for line in lines]


def test_every_slot_is_filled() -> None:
    patterns = [*EVENTS.values(), *SLOTS.values(), *lines_of_kinds(), *SLOTS_OF_KINDS.values(), *MEASURES.values()]
    used = set(re.findall(r"\{(\w+)\}", " ".join(patterns)))
    assert used == {*ENGLISH.made, *SLOTS, *SLOTS_OF_KINDS} - {"before", "behind"}
    assert not any(re.search(r"[{}|]|\[[^]]*\|", text) for text, _ in invented(15_000, 3))


def test_no_slot_of_the_kinds_hides_another() -> None:
    assert not set(SLOTS) & set(SLOTS_OF_KINDS)
    assert not set(ENGLISH.made) & {*SLOTS, *SLOTS_OF_KINDS}


@pytest.mark.parametrize("line", lines_of_kinds())
def test_each_choice_is_closed_and_has_alternatives(line: str) -> None:
    assert re.sub(r"\[[^][]*\|[^][]*\]", "", line).count("|") == 0
    assert line.count("[") == line.count("]")


def test_each_kind_has_its_twins_on_the_other_sides() -> None:
    """A kind of one label alone would teach its words, not what they say."""
    assert all(len(lines) >= 10 for kind in PATTERNS for lines in kind.values())


def test_a_measure_is_labelled_by_its_way_and_by_what_is_better() -> None:
    low = r"^(unemployment|.*inflation|insolvencies|churn|.*costs|.*defaults|.*layoffs|.*spreads) "
    better_low = re.compile(low + r"(rises?|rose|falls?|fell|jumps?|drops?)\b", re.IGNORECASE)
    found = {"negative": 0, "positive": 0}
    for text, label in many():
        if match := better_low.match(text):
            assert label == ("negative" if match[2].lower().startswith(("r", "j")) else "positive"), text
            found[label] += 1
    assert min(found.values()) >= 5


def test_a_dress_keeps_the_words() -> None:
    for seed in range(200):
        assert "regulators close kordex" in dressed("regulators close Kordex", Random(seed)).lower()


def cases() -> set[str]:
    lines = [line for path in CASES if path.is_file() for line in path.read_text().splitlines()[1:]]
    if not lines:
        pytest.skip("the sentences by kind are not on this machine")
    return {line.split("\t")[2].casefold().rstrip(" .") for line in lines}


def test_the_cases_are_not_learned() -> None:
    """They measure: a sentence of theirs, or one that differs by dress alone, must not be drawn."""
    assert not cases() & {text.casefold().rstrip(" .") for text, _ in invented(20_000, 7)}


def drawable(pattern: str) -> str:
    """Return a regular expression of all that the pattern may be filled with, but for what is made up."""
    parts = re.split(r"(\[[^][]*\|[^][]*\]|\{\w+\})", pattern)
    return "".join(choices(part[1:-1]) if part[:1] in ("[", "{") else re.escape(part) for part in parts)


@cache
def choices(within: str) -> str:
    if within in ENGLISH.made:
        return "(?!)"  # no case has a company or a ticker that could be made up
    return f"(?:{'|'.join(drawable(one) for one in ENGLISH.slots.get(within, within).split('|'))})"


@pytest.mark.parametrize("kind", sorted(set(KINDS)))
def test_no_line_can_become_a_case(kind: str) -> None:
    lines = [line for of in PATTERNS[KINDS.index(kind)].values() for line in of]
    texts = cases()
    for line in lines:
        whole = re.compile(drawable(line).replace("\\ ", r"\s*") + r"\s*", re.IGNORECASE)
        assert not [text for text in texts if whole.fullmatch(text)], line


@pytest.mark.parametrize(
    ("said", "label"),
    [
        (r"(denies|rejects|dismisses) .*(insolven|bankrupt)", "neutral"),
        (r"not (insolvent|bankrupt|in default)", "neutral"),
        (r"\b(falls?|drops?|slips?) less than (feared|expected|forecast)", "positive"),
        (r"(strike|walkout|lockout|dispute) (ends|is over|called off|settled|resolved)", "positive"),
    ],
)
def test_what_turns_the_words_round_turns_the_label(said: str, label: str) -> None:
    labels = [of for text, of in many() if re.search(said, text, re.IGNORECASE)]
    assert len(labels) >= 5
    assert set(labels) == {label}


def test_a_comparison_is_labelled_by_its_figures() -> None:
    found = 0
    for text, label in invented(6000, 5):
        match = AGAINST.match(text.replace("EUR ", "").replace("Rs ", "").replace("GBP ", "").replace("SEK ", ""))
        if match:
            bad = re.search("debt|costs|losses|loans|loss|impairments", match["name"])
            better = (amount(match["new"]) > amount(match["old"])) != bool(bad)
            assert label == ("positive" if better else "negative"), text
            found += 1
    assert found > 40


def test_no_probe_of_the_model_card_is_learned() -> None:
    probes = {probe.text.casefold().rstrip(" .") for probe in PROBES}
    assert not probes & {text.casefold().rstrip(" .") for text, _ in invented(5000, 7)}


@pytest.mark.parametrize(("head", "more"), [("sentiment", 10), ("topic", 0)])
def test_only_the_sentiment_head_gets_english_ones_and_only_to_train(head: str, more: int) -> None:
    row = Row("a text", "neutral", "train", "made", "MIT")
    labelled = LabelledSet(head, ("negative", "neutral", "positive"), (row,))
    rows = with_invented(labelled, Recipe(invented=10, seed=3)).rows[1:]
    assert len(rows) == more
    assert all((one.split, one.source, one.licence) == ("train", SOURCE, LICENCE) for one in rows)


@pytest.mark.parametrize(("head", "label"), [("sentiment", "neutral"), ("topic", "Macro")])
def test_chinese_ones_are_of_both_heads_and_bring_their_labels(head: str, label: str) -> None:
    labelled = LabelledSet(head, (label,), (Row("一段话", label, "train", "made", "MIT"),))
    grown = with_invented(labelled, Recipe(invented_zh=400, seed=3))
    rows = grown.rows[1:]
    assert len(rows) == len({row.text for row in rows}) == 400
    assert {(row.split, row.source, row.licence) for row in rows} == {("train", SOURCE_ZH, LICENCE)}
    assert set(grown.labels) == {row.label for row in rows} | {label}
    assert list(grown.labels) == sorted(grown.labels)


def test_chinese_texts_are_filled_and_read_as_chinese() -> None:
    texts = [text for texts in (chinese_texts, chinese_topics) for text, _ in invented(4000, 5, texts)]
    assert not any(re.search(r"[{}|\[\]]", text) for text in texts)
    assert sum(detect(text) == "zh" for text in texts) > 0.97 * len(texts)


def test_each_chinese_kind_has_its_twins_on_the_other_sides() -> None:
    kinds = [*NEWS, FORUM]
    assert all(set(kind) == set(SENTIMENTS) for kind in (*kinds, SHORT))
    assert all(len(lines) >= 10 for kind in kinds for lines in kind.values())


@pytest.mark.parametrize("word", ["挤兑", "违约", "破产", "裁员", "停产", "召回", "涨停", "回购", "扭亏", "中标"])
def test_no_word_of_a_short_text_is_its_label(word: str) -> None:
    texts = {label for text, label in invented(6000, 5, chinese_texts) if word in text and len(text) < 20}
    assert NEUTRAL in texts
    assert len(texts) > 1
