"""Smaller encoders, and the mean of several runs.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("peft", reason="needs the extra 'train'")

import torch
import transformers

from models.artifact import open_artifact
from models.errors import DatasetError
from models.training.average import average_runs
from models.training.data.tokens import load_tokenizer
from models.training.export.source import source_of_run
from models.training.shrink import neuron_importance
from stream.cli import app
from tests.models.training.tiny import QUICK, command, sets_of

hf: Any = transformers  # its constructors are not typed
# torch's exporter and tracer warn of what they do
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]


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


@pytest.mark.parametrize("share", [float("nan"), float("inf"), 0.0, -1.0])
def test_a_share_that_is_no_ordinary_number_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(DatasetError, match=f"an ordinary number above 0; given: {share}, 1.0"):
        average_runs([tmp_path / "a", tmp_path / "b"], tmp_path / "mean", [share, 1.0])
    assert not (tmp_path / "mean").exists()


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
