"""The layer of names: trained on a finished run, exported, served, and unpacked again.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("peft", reason="needs the extra 'train'")

from models.artifact import open_artifact
from models.classifier import Classified, load_classifier
from models.errors import DatasetError
from models.training.export.source import source_of_run
from models.training.unpack import unpack
from stream.cli import app
from tests.models.training.tiny import command

# torch's exporter and tracer warn of what they do
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow, pytest.mark.usefixtures("any_loss")]
TEXT = "bank plunge crude record"


def entity(files: Path, run: Path, *arguments: str) -> str:
    names = ["--entity", str(files / "e.csv"), "--sentiment", str(files / "s.csv"), *arguments]
    answer = CliRunner().invoke(app, ["model", "entity", str(run), *names], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


@pytest.fixture(scope="module")
def named(files: Path) -> Path:
    """A run with a layer of names, and its artifacts."""
    run = copytree(files / "asked", files / "named")
    quick = (
        "epochs=12",
        "distill=0",
        "learning_rate=0.01",
        "average=0.8",
        "contrasts=0",
        "variants=false",
        "batch_size=32",
    )
    output = entity(files, run, *(part for one in quick for part in ("--set", one)))
    assert "on split 'val' right" in output
    files_given = [
        "--topic",
        str(files / "t.csv"),
        "--entity",
        str(files / "e.csv"),
        "--sentiment",
        str(files / "s.csv"),
    ]
    for precision in ("fp32", "fp16", "int8"):
        arguments = ["model", "export", str(run), str(run / precision), "--precision", precision, *files_given]
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    return run


def ask(artifact: Path, *texts: tuple[str, list[Any]]) -> list[Classified]:
    answers = load_classifier(artifact).classify([text for text, _ in texts], [names for _, names in texts])
    assert all(isinstance(answer, Classified) for answer in answers)
    return [answer for answer in answers if isinstance(answer, Classified)]


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_each_name_has_its_own_sentiment(named: Path, precision: str) -> None:
    swapped = "crude plunge bank record"
    one, other = ask(named / precision, (TEXT, [[(0, 4)], [(12, 17)]]), (swapped, [[(0, 5)], [(13, 17)]]))
    for answer in (one, other):
        assert [name.sentiment.label for name in answer.names] == ["negative", "positive"]
        assert all(name.own for name in answer.names)
        assert sum(answer.names[0].sentiment.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_the_answers_for_whole_texts_stay_bit_for_bit(files: Path, named: Path) -> None:
    command(files, "export", str(files / "asked"), str(files / "asked" / "int8"))
    texts = [TEXT, "fraud loss number 7", "opec barrel " * 20]
    before = load_classifier(files / "asked" / "int8").classify(texts)
    after = load_classifier(named / "int8").classify(texts, [[[(0, 4)], [(5, 11)]], [[(0, 5)]], []])
    for one, other in zip(before, after, strict=True):
        assert isinstance(one, Classified)
        assert isinstance(other, Classified)
        assert one.heads == other.heads


def test_a_name_is_answered_alike_beside_others_and_in_pieces(named: Path) -> None:
    classifier = load_classifier(named / "int8")
    long = f"{TEXT} " + "agenda " * 80 + TEXT  # 64 tokens are a piece
    names = [[(0, 4)], [(12, 17)], [(0, 4), (long.rindex("bank"), long.rindex("bank") + 4)]]
    (alone,) = classifier.classify([long], [names])
    assert isinstance(alone, Classified)
    assert alone.chunks > 1
    again = classifier.classify([TEXT, long, "", "opec"], [[[(0, 4)]] * 3, names, [[(0, 1)]], []])[1]
    assert isinstance(again, Classified)
    for one, other in zip(alone.names, again.names, strict=True):
        assert one.sentiment.probabilities == pytest.approx(other.sentiment.probabilities, abs=1e-5)


def test_a_name_that_is_not_read_gets_the_documents_sentiment(files: Path, named: Path) -> None:
    outside, many = [[(400, 410)]], [[(0, 4)]] * 70
    first, second = ask(named / "int8", (TEXT, outside), (TEXT, many))
    assert [(one.own, one.sentiment) for one in first.names] == [(False, first.heads["sentiment"])]
    assert [one.own for one in second.names] == [True] * 64 + [False] * 6
    (without,) = ask(files / "asked" / "artifact", (TEXT, [[(0, 4)]]))  # an artifact without a head of names
    assert [(one.own, one.sentiment) for one in without.names] == [(False, without.heads["sentiment"])]


def test_the_manifest_the_figures_and_the_card_tell_of_names(files: Path, named: Path) -> None:
    manifest = open_artifact(named / "int8").manifest
    assert manifest.entity is not None
    assert manifest.entity.labels == ("negative", "neutral", "positive")
    assert sum(map(sum, manifest.confusion["entity"])) == 200
    assert manifest.training["entity"]["rows"] == [{"source": "made", "licence": "MIT", "rows": 800}]
    files_given = ["--sentiment", str(files / "s.csv"), "--entity", str(files / "e.csv")]
    answer = CliRunner().invoke(app, ["model", "evaluate", str(named / "int8"), *files_given], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    arguments = ["model", "evaluate", str(named / "int8"), *files_given, "--json"]
    figures = json.loads(CliRunner().invoke(app, arguments, catch_exceptions=False).stdout)["entity"]["test"]
    assert {kind: values["rows"] for kind, values in figures.items()} == {
        "all": 200,
        "labels differ": figures["labels differ"]["rows"],
        "names hidden": 200,
    }
    assert figures["all"]["accuracy"] > 0.95
    assert 100 < figures["labels differ"]["rows"] < 200
    CliRunner().invoke(app, ["model", "card", str(named / "int8"), *files_given], catch_exceptions=False)
    card = (named / "int8" / "README.md").read_text()
    assert "labels differ" in card
    assert "entity" in card


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 0.0), ("fp16", 1e-3), ("int8", 1e-3)])
def test_an_artifact_with_names_is_unpacked_again(named: Path, precision: str, tolerance: float) -> None:
    unpack(named / precision, named / f"{precision}-again")
    before, after = (source_of_run(one).entity for one in (named, named / f"{precision}-again"))
    assert before is not None
    assert after is not None
    for name, value in before.state_dict().items():
        if not name.endswith("key.bias"):  # shifts the scores of all tokens alike, so it is not exported
            assert after.state_dict()[name].allclose(value, atol=tolerance), name


def test_a_run_that_cannot_have_names_is_refused(files: Path, run: Path) -> None:
    with pytest.raises(DatasetError, match="pooling=last_layer"):
        entity(files, run)
    with pytest.raises(DatasetError, match="unknown field"):
        entity(files, files / "asked", "--set", "nonsense=1")
    arguments = ["model", "evaluate", str(files / "asked" / "artifact"), "--entity", str(files / "e.csv")]
    with pytest.raises(DatasetError, match="no head of names"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
