"""``bellwether model calibrate``: labelled texts of feeds into an artifact's manifest, and what that gives, printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from models.artifact import open_artifact
from models.labels import SENTIMENT, SENTIMENTS
from models.training.data.dataset import LabelledSet, check_sources, learned_and_contradicted
from models.training.evaluation.feeds import Figures, Fitted, calibrate_feeds
from models.training.evaluation.metrics import Scaling
from models.training.evaluation.unseen import fit_unseen
from stream.cli.listing import console, listing
from stream.cli.work.labelled import tell_contradicted

_FIGURES = "texts", "accuracy", "macro-F1", "log-loss", "calibration error"


def calibrate_and_print(artifact: Path, path: Path, feeds: Sequence[str]) -> None:
    """Calibrate ``artifact`` for the feeds of the file at ``path``, and print a row for each."""
    labelled = _labelled(path)
    if not feeds:
        check_sources(path, labelled.rows)
    fitted = calibrate_feeds(artifact, labelled, [feed.strip() for feed in feeds])
    _print(fitted)
    for name, one in fitted.items():
        if one.kept != one.calibration:
            typer.echo(f"{name}: {_not_kept(one)}")
    _echo_hash(artifact)


def fit_unseen_and_print(artifact: Path, path: Path) -> None:
    """Fit how sure ``artifact`` is to the sources of the file, which it does not know, and print each."""
    unseen = fit_unseen(artifact, _labelled(path))
    figures = listing("source", *_FIGURES, title="before → with what the other sources give")
    for name, one in unseen.sources.items():
        figures.add_row(name, str(one.rows), *_spans(one.before, one.after))
    console().print(figures)
    if unseen.kept:
        typer.echo(f"sentiment: {_named(unseen.before)} → {_named(unseen.after)}")
    else:
        typer.echo(f"no better with {_named(unseen.after)}; it stays at {_named(unseen.before)}")
    _echo_hash(artifact)


def _not_kept(one: Fitted) -> str:
    if one.earlier is None:
        return "no better with it, so none is kept; the feed is read as before"
    if one.kept is None:
        return "no better with any, so the one that it had is taken out"
    _calibration, figures = one.earlier
    return f"no better than the one that it has (log-loss {figures.log_loss:.2f}), which stays"


def _named(scaling: Scaling) -> str:
    return f"temperature {scaling.temperature:.4f}, sharpening {scaling.sharpening:.4f}"


def _labelled(path: Path) -> LabelledSet:
    rows, contradicted = learned_and_contradicted(path)
    tell_contradicted(path, contradicted)
    return LabelledSet(SENTIMENT, tuple(sorted({row.label for row in rows})), rows)


def _echo_hash(artifact: Path) -> None:
    typer.echo(f"{artifact}: its hash is now {open_artifact(artifact).manifest.hash[:12]}")


def _spans(before: Figures, after: Figures) -> list[str]:
    return [f"{old:.2f} → {new:.2f}" for old, new in zip(before, after, strict=True)]


def _print(fitted: dict[str, Fitted]) -> None:
    """Print what each feed was without and with its calibration; the latter on texts that it was not fitted to."""
    figures = listing("feed", *_FIGURES, title="without → with")
    kept = listing("feed", "temperature", *SENTIMENTS, title="temperature, and the weight of each label")
    for name, one in fitted.items():
        figures.add_row(name, str(one.calibration.rows), *_spans(one.before, one.after))
        weights = (f"{one.calibration.weights[label]:.2f}" for label in SENTIMENTS)
        kept.add_row(name, f"{one.calibration.temperature:.2f}", *weights)
    console().print(figures, kept)
