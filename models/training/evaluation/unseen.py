"""One temperature for sources that the model was not trained on: how sure it may be of what it has not seen.

The temperature that an export fits on split ``val`` is that of the sources which were learned, and every feed in use is
none of these. So it is fitted anew to labelled texts of several other sources, of which each counts alike, and measured
by leaving out each source in turn. How often each label occurs is not fitted: it differs from source to source, so that
what the others say of it does not help (see ``models/NOTES.md``). Labels stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from models.artifact import Manifest, change_manifest
from models.errors import DatasetError
from models.labels import SENTIMENT
from models.training.data.dataset import LabelledSet
from models.training.evaluation.evaluate import predictions
from models.training.evaluation.feeds import Figures, checked_manifest, figures_of, rows_by_feed
from models.training.evaluation.metrics import Floats, Ints, best_temperature, tempered

LEAST_SOURCES = 2
_Answers = tuple[Floats, Ints]  # of one source: (rows, labels) probabilities, and (rows,) indices of the true labels


class LeftOut(NamedTuple):
    """A source's figures with the temperature before, and with that of all the other sources."""

    rows: int
    before: Figures
    after: Figures


class Unseen(NamedTuple):
    """The head's temperature before and after, and the sources; ``kept`` where their mean log-loss is less with it."""

    before: float
    after: float
    sources: dict[str, LeftOut]

    @property
    def kept(self) -> bool:
        return sum(one.after.log_loss - one.before.log_loss for one in self.sources.values()) < 0


def fit_unseen(folder: Path, labelled: LabelledSet) -> Unseen:
    """Fit the sentiment's temperature to sources that the model was not trained on, and write it if it helps.

    Calibrations of feeds in the manifest go on giving what they gave.

    Args:
        folder: the artifact.
        labelled: rows of head ``sentiment``, of two sources or more and of whatever split.

    Raises:
        DatasetError: the artifact has no sentiment, there is one source alone, or one has too few rows.
    """
    manifest = checked_manifest(folder, labelled.rows)
    groups = rows_by_feed(labelled.rows, ())
    if len(groups) < LEAST_SOURCES:
        raise DatasetError(
            f"there is one source, {next(iter(groups))!r}: at least {LEAST_SOURCES} are needed, to measure each with"
            " what the others say; for one feed of yours, leave out --unseen"
        )
    answers = {source: predictions(folder, labelled, rows) for source, rows in groups.items()}
    found = {source: _left_out(source, answers) for source in answers}
    before = manifest.heads[SENTIMENT].temperature
    unseen = Unseen(before, round(before * _temperature(answers), 4), found)
    if unseen.kept:
        change_manifest(folder, _with_temperature(manifest, unseen.after))
    return unseen


def _left_out(source: str, answers: Mapping[str, _Answers]) -> LeftOut:
    probabilities, truth = answers[source]
    others = {name: one for name, one in answers.items() if name != source}
    after = tempered(probabilities, 1 / _temperature(others))
    return LeftOut(len(truth), figures_of(probabilities, truth), figures_of(after, truth))


def _temperature(answers: Mapping[str, _Answers]) -> float:
    """Return by what the temperature is to be multiplied, so that the sources' mean log-loss is least."""
    logits = np.concatenate([np.log(np.maximum(probabilities, 1e-9)) for probabilities, _ in answers.values()])
    truth = np.concatenate([labels for _, labels in answers.values()])
    weights = np.concatenate([np.full(len(labels), 1 / len(labels)) for _, labels in answers.values()])
    return best_temperature(logits, truth, weights)


def _with_temperature(manifest: Manifest, temperature: float) -> Manifest:
    head = manifest.heads[SENTIMENT]
    ratio = temperature / head.temperature
    calibrations = {
        feed: msgspec.structs.replace(one, temperature=round(one.temperature / ratio, 4))
        for feed, one in manifest.calibrations.items()
    }
    heads = {**manifest.heads, SENTIMENT: msgspec.structs.replace(head, temperature=temperature)}
    return msgspec.structs.replace(manifest, heads=heads, calibrations=calibrations)
