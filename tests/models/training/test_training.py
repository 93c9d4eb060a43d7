"""Runs from labelled files to an artifact: resumed, with every option, begun from others, what is kept of them.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("peft", reason="needs the extra 'train'")

import onnx
import torch
import transformers

from models.artifact import TOKENIZER, open_artifact, write_manifest
from models.classifier import load_classifier
from models.errors import DatasetError
from models.training.data.dataset import VALIDATION
from models.training.data.targets import examples
from models.training.data.tokens import Collator, TokenizedExamples, load_tokenizer
from models.training.evaluation.evaluate import served_macro_f1
from models.training.export.source import source_of_run
from stream.cli import app
from tests.models.training.tiny import QUICK, SIZES, command, labelled, sets_of

hf: Any = transformers  # its constructors are not typed
# torch's exporter and tracer warn of what they do
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]


def test_a_run_gives_an_artifact_that_learned_both_heads(folder: Path, run: Path) -> None:
    figures = json.loads(command(folder, "evaluate", str(run / "artifact"), "--json"))
    assert figures["sentiment"]["test"]["all"]["accuracy"] > 0.9
    assert figures["topic"]["test"]["all"]["accuracy"] > 0.9
    entries = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert any("eval_macro_f1" in entry for entry in entries)
    assert list((run / "tensorboard").iterdir())
    assert len(list((run / "pictures").glob("*.png"))) == 7
    artifact = open_artifact(run / "artifact")
    assert artifact.manifest.name == run.name
    assert artifact.manifest.training["rows"]["topic"][0]["licence"] == "MIT"
    for head, size in (("sentiment", 3), ("topic", 2)):
        counts = np.array(artifact.confusion[head])
        assert counts.shape == (size, size)
        assert counts.sum() == 40  # every sixth of 240 rows is in split val
        assert np.trace(counts) > 0.9 * counts.sum()


def test_a_run_ends_with_a_table_of_what_was_not_learned_and_no_library_warns(run: Path) -> None:
    output = (run / "output.txt").read_text()
    assert "Warning" not in output
    assert "WARNING" not in output
    end = output[output.rindex("as it is served") :]
    rows = [line.split() for line in end.splitlines() if " made " in line]
    assert [row[:4] for row in rows] == [
        [head, split, "made", "40"] for head in ("sentiment", "topic") for split in ("test", "val")
    ]
    assert all(float(row[4]) > 0.9 and float(row[5]) > 0.9 for row in rows)
    assert end.rstrip().splitlines()[-1].startswith("pictures:")


@pytest.mark.usefixtures("any_loss")
def test_a_run_goes_on_where_it_stopped_and_is_never_overwritten(folder: Path, run: Path) -> None:
    with pytest.raises(DatasetError, match="not empty"):
        command(folder, "train", str(run), *QUICK)
    with pytest.raises(DatasetError, match="no checkpoint"):
        command(folder, "train", str(folder / "none"), *QUICK, "--resume")
    command(folder, "train", str(folder / "short"), *QUICK, "--set", "epochs=1")
    command(folder, "train", str(folder / "short"), *QUICK, "--set", "epochs=2", "--resume")
    lines = (folder / "short" / "metrics.jsonl").read_text().splitlines()
    epochs = [entry["epoch"] for entry in map(json.loads, lines) if "eval_macro_f1" in entry]
    assert epochs == [1, 2]


@pytest.mark.usefixtures("any_loss")
def test_adapters_teacher_and_regularisers_train_too(folder: Path, run: Path) -> None:
    one_head = folder / "one-head"
    copytree(run / "artifact", one_head)
    manifest = open_artifact(one_head).manifest
    write_manifest(one_head, msgspec.structs.replace(manifest, heads={"sentiment": manifest.heads["sentiment"]}))
    unlabelled = folder / "more.jsonl"
    unlabelled.write_text('{"text": "crude fraud"}\n{"text": "bank profit"}\n')
    options = ["r_drop=0.5", "mask=0.1", "balance=0.5", "lora_rank=4", "freeze=1", "invented=20", "max_tokens=64"]
    options += [f"teacher={run / 'artifact'},{one_head}", f"unlabelled={unlabelled}", "variants=1", "epochs=1"]
    further = folder / "further.csv"
    further.write_text(
        "source,licence,label,text\n" + "more,MIT,negative,fraud default\n" * 3 + "more,MIT,positive,a beat\n"
    )
    options += [f"extra={further}:1", "distill=0.5", "untaught=invented,more"]
    command(folder, "train", str(folder / "all"), *(part for one in options for part in ("--set", one)))
    training = open_artifact(folder / "all" / "artifact").manifest.training
    assert training["recipe"]["lora_rank"] == 4
    assert training["recipe"]["extra"] == "further.csv:1"  # a folder says nothing on another machine
    assert training["recipe"]["unlabelled"] == "more.jsonl"
    assert {"source": "more", "licence": "MIT", "rows": 2} in training["rows"]["sentiment"]


@pytest.mark.usefixtures("any_loss")
def test_a_run_begins_from_the_encoder_of_another_with_its_words(folder: Path, run: Path) -> None:
    base = run / "best" / "encoder"
    command(folder, "train", str(folder / "next"), "--base", str(base), *QUICK, "--set", "epochs=1")
    assert (folder / "next" / "artifact" / TOKENIZER).read_bytes() == (run / "artifact" / TOKENIZER).read_bytes()
    bare = copytree(base, folder / "bare", ignore=lambda *_: ["tokenizer.json", "tokenizer_config.json"])
    with pytest.raises(DatasetError, match="without its tokenizer"):
        command(folder, "train", str(folder / "none"), "--base", str(bare), *QUICK)


@pytest.mark.usefixtures("any_loss")
def test_a_last_layer_asked_once_per_text_is_trained_shrunk_averaged_and_served(folder: Path, run: Path) -> None:
    once, mean = folder / "once", folder / "once-mean"
    command(folder, "train", str(once), *QUICK, "--set", "pooling=last_layer")
    assert served_macro_f1(once / "artifact", sets_of(folder)[0]) > 0.9
    graph = onnx.load(open_artifact(once / "artifact").graph).graph
    operators = Counter(node.op_type for node in graph.node if "_outlier_" not in node.output[0])
    assert operators["QAttention"] == SIZES["num_hidden_layers"] - 1
    assert operators["MatMulIntegerToFloat"] == 3 + 1 + 2  # the layer below, the query and the heads
    classifier = load_classifier(once / "artifact")
    texts = ["fraud loss number 7", "opec", "record profit growth and a plunge of crude", "calendar " * 20]
    assert classifier.classify(texts) == [classifier.classify([text])[0] for text in texts]
    command(folder, "shrink", str(once), str(folder / "once-small"), "--layers", "0,1", "--neurons", "6")
    CliRunner().invoke(app, ["model", "average", str(mean), str(once), str(once)], catch_exceptions=False)
    with pytest.raises(DatasetError, match="another pooling"):
        CliRunner().invoke(app, ["model", "average", str(folder / "none"), str(run), str(once)], catch_exceptions=False)
    networks = [source_of_run(one).network for one in (once, mean)]
    assert networks[1].recipe.pooling == "last_layer"
    ids = torch.tensor([[2, 9, 30, 3]])
    with torch.no_grad():
        for one, other in zip(*(network.logits(ids, torch.ones_like(ids)) for network in networks), strict=True):
            assert one.allclose(other)


@pytest.mark.usefixtures("any_loss")
def test_a_run_begins_with_the_heads_of_another_whose_labels_are_the_same(folder: Path, run: Path) -> None:
    resting = ("epochs=1", "learning_rate=1e-12", "head_learning_rate=1e-12", "warmup=0")
    options = [*QUICK, *(part for setting in resting for part in ("--set", setting))]
    command(folder, "train", str(folder / "rests"), "--base", str(run), *options)
    before, after = (source_of_run(one).network.state_dict() for one in (run, folder / "rests"))
    assert all(after[name].allclose(before[name], atol=1e-6) for name in before)
    training = open_artifact(folder / "rests" / "artifact").manifest.training
    assert training["base"] == "base"
    assert "Began with the weights of the run run, which had learned made (MIT, 160 rows)" in training["notes"][-1]
    labelled(folder / "other.csv", {"Banks": ["bank"], "Gold": ["bullion"]})
    arguments = ["model", "train", str(folder / "other-labels"), "--topic", str(folder / "other.csv")]
    assert CliRunner().invoke(app, [*arguments, "--base", str(run), *options]).exit_code == 0
    assert (
        not source_of_run(folder / "other-labels")
        .network.state_dict()["heads.topic.weight"]
        .allclose(before["heads.topic.weight"], atol=1e-3)
    )
    (changed := copytree(run, folder / "changed") / "recipe.json").write_text('{"pooling": "last_layer"}')
    with pytest.raises(DatasetError, match="add --set pooling=last_layer"):
        command(folder, "train", str(folder / "none"), "--base", str(changed.parent), *QUICK)
    assert not (folder / "none").exists()


@pytest.mark.usefixtures("any_loss")
def test_frozen_parts_stay_as_they_were(folder: Path) -> None:
    command(folder, "train", str(folder / "frozen"), *QUICK, "--set", "epochs=1", "--set", "freeze=2")
    folders = (folder / "base", folder / "frozen" / "best" / "encoder")
    before, after = (hf.AutoModel.from_pretrained(one, add_pooling_layer=False).state_dict() for one in folders)
    moved = {name for name in before if not before[name].equal(after[name])}
    assert moved
    assert all(name.startswith("encoder.layer.1.") for name in moved)


@pytest.mark.usefixtures("any_loss")
def test_a_measurement_during_training_hides_no_tokens(folder: Path) -> None:
    masked = folder / "masked"
    command(folder, "train", str(masked), *QUICK, "--set", "epochs=2", "--set", "mask=0.8")
    scores = [json.loads(line).get("eval_macro_f1", 0) for line in (masked / "metrics.jsonl").read_text().splitlines()]
    command(folder, "export", str(masked), str(folder / "masked-fp32"), "--precision", "fp32")
    sets = sets_of(folder)
    served = [served_macro_f1(folder / "masked-fp32", one) for one in sets]
    assert sum(served) / 2 == pytest.approx(max(scores), abs=1e-6)


@pytest.mark.usefixtures("any_loss")
def test_the_epoch_of_the_least_loss_is_kept(folder: Path) -> None:
    erratic = [*QUICK, "--set", "learning_rate=0.03", "--set", "average=0", "--set", "best_by=loss"]
    for seed in range(1, 9):  # until the last epoch is not the best, which hangs on the seed and on the processor
        run = folder / f"loss{seed}"
        command(folder, "train", str(run), *erratic, "--set", f"seed={seed}")
        lines = (run / "metrics.jsonl").read_text().splitlines()
        losses = [entry["eval_loss"] for entry in map(json.loads, lines) if "eval_loss" in entry]
        if losses[-1] > min(losses):
            break
    assert losses[-1] > min(losses)
    tokenizer = load_tokenizer(run / "best" / "encoder")
    rows = TokenizedExamples(examples(sets_of(folder), VALIDATION), tokenizer, 128)
    batch = Collator(tokenizer, 0)([rows[index] for index in range(len(rows))])
    with torch.no_grad():
        kept = float(source_of_run(run).network(**batch)["loss"])
    assert kept == pytest.approx(min(losses), abs=1e-4)
