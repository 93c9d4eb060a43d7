"""Figures of the served artifact, and the command that prints them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from models.artifact import DEFAULT
from models.errors import DatasetError
from models.scaling import logits_of, scaled, softmax
from models.training.evaluation.metrics import (
    best_scaling,
    best_temperature,
    bootstrap_intervals,
    expected_calibration_error,
    log_loss,
    roc_auc,
)
from stream.cli import app

ROWS = [
    ("Shares plunge after the company warns of heavy losses", "negative"),
    ("Profit doubles and the company raises its outlook", "positive"),
    ("The annual meeting takes place on Monday", "neutral"),
]


def labelled(path: Path, splits: tuple[str, ...] = ("train", "val", "test", "test_leaky")) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "split", "source"])
        writer.writerows([f"{text} {split}", label, split, "made"] for split in splits for text, label in ROWS)
    return path


def test_command_gives_each_test_split_apart_and_the_negative_label_first(tmp_path: Path) -> None:
    path = labelled(tmp_path / "s.csv")
    answer = CliRunner().invoke(app, ["model", "evaluate", str(DEFAULT), "--sentiment", str(path), "--json"])
    assert answer.exit_code == 0, answer.output
    splits = json.loads(answer.output)["sentiment"]
    assert sorted(splits) == ["test", "test_leaky"]
    figures = splits["test"]["made"]
    assert figures["rows"] == 3
    assert next(iter(figures["labels"])) == "negative"
    low, high = figures["intervals_95"]["macro_f1"]
    assert 0 <= low <= figures["macro_f1"] <= high <= 1
    assert figures["calibration_error"] != figures["calibration_error_unscaled"]


def test_names_are_measured_from_a_file_to_test_alone_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    names, both = tmp_path / "names.csv", tmp_path / "both.csv"
    rows = ["Gold doubles,Gold,positive", "Gold doubles,Silver,neutral", "Tin plunges on losses,Tin,negative"]
    names.write_text("text,entity,label,split\n" + "".join(f"{row},test\n" for row in rows))
    both.write_text("text,label,split\nUp,positive,test\nUp,negative,test\nProfit doubles,positive,test\n")
    files = ["--entity", str(names), "--sentiment", str(both)]
    answer = CliRunner().invoke(app, ["model", "evaluate", str(DEFAULT), *files, "--json"])
    assert answer.exit_code == 0, answer.output
    figures = json.loads(answer.stdout)
    assert figures["entity"]["test"]["all"]["rows"] == 2
    assert "unseen names" not in figures["entity"]["test"]
    assert figures["sentiment"]["test"]["all"]["rows"] == 1
    assert "names.csv: 1 name does not stand in its text, so its row is left out" in answer.stderr
    assert "both.csv: 1 text is labelled in two ways" in answer.stderr


def test_command_refuses_an_empty_test_split_and_no_files(tmp_path: Path) -> None:
    path = labelled(tmp_path / "s.csv", ("train", "val"))
    answer = CliRunner().invoke(app, ["model", "evaluate", str(DEFAULT), "--sentiment", str(path)])
    assert isinstance(answer.exception, DatasetError)
    assert "'test' of the sentiment file is empty; the file has 'train', 'val'" in str(answer.exception)
    assert isinstance(CliRunner().invoke(app, ["model", "evaluate", str(DEFAULT)]).exception, DatasetError)


def test_roc_auc_counts_ties_half() -> None:
    scores = np.array([[0.9, 0.1], [0.5, 0.5], [0.5, 0.5], [0.2, 0.8]])
    # label 0: pairs (0.9 > 0.5), (0.9 > 0.2), (0.5 = 0.5), (0.5 > 0.2) -> 3.5 of 4; label 1 is its mirror
    assert roc_auc(scores, np.array([0, 0, 1, 1])) == pytest.approx(0.875)
    assert np.isnan(roc_auc(scores, np.array([0, 0, 0, 0])))


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.floats(0.5, 4), st.floats(-0.5, 2))
def test_logits_come_back_out_of_what_was_scaled(logits: list[float], temperature: float, sharpening: float) -> None:
    plain = np.array([logits])
    served = softmax(scaled(plain, temperature, sharpening))
    if served.min() > 1e-6 and np.ptp(plain) > 0.1:
        again = logits_of(served, temperature, sharpening)
        np.testing.assert_allclose(softmax(again), softmax(plain), atol=2e-3)


@given(st.lists(st.floats(-30, 30), min_size=3, max_size=3), st.floats(0.01, 100), st.floats(-0.9, 4))
def test_scaling_keeps_the_order_and_gives_numbers(logits: list[float], temperature: float, sharpening: float) -> None:
    served = softmax(scaled(np.array([logits]), temperature, sharpening))[0]
    assert served.sum() == pytest.approx(1, abs=1e-5)
    assert served[int(np.argmax(logits))] == served.max()


def test_without_sharpening_it_is_a_temperature_alone() -> None:
    logits = np.array([[1.0, -2.0, 0.5]], np.float32)
    np.testing.assert_array_equal(scaled(logits, 1.7, 0.0), logits / 1.7)


def test_who_errs_in_two_directions_needs_both() -> None:
    """Too sure in the middle and too unsure at the top, as after smoothed labels: no temperature mends both."""
    generator = np.random.default_rng(3)
    true = generator.normal(0, 3, (12_000, 3))
    truth = (true + generator.gumbel(size=true.shape)).argmax(1)  # draws each label with its softmax
    squashed = scaled(true, 1.0, -0.45)
    cooled = softmax(squashed / best_temperature(squashed, truth))
    fitted = best_scaling(squashed, truth)
    sharp = softmax(scaled(squashed, *fitted))
    assert fitted.sharpening == pytest.approx(1 / 0.55 - 1, abs=0.2)
    assert expected_calibration_error(sharp, truth) < 0.6 * expected_calibration_error(cooled, truth)
    assert log_loss(sharp, truth) < log_loss(cooled, truth)


def test_intervals_hold_the_point_estimate_and_shrink_with_rows() -> None:
    truth = np.tile([0, 1, 2, 0, 1], 20)
    predicted = np.tile([0, 1, 2, 0, 2], 20)
    few, many = bootstrap_intervals(truth, predicted), bootstrap_intervals(np.tile(truth, 9), np.tile(predicted, 9))
    assert few["accuracy"][0] <= 0.8 <= few["accuracy"][1]
    assert np.ptp(many["accuracy"]) < np.ptp(few["accuracy"])
