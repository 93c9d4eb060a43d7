"""Recipes and the weighted targets built from them; no torch needed."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import DatasetError
from models.training.data.dataset import LabelledSet, Row
from models.training.data.folds import folds
from models.training.data.targets import class_weights, examples, training_examples, training_texts
from models.training.evaluation.metrics import precision_recall_curve
from models.training.recipe import Recipe, recipe_from


def made(head: str, labels: str, split: str = "train") -> LabelledSet:
    rows = tuple(Row(f"{head} {number}", label, split, "made", "MIT") for number, label in enumerate(labels))
    return LabelledSet(head, tuple(sorted(set(labels))), rows)


def test_a_label_becomes_a_smoothed_distribution_weighted_by_its_rarity() -> None:
    rows = training_examples([made("mood", "aaab")], Recipe(label_smoothing=0.1, balance=1.0))
    assert rows[0]["mood"].sum() == pytest.approx(4 / 2 / 3)
    assert rows[3]["mood"].sum() == pytest.approx(2)
    assert rows[3]["mood"] == pytest.approx([2 * 0.05, 2 * 0.95])
    assert class_weights(made("mood", "aaab"), 0.0).tolist() == [1, 1]


def test_the_teacher_fills_in_only_where_a_label_is_missing() -> None:
    sets = [made("mood", "ab"), made("topic", "xyz")]
    texts = training_texts(sets, ["unlabelled"])
    taught = {"mood": np.full((6, 2), 0.5, np.float32), "topic": np.full((6, 3), 1 / 3, np.float32)}
    rows = training_examples(sets, Recipe(label_smoothing=0.0, teacher_weight=0.5), ["unlabelled"], taught)
    assert [row["text"] for row in rows] == texts
    assert rows[0]["mood"].tolist() == [1, 0]
    assert rows[0]["topic"].sum() == pytest.approx(0.5)
    assert rows[5]["mood"].tolist() == [0.25, 0.25]


def test_distillation_mixes_label_and_teacher() -> None:
    taught = {"mood": np.full((2, 2), 0.5, np.float32)}
    rows = training_examples([made("mood", "ab")], Recipe(label_smoothing=0.0, teacher="t", distill=0.5), (), taught)
    assert rows[0]["mood"].tolist() == [0.75, 0.25]


def test_of_a_kind_that_is_new_to_the_teacher_the_label_counts_alone() -> None:
    taught = {"mood": np.full((4, 2), 0.5, np.float32), "topic": np.full((4, 2), 0.5, np.float32)}
    sets = [made("mood", "ab"), made("topic", "xy")]
    recipe = Recipe(label_smoothing=0.0, teacher="t", distill=0.5, untaught="made", teacher_weight=0.5)
    rows = training_examples(sets, recipe, (), taught)
    assert rows[0]["mood"].tolist() == [1, 0]
    assert rows[0]["topic"].tolist() == [0.25, 0.25]  # of the head without a label the teacher still tells


def test_a_text_that_two_heads_label_is_learned_once() -> None:
    mood = LabelledSet(
        "mood", ("a", "b"), tuple(Row(text, label, "train", "made", "MIT") for text, label in ("xa", "yb", "xa"))
    )
    topic = LabelledSet(
        "topic", ("u", "v"), tuple(Row(text, label, "train", "other", "MIT") for text, label in ("yv", "zu"))
    )
    assert training_texts([mood, topic], ["n"]) == ["x", "y", "x", "z", "n"]
    taught = {head: np.full((5, 2), 0.5, np.float32) for head in ("mood", "topic")}
    recipe = Recipe(label_smoothing=0.0, teacher="t", distill=0.5, untaught="other", teacher_weight=0.5)
    rows = training_examples([mood, topic], recipe, ["n"], taught)
    assert [row["text"] for row in rows] == ["x", "y", "x", "z", "n"]
    unsure = [0.25, 0.25]
    assert [row["mood"].tolist() for row in rows] == [[0.75, 0.25], [0.25, 0.75], [0.75, 0.25], unsure, unsure]
    assert [row["topic"].tolist() for row in rows] == [unsure, [0, 1], unsure, [1, 0], unsure]


def test_rows_of_a_source_weigh_what_the_recipe_says() -> None:
    sets = [made("mood", "ab"), made("topic", "xy")]
    plain = training_examples(sets, Recipe(label_smoothing=0.0), ["unlabelled"])
    rows = training_examples(sets, Recipe(label_smoothing=0.0, weights="made:2.5"), ["unlabelled"])
    assert [row["mood"].tolist() for row in rows] == [[2.5, 0], [0, 2.5], [0, 0], [0, 0], [0, 0]]
    assert all((2.5 * one["topic"] == other["topic"]).all() for one, other in zip(plain, rows, strict=True))
    with pytest.raises(DatasetError, match="no row is of maid; the sources are made"):
        training_examples(sets, Recipe(weights="made:2, maid:3"))
    with pytest.raises(DatasetError, match="untaught: no row is of maid; the sources are made"):
        training_examples(sets, Recipe(untaught="made, maid"))


def test_without_a_teacher_a_missing_label_teaches_nothing() -> None:
    rows = examples([made("mood", "a", "val"), made("topic", "x", "val")], "val")
    assert [row["topic"].tolist() for row in rows] == [[0], [1]]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("epochs", "not NAME=VALUE"),
        ("epochs=0", "epochs"),
        ("dropout=1.5", "dropout"),
        ("speed=3", "speed"),
        ("epochs=inf", "epochs is inf"),
        ("learning_rate=nan", "learning_rate"),
        ("languages=EN", "'languages' are codes of two letters"),
        ("languages=chinese", "not 'chinese'"),
        ("languages=", "'languages' are codes of two letters"),
        ("weights=posts", "'weights' is SOURCE:NUMBER"),
        ("weights=posts:3,:2", "'weights' is SOURCE:NUMBER"),
        ("unlabelled=x.jsonl", "need a 'teacher'"),
        ("distill=0.5", "need a 'teacher'"),
        ("variants=2", "need a 'teacher'"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(setting: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        recipe_from([setting], Recipe)


def test_settings_are_read_as_numbers_and_lists() -> None:
    recipe = recipe_from(["epochs=2", "licences=MIT, CC0", "languages=en, zh", "bf16=true"], Recipe)
    assert (recipe.epochs, recipe.licences, recipe.bf16) == (2.0, ("MIT", "CC0"), True)
    assert recipe.languages == ("en", "zh")


def test_each_row_is_tested_once_and_folds_keep_the_labels_shares() -> None:
    labelled = made("mood", "a" * 50 + "b" * 100)
    tested: list[str] = []
    for fold in folds(labelled, 5, seed=1):
        rows = fold.split("test")
        tested += [row.text for row in rows]
        assert [sum(row.label == label for row in rows) for label in "ab"] == [10, 20]
        assert fold.split("val")
        assert fold.split("train")
    assert sorted(tested) == sorted(row.text for row in labelled.rows)
    with pytest.raises(DatasetError, match="label 'b' has 3 rows"):
        list(folds(made("mood", "a" * 50 + "b" * 3), 5, seed=1))


def test_precision_recall_curve_takes_ties_together() -> None:
    precision, recall = precision_recall_curve(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
    assert precision == pytest.approx([1, 2 / 3, 1 / 2])
    assert recall == pytest.approx([1 / 2, 1, 1])
