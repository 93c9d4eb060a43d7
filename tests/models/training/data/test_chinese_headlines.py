"""The Chinese headlines labelled by hand: what is measured on is not learned, and their README counts right."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from models.artifact import DEFAULT, open_artifact
from models.labels import SENTIMENTS, TOPIC
from models.text import fingerprint_text
from models.training.data.dataset import load

FOLDER = Path(__file__).resolve().parents[3] / "data" / "zh"


def test_the_readme_counts_them_and_no_test_text_is_learned() -> None:
    rows = list(csv.DictReader((FOLDER / "headlines.csv").read_text(encoding="utf-8").splitlines()))
    readme = (FOLDER / "README.md").read_text()
    texts = Counter(fingerprint_text(row["text"]) for row in rows)
    assert max(texts.values()) == 1
    for split in ("test", "val", "train"):
        labels = Counter(row["label"] for row in rows if row["split"] == split)
        counts = ", ".join(str(labels[label]) for label in SENTIMENTS)
        assert f"| `{split}` | {labels.total():,} | {counts} |" in readme
    topics = {row["topic"] for row in rows} - {""}
    assert topics < set(open_artifact(DEFAULT).manifest.heads[TOPIC].labels)
    assert f"{sum(bool(row['topic']) for row in rows):,} of them with their topic" in readme


def test_it_is_a_set_to_train_on() -> None:
    labelled = load("sentiment", FOLDER / "headlines.csv", ["MIT"])
    assert labelled.labels == SENTIMENTS
    assert len(labelled.split("test")) == 480
