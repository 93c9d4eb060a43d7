"""The training path from labelled files to a served artifact, on a random encoder so small that it takes seconds.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from random import Random
from shutil import copy, copytree, rmtree
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
from onnx import numpy_helper
from tokenizers import BertWordPieceTokenizer

import models.training.export.artifact as exporting
import models.training.export.quantize as quantizing
from models.artifact import DEFAULT, TOKENIZER, open_artifact, write_manifest
from models.classifier import Classified, load_classifier
from models.errors import ArtifactError, DatasetError
from models.training.data.dataset import VALIDATION, LabelledSet, load
from models.training.data.targets import examples
from models.training.data.tokens import Collator, TokenizedExamples, load_tokenizer
from models.training.evaluation.evaluate import served_macro_f1
from models.training.export import graph
from models.training.export.source import source_of_run
from models.training.shrink import neuron_importance
from models.training.unpack import unpack
from stream.cli import app

hf: Any = transformers  # its constructors are not typed
# torch's exporter and tracer warn of what they do
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    labelled(folder / "s.csv", WORDS)
    labelled(folder / "t.csv", TOPICS)
    tokenizer = BertWordPieceTokenizer()
    tokenizer.train([str(folder / "s.csv"), str(folder / "t.csv")], vocab_size=300, show_progress=False)
    base = folder / "base"
    names = {
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer._tokenizer, **names).save_pretrained(base)
    hf.BertModel(hf.BertConfig(**SIZES)).save_pretrained(base)
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    command(folder, "train", str(folder / "run"), *QUICK)
    return folder / "run"


@pytest.fixture
def any_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network after one epoch is undecided: int8 may turn a row of the few in split ``val``."""
    monkeypatch.setattr(exporting, "LARGEST_LOSS", 1.0)


def command(folder: Path, name: str, *arguments: str) -> str:
    files = ["--sentiment", str(folder / "s.csv"), "--topic", str(folder / "t.csv")]
    base = ["--base", str(folder / "base")] if name == "train" and "--base" not in arguments else []
    answer = CliRunner().invoke(app, ["model", name, *arguments, *files, *base], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def sets_of(folder: Path) -> list[LabelledSet]:
    return [load(head, folder / f"{head[0]}.csv") for head in ("sentiment", "topic")]


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
    command(folder, "train", str(folder / "all"), *(part for one in options for part in ("--set", one)))
    assert open_artifact(folder / "all" / "artifact").manifest.training["recipe"]["lora_rank"] == 4


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
    command(folder, "train", str(folder / "loss"), *erratic)
    lines = (folder / "loss" / "metrics.jsonl").read_text().splitlines()
    losses = [entry["eval_loss"] for entry in map(json.loads, lines) if "eval_loss" in entry]
    assert losses[-1] > min(losses)
    tokenizer = load_tokenizer(folder / "loss" / "best" / "encoder")
    rows = TokenizedExamples(examples(sets_of(folder), VALIDATION), tokenizer, 128)
    batch = Collator(tokenizer, 0)([rows[index] for index in range(len(rows))])
    with torch.no_grad():
        kept = float(source_of_run(folder / "loss").network(**batch)["loss"])
    assert kept == pytest.approx(min(losses), abs=1e-4)


@pytest.mark.parametrize(("precision", "tolerance"), [("fp16", 1e-3), ("fp32", 0.0)])
def test_other_precisions_answer_alike_and_are_unpacked_again(
    folder: Path, run: Path, precision: str, tolerance: float
) -> None:
    command(folder, "export", str(run), str(folder / precision), "--precision", precision)
    texts = ["fraud loss number 7", "opec barrel"]
    answers = [load_classifier(artifact).classify(texts) for artifact in (run / "artifact", folder / precision)]
    for head, one, other in zip(("sentiment", "topic"), *answers, strict=True):
        assert isinstance(one, Classified)
        assert isinstance(other, Classified)
        assert one.heads[head].label == other.heads[head].label
        assert one.heads[head].probabilities == pytest.approx(other.heads[head].probabilities, abs=0.1)
    unpack(folder / precision, folder / f"{precision}-unpacked")
    before, after = (source_of_run(one).network.state_dict() for one in (run, folder / f"{precision}-unpacked"))
    for name, value in before.items():
        assert after[name].allclose(value, atol=tolerance, rtol=tolerance), name


@pytest.mark.usefixtures("any_loss")
def test_weights_of_runs_are_averaged_by_their_shares(folder: Path, run: Path) -> None:
    command(folder, "train", str(folder / "other"), *QUICK, "--set", "epochs=1", "--set", "seed=8")
    arguments = ["model", "average", str(folder / "mean"), str(run), str(folder / "other")]
    answer = CliRunner().invoke(app, [*arguments, "--share", "3", "--share", "1"], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    first, second, mean = (source_of_run(one).network.state_dict() for one in (run, folder / "other", folder / "mean"))
    for name in mean:
        assert mean[name].allclose(0.75 * first[name] + 0.25 * second[name], atol=1e-6), name
    command(folder, "export", str(folder / "mean"), str(folder / "mean-artifact"), "--precision", "fp32")
    assert "run 0.75, other 0.25" in open_artifact(folder / "mean-artifact").manifest.training["notes"][0]
    with pytest.raises(DatasetError, match="as many shares"):
        CliRunner().invoke(app, [*arguments, "--share", "1"], catch_exceptions=False)
    with pytest.raises(DatasetError, match="there already"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_a_shrunk_encoder_keeps_the_neurons_that_matter_and_trains_on(folder: Path, run: Path) -> None:
    whole = source_of_run(run).network.encoder.encoder.layer[1]
    importance = neuron_importance(
        source_of_run(run).network, load_tokenizer(run / "best" / "encoder"), sets_of(folder)
    )[1]
    command(folder, "shrink", str(run), str(folder / "small"), "--layers", "1", "--neurons", "6")
    small = hf.AutoModel.from_pretrained(folder / "small", add_pooling_layer=False)
    assert (small.config.num_hidden_layers, small.config.intermediate_size) == (1, 6)
    kept = importance.argsort(descending=True)[:6].sort().values
    assert (small.encoder.layer[0].intermediate.dense.weight == whole.intermediate.dense.weight[kept]).all()
    assert (small.encoder.layer[0].intermediate.dense.bias == whole.intermediate.dense.bias[kept]).all()
    assert (small.encoder.layer[0].output.dense.weight == whole.output.dense.weight[:, kept]).all()
    command(folder, "train", str(folder / "trained"), "--base", str(folder / "small"), *QUICK)
    assert open_artifact(folder / "trained" / "artifact").manifest.training["base"] == "small"


def test_a_neuron_that_changes_nothing_has_no_importance(folder: Path, run: Path) -> None:
    network = source_of_run(run).network
    with torch.no_grad():
        network.encoder.encoder.layer[0].output.dense.weight[:, 3] = 0
    importance = neuron_importance(network, load_tokenizer(run / "best" / "encoder"), sets_of(folder))
    assert importance[0][3] == 0
    assert all((one > 0).sum() >= len(one) - 1 for one in importance)


@pytest.mark.parametrize(
    ("layers", "neurons", "message"),
    [("0,2", 4, "rising numbers of 0 to 1"), ("1,0", 4, "rising"), ("x", 4, "rising"), ("0", 999, "in a layer")],
)
def test_a_shape_that_the_encoder_does_not_have_is_refused(
    folder: Path, run: Path, layers: str, neurons: int, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        command(folder, "shrink", str(run), str(folder / "none"), "--layers", layers, "--neurons", str(neurons))
    assert not (folder / "none").exists()


def test_int8_answers_do_not_depend_on_the_neighbours(run: Path) -> None:
    classifier = load_classifier(run / "artifact")
    texts = ["fraud loss number 7", "opec", "record profit growth and a plunge of crude", "calendar " * 20]
    alone = [classifier.classify([text])[0] for text in texts]
    assert classifier.classify(texts) == alone


def matrices(artifact: Path) -> list[Any]:
    """Return the int8 weights that stand in products."""
    initializers = onnx.load(open_artifact(artifact).graph).graph.initializer
    weights = [numpy_helper.to_array(one) for one in initializers if one.data_type == onnx.TensorProto.INT8]
    return [one for one in weights if one.ndim == 2]


def test_int8_graph_is_fused(run: Path) -> None:
    graph = onnx.load(open_artifact(run / "artifact").graph).graph
    # Whether channels of this random encoder reach far enough to get products of their own is chance.
    operators = Counter(node.op_type for node in graph.node if "_outlier_" not in node.output[0])
    assert operators["QAttention"] == 2  # one per layer
    assert operators["MatMulIntegerToFloat"] == 2 * 3 + 2  # and one per head
    assert not {"MatMul", "MatMulInteger", "SkipLayerNormalization", "DynamicQuantizeLinear"} & set(operators)
    assert len(matrices(run / "artifact")) == 2 * 4 + 2


@pytest.mark.parametrize("shipped", [True, False])
def test_int8_sums_fit_sixteen_bits(run: Path, shipped: bool) -> None:
    # A processor with AVX2 alone adds two products of an activation up to 255 and a weight in 16 bits with a sign.
    for matrix in matrices(DEFAULT if shipped else run / "artifact"):
        assert 2 * 255 * np.abs(matrix.astype(int)).max() <= 32_767


def test_rewritten_graph_answers_as_the_one_it_was_made_of(
    folder: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantizing, "lean", lambda model: model)
    command(folder, "export", str(run), str(folder / "not-lean"))
    texts = [f"{word} number {number}" for number, word in enumerate([*WORDS["negative"], *TOPICS["Oil"], "agenda"])]
    answers = [load_classifier(artifact).classify(texts) for artifact in (run / "artifact", folder / "not-lean")]
    for one, other in zip(*answers, strict=True):
        assert isinstance(one, Classified)
        assert isinstance(other, Classified)
        for head, answer in one.heads.items():
            assert answer.probabilities == pytest.approx(other.heads[head].probabilities, abs=0.02)


def test_a_graph_that_answers_otherwise_is_refused(folder: Path, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fuse = graph.fused_graph

    def damaged(source: Any, plain: Path) -> Any:
        graph = fuse(source, plain)
        with torch.no_grad():
            source.network.heads["topic"].bias[0] += 0.5
        return graph

    monkeypatch.setattr(exporting, "fused_graph", damaged)
    with pytest.raises(ArtifactError, match=r"answers otherwise than the network \(logits 0.5 apart\)"):
        command(folder, "export", str(run), str(folder / "damaged"), "--precision", "fp32")
    assert not (folder / "damaged").exists()


def test_an_artifact_that_lost_too_much_is_refused_and_not_kept(
    folder: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.9, 0.9, *[0.89, 0.9] * 3])
    monkeypatch.setattr(exporting, "served_macro_f1", lambda *_: next(scores))
    with pytest.raises(ArtifactError, match=r"int8 costs head 'sentiment' 1.0 points"):
        command(folder, "export", str(run), str(folder / "refused"))
    assert not (folder / "refused").exists()


@pytest.mark.parametrize("family", ["Bert", "Roberta", "DistilBert", "Electra", "MPNet"])
def test_anybodys_classifier_becomes_one_head(folder: Path, family: str) -> None:
    theirs, mine = folder / f"their-{family}", folder / f"my-{family}"
    settings = getattr(hf, f"{family}Config")(**SIZES, num_labels=3)
    getattr(hf, f"{family}ForSequenceClassification")(settings).save_pretrained(theirs)
    copy(folder / "base" / "tokenizer.json", theirs)
    labels = [f"LABEL_{index}={label}" for index, label in enumerate(WORDS)]
    arguments = ["model", "export", str(theirs), str(mine), "--sentiment", str(folder / "s.csv")]
    arguments += ["--precision", "fp32", *(part for one in labels for part in ("--label", one))]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    (answer,) = load_classifier(mine).classify(["a loss"])
    assert isinstance(answer, Classified)
    assert set(answer.heads) == {"sentiment"}
    with pytest.raises(DatasetError, match="cannot be unpacked"):
        CliRunner().invoke(app, ["model", "unpack", str(mine), str(folder / "none")], catch_exceptions=False)
    with pytest.raises(DatasetError, match="LABEL_9"):
        CliRunner().invoke(app, [*arguments, "--label", "LABEL_9=negative"], catch_exceptions=False)
    (theirs / TOKENIZER).unlink()
    with pytest.raises(DatasetError, match="without its tokenizer"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_the_card_states_origin_figures_failures_and_hashes(folder: Path, run: Path) -> None:
    command(folder, "card", str(run / "artifact"))
    text = (run / "artifact" / "README.md").read_text()
    for needed in ("made (MIT)", "calibration error", "sarcasm", open_artifact(run / "artifact").manifest.hash):
        assert needed in text


def crossval(folder: Path, name: str) -> dict[str, Any]:
    arguments = ["model", "crossval", str(folder / name), "--sentiment", str(folder / "s.csv"), "--folds", "2"]
    arguments += ["--base", str(folder / "base"), *QUICK]
    answer = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_cross_validation_measures_each_fold_and_goes_on_where_it_stopped(folder: Path) -> None:
    result = crossval(folder, "folds")
    assert [fold["precision"] for fold in result["folds"]] == ["int8", "int8"]
    assert result["accuracy"]["mean"] > 0.8
    rmtree(folder / "folds" / "fold-1" / "artifact")
    lines = (folder / "folds" / "fold-1" / "metrics.jsonl").read_text()
    assert crossval(folder, "folds") == result
    assert (folder / "folds" / "fold-1" / "metrics.jsonl").read_text().startswith(lines)


def test_a_fold_whose_int8_is_refused_is_measured_in_fp32(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Any, target: Path, precision: str, *others: Any) -> dict[str, float]:
        if precision == "int8":
            raise ArtifactError("int8 costs too much")
        return exporting.export(source, target, precision, *others)

    monkeypatch.setattr("models.training.crossval.export", refuse)
    assert [fold["precision"] for fold in crossval(folder, "refused")["folds"]] == ["fp32", "fp32"]
