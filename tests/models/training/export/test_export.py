"""From a network to an artifact: precisions, the fused int8 graph, what is refused, others' classifiers.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("peft", reason="needs the extra 'train'")

import onnx
import torch
import transformers
from onnx import numpy_helper

import models.training.export.artifact as exporting
import models.training.export.quantize as quantizing
from models.artifact import DEFAULT, TOKENIZER, open_artifact
from models.classifier import Classified, load_classifier
from models.errors import ArtifactError, DatasetError
from models.training.export import graph
from models.training.export.source import source_of_run
from models.training.unpack import unpack
from stream.cli import app
from tests.models.training.tiny import SIZES, TOPICS, WORDS, command

hf: Any = transformers  # its constructors are not typed
# torch's exporter and tracer warn of what they do
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]


def matrices(artifact: Path) -> list[Any]:
    """Return the int8 weights that stand in products."""
    initializers = onnx.load(open_artifact(artifact).graph).graph.initializer
    weights = [numpy_helper.to_array(one) for one in initializers if one.data_type == onnx.TensorProto.INT8]
    return [one for one in weights if one.ndim == 2]


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


def test_int8_answers_do_not_depend_on_the_neighbours(run: Path) -> None:
    classifier = load_classifier(run / "artifact")
    texts = ["fraud loss number 7", "opec", "record profit growth and a plunge of crude", "calendar " * 20]
    alone = [classifier.classify([text])[0] for text in texts]
    assert classifier.classify(texts) == alone


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
