"""Labelled files and an encoder so small that a training takes seconds, and the command line on them."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

from typer.testing import CliRunner

from models.training.data.dataset import LabelledSet, load
from stream.cli import app

WORDS = {
    "negative": ["plunge", "loss", "default", "fraud"],
    "neutral": ["meeting", "report", "agenda", "calendar"],
    "positive": ["profit", "record", "beat", "growth"],
}
TOPICS = {"Banks": ["bank", "deposit", "lender"], "Oil": ["crude", "barrel", "opec"]}
SIZES: dict[str, int] = {
    "vocab_size": 300,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
SETTINGS = ("epochs=8", "batch_size=8", "patience=8", "learning_rate=0.003", "head_learning_rate=0.01", "average=0.5")
QUICK = [part for setting in SETTINGS for part in ("--set", setting)]


def labelled(path: Path, words: dict[str, list[str]]) -> Path:
    random = Random(3)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "split", "source", "licence"])
        for number in range(240):
            label = random.choice(list(words))
            text = f"{random.choice(words[label])} {random.choice(words[label])} number {number}"
            writer.writerow([text, label, {0: "val", 1: "test"}.get(number % 6, "train"), "made", "MIT"])
    return path


def labelled_names(path: Path) -> Path:
    """Write texts of two names, each followed by what is said of it."""
    random, known = Random(4), [word for words in TOPICS.values() for word in words]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "entity", "label", "split", "source", "licence"])
        for number in range(600):
            names, labels = random.sample(known, 2), random.choices(list(WORDS), k=2)
            said = [random.choice(WORDS[label]) for label in labels]
            text = f"{names[0]} {said[0]} {names[1]} {said[1]} {number}"
            for name, label in zip(names, labels, strict=True):
                writer.writerow([text, name, label, {0: "val", 1: "test"}.get(number % 6, "train"), "made", "MIT"])
    return path


def command(folder: Path, name: str, *arguments: str) -> str:
    files = ["--sentiment", str(folder / "s.csv"), "--topic", str(folder / "t.csv")]
    base = ["--base", str(folder / "base")] if name == "train" and "--base" not in arguments else []
    answer = CliRunner().invoke(app, ["model", name, *arguments, *files, *base], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def sets_of(folder: Path) -> list[LabelledSet]:
    return [load(head, folder / f"{head[0]}.csv") for head in ("sentiment", "topic")]
