"""The shipped artifact unpacked into a run answers as it did, and an exact export of that run has the very weights."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import msgspec
import pytest

pytest.importorskip("torch", reason="needs the extra 'train'")

from models.artifact import CHINESE, DEFAULT, MANIFEST, TOKENIZER, open_artifact, write_manifest
from models.classifier import Classified, load_classifier
from models.errors import ArtifactError, DatasetError
from models.training.export.artifact import export
from models.training.export.source import source_of_run
from models.training.unpack import unpack

pytestmark = pytest.mark.filterwarnings("default")  # torch's exporter and tracer warn of what they do
TEXTS = [
    "Deutsche Bank shares plunge after profit warning",
    "ECB leaves rates unchanged",
    "Gold hits a record high as the dollar weakens",
    "Oil ministers to meet in Vienna on Thursday",
    "BioNTech reports quarterly earnings above estimates",
    "$TSLA breaking out, adding to my position",
]


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 0.0), ("fp16", 1e-3)])
def test_the_shipped_model_is_unpacked(precision: str, tolerance: float, tmp_path: Path) -> None:
    unpack(DEFAULT, tmp_path / "run")
    source = source_of_run(tmp_path / "run")
    assert source.network.recipe.pooling == "last_layer"
    export(source, tmp_path / precision, precision)
    assert (tmp_path / precision / TOKENIZER).is_file()
    # An export without labelled files is not calibrated; what is compared is the weights, so both have one temperature.
    exported = open_artifact(tmp_path / precision).manifest
    heads = open_artifact(DEFAULT).manifest.heads
    write_manifest(tmp_path / precision, msgspec.structs.replace(exported, heads=heads))
    for before, after in zip(
        *(load_classifier(one).classify(TEXTS) for one in (DEFAULT, tmp_path / precision)), strict=True
    ):
        assert isinstance(before, Classified)
        assert isinstance(after, Classified)
        for head, answer in before.heads.items():
            assert after.heads[head].label == answer.label
            assert after.heads[head].probabilities == pytest.approx(answer.probabilities, abs=0.05)
    unpack(tmp_path / precision, tmp_path / "again")
    again = source_of_run(tmp_path / "again").network.state_dict()
    for key, value in source.network.state_dict().items():
        assert again[key].allclose(value, atol=tolerance, rtol=tolerance), key


@pytest.mark.skipif(not CHINESE.is_dir(), reason="bge-zh is left out here")
def test_what_it_says_of_names_is_kept(tmp_path: Path) -> None:
    unpack(CHINESE, tmp_path / "run")
    export(source_of_run(tmp_path / "run"), tmp_path / "fp32", "fp32")
    text = "京东抢走唯品会大客户 唯品会股价重挫12%"
    places = [[(0, 2)], [(4, 7), (11, 14)]]
    answers = [load_classifier(one).classify([text], [places])[0] for one in (CHINESE, tmp_path / "fp32")]
    labels = []
    for answer in answers:
        assert isinstance(answer, Classified)
        assert all(name.own for name in answer.names)
        labels.append([name.sentiment.label for name in answer.names])
    assert labels == [["positive", "negative"]] * 2


def test_the_run_keeps_what_is_known_of_the_weights(tmp_path: Path) -> None:
    unpack(DEFAULT, tmp_path / "run")
    artifact = open_artifact(DEFAULT)
    notes = (tmp_path / "run" / "training.json").read_text()
    assert f"Weights of the artifact {artifact.manifest.name} {artifact.manifest.hash[:12]}" in notes
    assert '"licence":"MIT"' in notes
    with pytest.raises(DatasetError, match="there already"):
        unpack(DEFAULT, tmp_path / "run")
    bare = copytree(DEFAULT, tmp_path / "bare")
    write_manifest(bare, msgspec.structs.replace(artifact.manifest, training={}))
    unpack(bare, tmp_path / "of-bare")
    assert '"base":"minilm-l5","rows":{}' in (tmp_path / "of-bare" / "training.json").read_text()


def test_what_is_no_artifact_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=MANIFEST):
        unpack(tmp_path, tmp_path / "run")
    assert not (tmp_path / "run").exists()
