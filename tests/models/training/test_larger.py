"""The larger model of docs/training.md: its commands, on an encoder of its kind with so few channels that it is quick.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra 'train'")

import transformers

from models.artifact import open_artifact
from models.classifier import Classified
from models.labels import SENTIMENT, TOPIC
from models.loading import load_models
from stream.cli import app

hf: Any = transformers  # its constructors are not typed
# torch's exporter and tracer warn of what they do
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]
DOCS = Path(__file__).parents[3] / "docs" / "training.md"
SIZES = {"vocab_size": 300, "max_position_embeddings": 66, "hidden_size": 32, "num_hidden_layers": 12}


def documented_settings() -> list[str]:
    """Return what docs/training.md sets for the larger model, but for the epochs and the invented texts: fewer."""
    section = DOCS.read_text().split("## A larger model")[1].split("\n## ")[0]
    settings = dict(re.findall(r"--set (\w+)=(\S+)", section)) | {"epochs": "1", "invented": "20"}
    assert {"freeze", "average", "mask", "learning_rate", "licences"} <= set(settings)
    return [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]


def bellwether(*arguments: str) -> str:
    answer = CliRunner().invoke(app, ["model", *arguments], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


@pytest.mark.usefixtures("any_loss")
def test_twelve_layers_on_sentiment_alone_are_trained_served_beside_the_shipped_topics_and_exported(
    folder: Path,
) -> None:
    base, run, rows = folder / "mpnet", folder / "large", ["--sentiment", str(folder / "s.csv")]
    copytree(folder / "base", base)
    hf.set_seed(7)
    hf.MPNetModel(hf.MPNetConfig(**SIZES, num_attention_heads=2, intermediate_size=64)).save_pretrained(base)
    bellwether("train", str(run), "--base", str(base), *rows, *documented_settings())
    model = load_models([run / "artifact"], None, "cpu", 1)
    (answer,) = model.classify(["profit record number 7"])
    assert isinstance(answer, Classified)
    assert set(answer.heads) == {SENTIMENT, TOPIC}
    assert "large" in model.name
    bellwether("export", str(run), str(folder / "large-gpu"), "--precision", "fp16", *rows)
    manifest = open_artifact(folder / "large-gpu").manifest
    assert (manifest.precision, list(manifest.heads)) == ("fp16", [SENTIMENT])
