"""``bellwether model``: judge a model artifact on labelled text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from models.errors import DatasetError
from models.labels import SENTIMENT, TOPIC

app = typer.Typer(no_args_is_help=True, help="Judge a model artifact.")
Labelled = Annotated[Path | None, typer.Option(help="CSV or JSON lines, also .gz: text, label, split[, source].")]


@app.callback()
def _group() -> None:
    """Keep ``evaluate`` a command of its own while it is the only one."""


@app.command()
def evaluate(
    artifact: Annotated[Path, typer.Argument(help="Folder with manifest.json.")],
    sentiment: Labelled = None,
    topic: Labelled = None,
    json: Annotated[bool, typer.Option("--json", help="JSON, for programs.")] = False,
) -> None:
    """Measure what is served on the splits whose name starts with 'test', each split apart."""
    from models.training.dataset import TEST, load
    from models.training.evaluate import evaluate as measure

    files = {head: path for head, path in ((SENTIMENT, sentiment), (TOPIC, topic)) if path}
    if not files:
        raise DatasetError("nothing to measure on: give --sentiment FILE, --topic FILE or both")
    result: dict[str, dict[str, Any]] = {}
    for head, path in files.items():
        labelled = load(head, path)
        splits = sorted({row.split for row in labelled.rows if row.split.startswith(TEST)}) or [TEST]
        result[head] = {split: measure(artifact, labelled, split) for split in splits}
    if json:
        typer.echo(msgspec.json.encode(result).decode())
        return
    for head, splits_of_head in result.items():
        for split, sources in splits_of_head.items():
            _print(f"{head}, split {split}", sources)


def _print(title: str, sources: dict[str, Any]) -> None:
    table = Table("source", "rows", "accuracy [95 %]", "macro-F1 [95 %]", "ROC-AUC", "ECE unscaled", "ECE", title=title)
    for source, figures in sources.items():
        spans = {name: f"{figures[name]:.3f} [{low:.3f}, {high:.3f}]" for name, (low, high) in _spans(figures)}
        area = "" if figures["roc_auc"] is None else f"{figures['roc_auc']:.3f}"
        errors = (f"{figures[name]:.3f}" for name in ("calibration_error_unscaled", "calibration_error"))
        table.add_row(source, str(figures["rows"]), spans["accuracy"], spans["macro_f1"], area, *errors)
    labels = Table("label", "rows", "precision", "recall", "F1", title=f"{title}, all sources")
    for label, figures in sources["all"]["labels"].items():
        numbers = (f"{figures[name]:.3f}" for name in ("precision", "recall", "f1"))
        labels.add_row(label, str(figures["rows"]), *numbers)
    Console().print(table, labels)


def _spans(figures: dict[str, Any]) -> list[tuple[str, list[float]]]:
    return list(figures["intervals_95"].items())
