"""Cross-validation: every fold measured, in fp32 where int8 is refused.

Needs the extra ``train``: ``pip install -e '.[train,test]'``.
"""

from __future__ import annotations

import json
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("peft", reason="needs the extra 'train'")


import models.training.export.artifact as exporting
from models.errors import ArtifactError
from stream.cli import app
from tests.models.training.tiny import QUICK

# torch's exporter and tracer warn of what they do
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]


def leave_out(folder: Path, source: str, *more: str) -> Any:
    arguments = ["model", "leave-out", str(folder / "out"), source, "--sentiment", str(folder / "two.csv")]
    return CliRunner().invoke(app, [*arguments, "--base", str(folder / "base"), *QUICK, *more])


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


def test_of_a_source_that_is_left_out_nothing_is_learned_and_all_is_measured(folder: Path) -> None:
    header, *lines = (folder / "s.csv").read_text().splitlines()
    other = [f"other {line}".replace(",made,MIT", ",other,CC-BY-NC-4.0") for line in lines[:60]]
    (folder / "two.csv").write_text("\n".join([header, *lines, *other]) + "\n")
    answer = leave_out(folder, "other", "--set", "licences=MIT")
    assert answer.exit_code == 0, answer.output
    (found,) = json.loads(answer.stdout)["folds"]
    assert (found["name"], found["rows"]) == ("without-other", 60)
    assert found["accuracy"] > 0.8
    assert set(found["recall"]) == {"negative", "neutral", "positive"}
    refused = leave_out(folder, "wire")
    assert refused.exit_code != 0
    assert "no row is of the source 'wire'; the sources are made, other" in str(refused.exception or refused.output)
