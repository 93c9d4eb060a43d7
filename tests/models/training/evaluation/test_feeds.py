"""Calibrations by feed: fitted on a hundred texts, kept when they help, in the manifest, obeyed in serving."""

from __future__ import annotations

import csv
import errno
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from models.artifact import DEFAULT, change_manifest, open_artifact, write_manifest
from models.calibration import Calibration, calibration_of
from models.classifier import Classifier, load_classifier
from models.errors import ArtifactError, DatasetError
from models.training.evaluation.card import write_card
from models.training.evaluation.feeds import apply, fit
from models.training.evaluation.metrics import log_loss
from stream.cli import app
from stream.cli.work.evaluate import measure
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.record import ScoredDocument

AT = datetime(2026, 3, 5, tzinfo=UTC)
# A feed whose readers call everything bad that the model finds neutral, and one on which it is right.
GRIM = [(f"The annual meeting of company {number} takes place on Monday", "negative") for number in range(60)]
GRIM += [(f"Profit of company {number} doubles and it raises its outlook", "positive") for number in range(40)]
PLAIN = [(f"Shares of company {number} plunge after a profit warning", "negative") for number in range(40)]
PLAIN += [(f"Company {number} doubles its profit and lifts its outlook", "positive") for number in range(40)]
MEASURED = [("grim", GRIM[50:70]), ("other", GRIM[30:50]), ("all", PLAIN[30:50])]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT, tmp_path / "mine"))


def written(path: Path, **feeds: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label", "source"])
        rows.writerows((text, label, feed) for feed, texts in feeds.items() for text, label in texts)
    return path


def calibrated_by_command(folder: Path, path: Path, *options: str) -> str:
    answer = CliRunner().invoke(app, ["model", "calibrate", str(folder), "--sentiment", str(path), *options])
    if answer.exception:
        raise answer.exception
    return answer.output


def scored(classifier: Classifier, source: str, **parts: Any) -> ScoredDocument:
    (answer,) = score([Document(id="1", source=source, published_at=AT, **parts)], classifier)
    assert isinstance(answer, ScoredDocument)
    return answer


def test_what_a_feed_bears_out_is_served_for_that_feed_alone(copy: Path, tmp_path: Path) -> None:
    before = open_artifact(copy).manifest.hash
    output = calibrated_by_command(copy, written(tmp_path / "s.csv", grim=GRIM))
    assert "grim" in output
    classifier = load_classifier(copy, "cpu", 1)
    assert classifier.hash != before
    text = "The annual meeting of company 99 takes place on Monday"
    assert scored(classifier, "grim", text=text).sentiment.label == "negative"
    assert scored(classifier, "other", text=text).sentiment.label == "neutral"
    probabilities = scored(classifier, "grim", text=text).sentiment.probabilities
    assert sum(probabilities.values()) == pytest.approx(1, abs=2e-6)


def test_rows_without_a_source_are_refused_unless_their_feed_is_named(copy: Path, tmp_path: Path) -> None:
    before = open_artifact(copy).manifest.hash
    some = written(tmp_path / "some.csv", grim=GRIM[:70], **{"": GRIM[70:]})
    with pytest.raises(DatasetError, match="30 rows have no 'source': fill it in, or name the feed of all with --feed"):
        calibrated_by_command(copy, some)
    none = written(tmp_path / "none.csv", **{"": GRIM})
    with pytest.raises(DatasetError, match="no column 'source': name the feed with --feed"):
        calibrated_by_command(copy, none)
    assert open_artifact(copy).manifest.hash == before
    assert "grim" in calibrated_by_command(copy, none, "--feed", "grim")


def test_several_names_for_all_rows_and_what_other_feeds_have_stays(copy: Path, tmp_path: Path) -> None:
    calibrated_by_command(copy, written(tmp_path / "a.csv", grim=GRIM))
    calibrated_by_command(copy, written(tmp_path / "b.csv", x=GRIM[:70], y=GRIM[70:]), "--feed", "one", "--feed", "two")
    calibrations = open_artifact(copy).manifest.calibrations
    assert sorted(calibrations) == ["grim", "one", "two"]
    assert calibrations["one"] == calibrations["two"]
    assert calibrations["one"].rows == 100


def test_one_that_does_not_help_is_not_kept(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calibrated_by_command(copy, written(tmp_path / "a.csv", feed=GRIM))
    monkeypatch.setattr(
        "models.training.evaluation.feeds.fit", lambda probabilities, truth: np.array([0.2, 3, 0, -3.0])
    )
    output = calibrated_by_command(copy, written(tmp_path / "b.csv", feed=PLAIN))
    assert "no better" in output
    assert not open_artifact(copy).manifest.calibrations


def test_the_one_that_a_feed_has_stays_where_another_is_no_better(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.csv", feed=GRIM)
    calibrated_by_command(copy, path)
    before = open_artifact(copy).manifest
    monkeypatch.setattr(
        "models.training.evaluation.feeds.fit", lambda probabilities, truth: np.array([0.2, 3, 0, -3.0])
    )
    assert "feed: no better than the one that it has" in calibrated_by_command(copy, path)
    assert open_artifact(copy).manifest == before


def test_what_is_measured_is_what_is_served(copy: Path, tmp_path: Path) -> None:
    calibrated_by_command(copy, written(tmp_path / "s.csv", grim=GRIM))
    path = tmp_path / "test.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label", "source", "split"])
        rows.writerows([text, label, source, "test"] for source, part in MEASURED for text, label in part)
    figures = measure(copy, {"sentiment": path})["sentiment"]["test"]
    classifier = load_classifier(copy, "cpu", 1)
    for source, part in MEASURED:
        right = [scored(classifier, source, text=text).sentiment.label == label for text, label in part]
        assert figures[source.replace("all", "'all'")]["accuracy"] == round(sum(right) / len(right), 4)
    assert figures["grim"]["accuracy"] > 0.9 > figures["other"]["accuracy"]
    assert figures["all"]["rows"] == sum(len(part) for _, part in MEASURED)
    card = write_card(copy, {"sentiment": {"test": figures}}).read_text()
    assert "- Calibrated for the feeds grim (100 texts);" in card


@pytest.mark.parametrize(
    ("rows", "message"),
    [(GRIM[:49], "'few' has 49 labelled texts"), (GRIM[:60], "60 labelled texts of 1 labels")],
)
def test_too_little_is_refused_and_nothing_is_written(
    copy: Path, tmp_path: Path, rows: list[tuple[str, str]], message: str
) -> None:
    before = open_artifact(copy).manifest
    with pytest.raises(DatasetError, match=message):
        calibrated_by_command(copy, written(tmp_path / "s.csv", few=rows))
    assert open_artifact(copy).manifest == before


@pytest.mark.parametrize("feed", ["", "x" * 101, "two\nlines", "zero\u200bwidth"])
def test_a_feed_that_no_manifest_can_name_is_refused_and_nothing_is_written(
    copy: Path, tmp_path: Path, feed: str
) -> None:
    before = open_artifact(copy).manifest
    with pytest.raises(DatasetError, match="1 to 100 printable signs"):
        calibrated_by_command(copy, written(tmp_path / "s.csv", grim=GRIM), "--feed", feed)
    if feed:  # an empty source is an unknown one
        with pytest.raises(DatasetError, match="1 to 100 printable signs"):
            calibrated_by_command(copy, written(tmp_path / "s.csv", **{feed: GRIM}))
    assert open_artifact(copy).manifest == before
    assert not list(copy.glob("*.new"))


def refuse_writing(*_: Any, **__: Any) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_a_disk_that_is_read_only_is_told_without_a_traceback(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "s.csv", grim=GRIM)
    manifest = open_artifact(copy).manifest
    for writing in ("write_bytes", "write_text", "unlink"):
        monkeypatch.setattr(Path, writing, refuse_writing)
    with pytest.raises(ArtifactError, match=r"manifest.json cannot be written: Read-only"):
        write_manifest(copy, manifest)
    with pytest.raises(ArtifactError, match=r"README.md cannot be written: Read-only"):
        write_card(copy, {})
    # What cannot be written is told before anything is measured.
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    monkeypatch.setattr("models.training.evaluation.evaluate.load_classifier", refuse_writing)
    with pytest.raises(ArtifactError, match="nothing can be written there"):
        calibrated_by_command(copy, path)
    answer = CliRunner().invoke(app, ["model", "card", str(copy), "--sentiment", str(path)])
    assert "nothing can be written there" in str(answer.exception)


def test_a_manifest_that_may_not_be_read_is_not_told_as_missing(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ArtifactError, match=r"manifest.json cannot be read: Permission denied"):
        open_artifact(copy)


def test_a_manifest_that_could_not_be_read_again_is_never_written(copy: Path) -> None:
    before = open_artifact(copy).manifest
    wrong = msgspec.structs.replace(before, calibrations={"a": Calibration(1.0, {"negative": 2e9}, 1)})
    with pytest.raises(ArtifactError, match="calibration of feed 'a'"):
        change_manifest(copy, wrong)
    assert open_artifact(copy).manifest == before


@pytest.mark.parametrize("options", [(), ("--unseen",)])
def test_labels_that_it_does_not_know_are_named(copy: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    path = written(tmp_path / "s.csv", grim=[*GRIM, ("Odd", "-1")], plain=PLAIN)
    with pytest.raises(DatasetError, match=r"does not know the labels \['-1'\]; it has .*neutral"):
        calibrated_by_command(copy, path, *options)


@pytest.mark.parametrize("options", [(), ("--unseen",), ("--feed", "a")])
@pytest.mark.parametrize("content", ["", "text,label\n"])
def test_a_file_without_rows_is_refused(copy: Path, tmp_path: Path, content: str, options: tuple[str, ...]) -> None:
    (tmp_path / "s.csv").write_text(content)
    before = (copy / "manifest.json").stat().st_ino
    with pytest.raises(DatasetError, match="no labelled texts"):
        calibrated_by_command(copy, tmp_path / "s.csv", *options)
    assert (copy / "manifest.json").stat().st_ino == before


def test_texts_labelled_in_two_ways_are_told_of(copy: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv", grim=[*GRIM, (GRIM[0][0], "positive"), (GRIM[1][0], "neutral")])
    assert "2 texts are labelled in two ways" in calibrated_by_command(copy, path)
    assert open_artifact(copy).manifest.calibrations["grim"].rows == 98


def test_the_fit_finds_the_shares_of_the_labels() -> None:
    """Answers whose ranking is right and whose neutral is three times too likely get that out again."""
    random = np.random.default_rng(3)
    honest = random.dirichlet([0.6, 0.6, 0.6], 4000)
    truth = np.array([random.choice(3, p=row) for row in honest])
    distorted = honest * [1, 5, 1]
    distorted /= distorted.sum(1, keepdims=True)
    parameters = fit(distorted, truth)
    assert parameters[0] == pytest.approx(1, abs=0.1)
    assert np.exp(parameters[2] - parameters[1]) == pytest.approx(1 / 5, rel=0.2)
    assert np.exp(parameters[3] - parameters[1]) == pytest.approx(1, rel=0.2)
    assert log_loss(apply(parameters, distorted), truth) < log_loss(distorted, truth) - 0.1


def test_a_hundred_honest_answers_are_hardly_changed() -> None:
    random = np.random.default_rng(4)
    honest = random.dirichlet([1, 1, 1], 100)
    truth = np.array([random.choice(3, p=row) for row in honest])
    parameters = fit(honest, truth)
    assert np.abs(parameters - [1, 0, 0, 0]).max() < 0.6


def test_by_source_then_by_form_else_not_at_all() -> None:
    by_feed = {name: Calibration(1.0, {}, number) for number, name in enumerate(("wire", "title", "post"))}
    assert calibration_of(by_feed, "wire", has_title=False) == by_feed["wire"]
    assert calibration_of(by_feed, "other", has_title=True) == by_feed["title"]
    assert calibration_of(by_feed, "other", has_title=False) == by_feed["post"]
    assert calibration_of({"wire": by_feed["wire"]}, "other", has_title=True) is None


def test_a_manifest_without_calibrations_reads_and_hashes_as_before(copy: Path) -> None:
    manifest = open_artifact(copy).manifest
    write_manifest(copy, manifest)
    assert b"calibrations" not in (copy / "manifest.json").read_bytes()
    assert open_artifact(copy).manifest.hash == manifest.hash
    changed = msgspec.structs.replace(manifest, calibrations={"a": Calibration(1.0, {}, 1)})
    assert changed.hash != manifest.hash
