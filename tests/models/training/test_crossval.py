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
