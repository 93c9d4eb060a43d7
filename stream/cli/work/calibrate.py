"""``bellwether model calibrate``: labelled texts of feeds into an artifact's manifest, and what that gives, printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from models.artifact import open_artifact
from models.labels import SENTIMENT, SENTIMENTS
from models.training.data.dataset import LabelledSet, load_learned
from models.training.evaluation.feeds import Fitted, calibrate_feeds
from stream.cli.listing import console, listing


def calibrate_and_print(artifact: Path, path: Path, feeds: Sequence[str]) -> None:
    """Calibrate ``artifact`` for the feeds of the file at ``path``, and print a row for each."""
    rows = load_learned(path)
    labelled = LabelledSet(SENTIMENT, tuple(sorted({row.label for row in rows})), rows)
    fitted = calibrate_feeds(artifact, labelled, feeds)
    _print(fitted)
    for name, one in fitted.items():
        if not one.kept:
            typer.echo(f"{name}: no better with it, so none is kept; the feed is read as before")
    typer.echo(f"{artifact}: its hash is now {open_artifact(artifact).manifest.hash[:12]}")


def _print(fitted: dict[str, Fitted]) -> None:
    """Print what each feed was without and with its calibration; the latter on texts that it was not fitted to."""
    figures = listing("feed", "texts", "accuracy", "macro-F1", "log-loss", "calibration error", title="without → with")
    kept = listing("feed", "temperature", *SENTIMENTS, title="temperature, and the weight of each label")
    for name, one in fitted.items():
        spans = (f"{before:.2f} → {after:.2f}" for before, after in zip(one.before, one.after, strict=True))
        figures.add_row(name, str(one.calibration.rows), *spans)
        weights = (f"{one.calibration.weights[label]:.2f}" for label in SENTIMENTS)
        kept.add_row(name, f"{one.calibration.temperature:.2f}", *weights)
    console().print(figures, kept)
