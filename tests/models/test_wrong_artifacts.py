"""Everything that can be wrong with an artifact is found when it is loaded, in one error that names what is wrong."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.artifact import DEFAULT, GRAPH, MANIFEST, TOKENIZER, file_hash
from models.classifier import load_classifier
from models.errors import ArtifactError
from models.external_weights import external_tensors
from tests.models.graphs import artifact, field, graph, tokenizer_of


def refused(folder: Path) -> str:
    """Return the error of an artifact that is not loaded."""
    with pytest.raises(ArtifactError) as caught:
        load_classifier(folder, "cpu", 1)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def changed(folder: Path, **changes: Any) -> Path:
    """Write an artifact whose manifest says something else."""
    path = artifact(folder) / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


def rehashed(folder: Path) -> Path:
    """Let the manifest vouch for the files as they are."""
    return changed_files(folder, {name: file_hash(folder / name) for name in (GRAPH, TOKENIZER)})


def changed_files(folder: Path, files: dict[str, str]) -> Path:
    """Let the manifest name these files."""
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(content | {"files": files}))
    return folder


def test_the_small_one_is_right(tmp_path: Path) -> None:
    answers = load_classifier(artifact(tmp_path), "cpu", 1).classify(["a b c", "a " * 500])
    assert [answer.heads["sentiment"].label for answer in answers] == ["positive"] * 2  # type: ignore[union-attr]


@pytest.mark.parametrize("location", ["w.bin", "sub/w.bin", "../w.bin", "/absolute"])
def test_weights_in_another_file_are_not_loaded(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "artifact"
    location = str(tmp_path / "w.bin") if location == "/absolute" else location
    artifact(folder, external=location)
    (folder / location).parent.mkdir(exist_ok=True)
    (folder / location).write_bytes(struct.pack("<3f", 9, 0, 0))
    assert f"{GRAPH}: the weights of 1 tensors (w_sentiment) stand in another file" in refused(folder)


def test_weights_elsewhere_are_found_wherever_a_tensor_can_stand() -> None:
    outside = field(8, "x") + field(14, 1)
    sparse = field(1, outside)
    holders = {
        "initializer": field(5, outside),
        "sparse initializer": field(15, sparse),
        "constant": field(1, field(5, field(5, outside))),
        "list of constants": field(1, field(5, field(10, outside))),
        "sparse constant": field(1, field(5, field(22, sparse))),
        "branch of an if": field(1, field(5, field(6, field(5, outside)))),
        "list of graphs": field(1, field(5, field(11, field(1, field(5, field(5, outside)))))),
    }
    for where, content in holders.items():
        assert external_tensors(field(7, content)) == ["x"], where
    assert external_tensors(field(25, field(7, field(5, field(5, outside))))) == ["x"]
    assert external_tensors(field(7, field(5, field(8, "y") + field(13, b"")))) == ["y"]
    assert external_tensors(graph({"sentiment": 3})) == external_tensors((DEFAULT / GRAPH).read_bytes()) == []


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_are_no_graph(content: bytes) -> None:
    for model in (content, field(7, content), field(7, field(5, content))):
        try:
            external_tensors(model)
        except ValueError:
            continue


@pytest.mark.parametrize("logits", [1, 2, 4, 40])
def test_labels_and_logits_must_be_as_many(tmp_path: Path, logits: int) -> None:
    said = refused(artifact(tmp_path, logits))
    assert f"{MANIFEST}: head 'sentiment' has 3 labels, {GRAPH} gives {logits} logits" in said


def test_logits_that_are_told_only_by_running_are_counted_too(tmp_path: Path) -> None:
    (artifact(tmp_path) / GRAPH).write_bytes(graph({"sentiment": 4}, told=False))
    assert "has 3 labels, model.onnx gives 4 logits" in refused(rehashed(tmp_path))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"max_tokens": -5}, "max_tokens is -5, 8 to 8192 are expected"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"max_tokens": 10**9}, "max_tokens is 1000000000"),
        ({"max_tokens": 10**30}, "max_tokens"),
        ({"max_tokens": "64"}, "Expected `int`, got `str` - at `$.max_tokens`"),
        ({"max_tokens": 64.5}, "$.max_tokens"),
        ({"format_version": 2}, "format_version is 2, this release reads 1"),
        ({"format_version": None}, "$.format_version"),
        ({"name": ""}, "name is ''"),
        ({"name": "a\nb"}, r"name is 'a\nb'"),
        ({"name": "a" * 1000}, "name is 'aaa"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"heads": {}}, "needs heads"),
        ({"heads": {"mood": {"labels": ["a", "b"]}}}, "needs heads"),
        ({"heads": {"sentiment": {"labels": ["negative", "neutral"]}}}, "must have the labels"),
        ({"heads": {"sentiment": {"labels": ["negative", "neutral", "positive", "positive"]}}}, "4 labels, 3 differ"),
        ({"heads": {"topic": {"labels": ["only"]}}}, "head 'topic' has 1 labels"),
        ({"heads": {"topic": {"labels": ["a", "a"]}}}, "head 'topic' has 2 labels, 1 different"),
        ({"heads": {"topic": {"labels": ["a", "b\0"]}}}, "a label of head 'topic' is 'b\\x00'"),
        ({"heads": {"topic": {"labels": ["a", ""]}}}, "a label of head 'topic' is ''"),
        ({"heads": {"topic": {"labels": ["a", "b"]}}}, f"{GRAPH}: no output 'logits_topic'"),
        ({"heads": {"sentiment": {"labels": "negative"}}}, "$.heads"),
        ({"heads": {"sentiment": {"labels": ["negative", "neutral", "positive"], "bias": 1}}}, "unknown field `bias`"),
        ({"confusion": {"sentiment": [[1, 2], [3, 4]]}}, "is not 3 x 3 counts"),
        ({"confusion": {"sentiment": [[1, 2, 10**20]] * 3}}, "is not 3 x 3 counts"),
        ({"confusion": {"sentiment": [[1.5, 2, 3]] * 3}}, "$.confusion"),
        ({"files": {}}, f"no hash for {GRAPH}"),
        ({"files": []}, "$.files"),
        ({"training": []}, "$.training"),
    ],
)
def test_a_wrong_manifest(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    assert said in refused(changed(tmp_path, **changes))


@pytest.mark.parametrize("temperature", [0, -1, 1e-300, 1e300, 1000])
def test_a_wrong_temperature(tmp_path: Path, temperature: float) -> None:
    head = {"labels": ["negative", "neutral", "positive"], "temperature": temperature}
    said = refused(changed(tmp_path, heads={"sentiment": head}))
    assert f"head 'sentiment' has temperature {float(temperature)}, 0.01 to 100 is expected" in said


@pytest.mark.parametrize("sharpening", [-1, 5, 1e300])
def test_a_wrong_sharpening(tmp_path: Path, sharpening: float) -> None:
    head = {"labels": ["negative", "neutral", "positive"], "sharpening": sharpening}
    said = refused(changed(tmp_path, heads={"sentiment": head}))
    assert f"head 'sentiment' has sharpening {float(sharpening)}, -0.9 to 4 is expected" in said


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"format_version": 1}']
)
def test_what_is_no_manifest(tmp_path: Path, content: bytes) -> None:
    (artifact(tmp_path) / MANIFEST).write_bytes(content)
    assert "cannot be read" in refused(tmp_path)


@pytest.mark.parametrize(
    "calibration",
    [
        {"temperature": 0, "weights": {"negative": 1, "neutral": 1, "positive": 1}},
        {"temperature": 1, "weights": {"negative": 1, "neutral": 1}},
        {"temperature": 1, "weights": {"negative": 1, "neutral": 1, "glad": 1}},
        {"temperature": 1, "weights": {"negative": 1, "neutral": 0, "positive": 1}},
        {"temperature": 1, "weights": {"negative": 1, "neutral": 1, "positive": 1e9}},
    ],
)
def test_a_calibration_that_does_not_fit(tmp_path: Path, calibration: dict[str, Any]) -> None:
    assert "feed 'wire'" in refused(changed(tmp_path, calibrations={"wire": calibration}))


def test_files_that_are_missing_damaged_or_elsewhere(tmp_path: Path) -> None:
    folder = artifact(tmp_path / "a")
    good = json.loads((folder / MANIFEST).read_text())["files"]
    for name in ("../x", "/etc/hostname", "a/b", "", ".", "a\0b", "x" * 1000):
        assert "is no file of the folder" in refused(changed_files(folder, good | {name: "0"}))
    assert "notes.txt is missing" in refused(changed_files(folder, good | {"notes.txt": "0"}))
    (folder / "notes.txt").write_text("x")
    assert "notes.txt is damaged" in refused(folder)
    changed_files(folder, good)
    for name in (GRAPH, TOKENIZER):
        (folder / name).rename(tmp_path / "kept")
        assert f"{name} is missing" in refused(folder)
        os.mkfifo(folder / name)  # which must not be waited for
        assert f"{name} is missing" in refused(folder)
        (folder / name).unlink()
        (tmp_path / "kept").rename(folder / name)
    (folder / MANIFEST).unlink()
    assert "holds no manifest.json" in refused(folder)
    os.mkfifo(folder / MANIFEST)
    assert "manifest.json is no file" in refused(folder)
    with pytest.raises(ArtifactError, match="embedded null byte"):
        load_classifier(Path("a\0b"))


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[]", b'{"version":"1.0","model":{"type":"None"}}'])
def test_what_is_no_tokenizer(tmp_path: Path, content: bytes) -> None:
    (artifact(tmp_path) / TOKENIZER).write_bytes(content)
    assert f"{TOKENIZER} cannot be read" in refused(rehashed(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\xff" * 30, b"{}", b"\x08\x08", graph({"sentiment": 3})[:-30]])
def test_what_is_no_graph(tmp_path: Path, content: bytes) -> None:
    (artifact(tmp_path) / GRAPH).write_bytes(content)
    assert GRAPH in refused(rehashed(tmp_path))


def test_a_graph_of_other_inputs(tmp_path: Path) -> None:
    (artifact(tmp_path) / GRAPH).write_bytes(graph({"sentiment": 3}, inputs=("input_ids", "token_types")))
    assert "inputs input_ids tensor(int64), token_types tensor(int64); input_ids and att" in refused(rehashed(tmp_path))


def test_a_graph_that_takes_fewer_tokens_or_words_than_the_others_say(tmp_path: Path) -> None:
    """As a model of 16 positions with max_tokens 64, which would fail at the first long text."""
    (artifact(tmp_path) / GRAPH).write_bytes(graph({"sentiment": 3}, tokens=16))
    assert f"{GRAPH} does not run on max_tokens (64) of {MANIFEST}" in refused(rehashed(tmp_path))
    (tmp_path / GRAPH).write_bytes(graph({"sentiment": 3}, words=2))
    load_classifier(rehashed(tmp_path), "cpu", 1)
    (tmp_path / TOKENIZER).write_text(tokenizer_of("[UNK]", "a", "b"))
    assert f"with the 3 tokens of {TOKENIZER}" in refused(rehashed(tmp_path))


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    (artifact(tmp_path) / GRAPH).write_bytes(graph({"sentiment": 3}, weight=float("nan")))
    assert "head 'sentiment' gives no finite numbers" in refused(rehashed(tmp_path))


FIELDS = ["format_version", "name", "precision", "max_tokens", "heads", "files", "training", "confusion", "other"]
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("sentiment")),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from([*FIELDS, GRAPH]), inner)),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FIELDS), JSON)
def test_any_manifest_is_loaded_or_refused(tmp_path: Path, name: str, value: Any) -> None:
    changed(tmp_path, **{name: value})
    try:
        load_classifier(tmp_path, "cpu", 1).classify(["a"])
    except ArtifactError:
        refused(tmp_path)
