"""One temperature for what a model was not trained on: each source counts alike and is measured by the others."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from models.artifact import DEFAULT, open_artifact, write_manifest
from models.calibration import Calibration
from models.classifier import Answer, Classified, Prediction, load_classifier
from models.errors import DatasetError
from models.labels import SENTIMENT
from models.training.evaluation.metrics import best_temperature
from stream.cli import app

Rows = list[tuple[str, str]]


def hard(name: str) -> Rows:
    """Return rows that the model is sure of, and of which a third is labelled otherwise."""
    return [
        (text, label)
        for number in range(20)
        for text, label in (
            (f"Shares of {name} {number} plunge after a profit warning", "negative"),
            (f"{name} {number} doubles its profit and lifts its outlook", "positive"),
            (f"{name} {number} is insolvent and its shares collapse", "neutral"),
        )
    ]


def easy(name: str) -> Rows:
    """Return rows that it is rightly sure of."""
    return [row for row in hard(name) + hard(f"New {name}") if row[1] != "neutral"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT, tmp_path / "mine"))


def calibrated(folder: Path, *options: str, **sources: Rows) -> str:
    path = folder.parent / "rows.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label", "source"])
        rows.writerows((text, label, source) for source, texts in sources.items() for text, label in texts)
    command = ["model", "calibrate", str(folder), "--sentiment", str(path), "--unseen", *options]
    answer = CliRunner().invoke(app, command)
    if answer.exception and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.output


def temperature(folder: Path) -> float:
    return open_artifact(folder).manifest.heads[SENTIMENT].temperature


def sentiment(answer: Answer) -> Prediction:
    assert isinstance(answer, Classified)
    return answer.heads[SENTIMENT]


def test_it_is_less_sure_of_all_texts_and_says_the_same_of_them(copy: Path) -> None:
    texts = [text for text, _ in hard("Acme")[:6]]
    before, manifest = load_classifier(copy, "cpu", 1).classify(texts), open_artifact(copy).manifest
    output = calibrated(copy, one=hard("Acme"), two=hard("Umbrella"))
    assert all(word in output for word in ("one", "two", "→"))
    assert temperature(copy) > 1.5 * manifest.heads[SENTIMENT].temperature
    assert open_artifact(copy).manifest.hash != manifest.hash
    after = load_classifier(copy, "cpu", 1).classify(texts)
    for old, new in zip(map(sentiment, before), map(sentiment, after), strict=True):
        assert new.label == old.label
        assert new.probabilities[new.label] < old.probabilities[old.label]


def test_what_the_other_sources_say_must_help(copy: Path) -> None:
    """Of two sources that want the opposite, each is worse with what the other says."""
    before = temperature(copy)
    assert "no better" in calibrated(copy, hard=hard("Acme"), easy=easy("Umbrella"))
    assert temperature(copy) == before


def test_a_feed_with_a_calibration_of_its_own_is_read_as_before(copy: Path) -> None:
    manifest = open_artifact(copy).manifest
    own = {"wire": Calibration(1.2, {"negative": 2.0, "neutral": 1.0, "positive": 1.0}, 100)}
    write_manifest(copy, msgspec.structs.replace(manifest, calibrations=own))
    calibrated(copy, one=hard("Acme"), two=hard("Umbrella"))
    ratio = temperature(copy) / manifest.heads[SENTIMENT].temperature
    assert open_artifact(copy).manifest.heads[SENTIMENT].sharpening == manifest.heads[SENTIMENT].sharpening
    assert open_artifact(copy).manifest.calibrations["wire"].temperature == pytest.approx(1.2 / ratio, abs=1e-4)


def test_one_source_says_nothing_of_others(copy: Path) -> None:
    before = open_artifact(copy).manifest
    with pytest.raises(DatasetError, match="there is one source, 'alone': at least 2"):
        calibrated(copy, alone=hard("Acme"))
    assert "names none" in calibrated(copy, "--feed", "wire", one=hard("Acme"), two=hard("Umbrella"))
    assert open_artifact(copy).manifest == before


def test_each_source_counts_alike_however_many_rows_it_has() -> None:
    logits = np.log([[0.9, 0.1]] * 1000 + [[0.9, 0.1]] * 10)
    truth = np.array([0] * 900 + [1] * 100 + [0] * 5 + [1] * 5)  # right as often as it says, and half of the time
    alike = best_temperature(logits, truth, np.r_[np.full(1000, 1 / 1000), np.full(10, 1 / 10)])
    assert best_temperature(logits, truth) == pytest.approx(1, abs=0.05)
    assert 0.9 ** (1 / alike) / (0.9 ** (1 / alike) + 0.1 ** (1 / alike)) == pytest.approx(0.7, abs=1e-3)
