"""One scaling for sources that the model was not trained on: how sure it may be of what it has not seen.

The temperature and the sharpening that an export fits on split ``val`` are those of the sources which were learned, and
every feed in use is none of these. So they are fitted anew to labelled texts of several other sources, of which each
counts alike, and measured by leaving out each source in turn. How often each label occurs is not fitted: it differs
from source to source, so that what the others say of it does not help (see ``models/NOTES.md``). Labels stay as they
are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from models.artifact import Head, Manifest, change_manifest
from models.errors import DatasetError
from models.labels import SENTIMENT
from models.scaling import logits_of, scaled, softmax
from models.training.data.dataset import LabelledSet, Row
from models.training.evaluation.evaluate import predictions
from models.training.evaluation.feeds import Figures, checked_manifest, figures_of, rows_by_feed
from models.training.evaluation.metrics import Floats, Ints, Scaling, best_scaling, best_temperature

LEAST_SOURCES = 2
_Answers = tuple[Floats, Ints]  # of one source: (rows, labels) logits, and (rows,) indices of the true labels


class LeftOut(NamedTuple):
    """A source's figures with the scaling before, and with that of all the other sources."""

    rows: int
    before: Figures
    after: Figures


class Unseen(NamedTuple):
    """The head's scaling before and after, and the sources; ``kept`` where their mean log-loss is less with it."""

    before: Scaling
    after: Scaling
    sources: dict[str, LeftOut]

    @property
    def kept(self) -> bool:
        return sum(one.after.log_loss - one.before.log_loss for one in self.sources.values()) < 0


def fit_unseen(folder: Path, labelled: LabelledSet) -> Unseen:
    """Fit the sentiment's scaling to sources that the model was not trained on, and write it if it helps.

    Calibrations of feeds in the manifest go on giving what they gave: where there are some the sharpening stays,
    since a feed's temperature can make up for another temperature alone.

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
    head = manifest.heads[SENTIMENT]
    answers = {source: _answers(folder, labelled, rows, head) for source, rows in groups.items()}
    before = Scaling(head.temperature, head.sharpening)
    kept = head.sharpening if manifest.calibrations else None
    found = {source: _left_out(source, answers, before, kept) for source in answers}
    unseen = Unseen(before, _fitted(list(answers.values()), kept), found)
    if unseen.kept:
        change_manifest(folder, _with_scaling(manifest, unseen.after))
    return unseen


def _answers(folder: Path, labelled: LabelledSet, rows: Sequence[Row], head: Head) -> _Answers:
    probabilities, truth = predictions(folder, labelled, rows)
    return logits_of(probabilities, head.temperature, head.sharpening), truth


def _left_out(source: str, answers: Mapping[str, _Answers], before: Scaling, sharpening: float | None) -> LeftOut:
    logits, truth = answers[source]
    after = _fitted([one for name, one in answers.items() if name != source], sharpening)
    figures = (figures_of(softmax(scaled(logits, *scaling)), truth) for scaling in (before, after))
    return LeftOut(len(truth), *figures)


def _fitted(answers: Sequence[_Answers], sharpening: float | None) -> Scaling:
    """Return with what the sources' mean log-loss is least; with this ``sharpening``, if one is given."""
    logits, truth = (np.concatenate(part) for part in zip(*answers, strict=True))
    weights = np.concatenate([np.full(len(labels), 1 / len(labels)) for _, labels in answers])
    if sharpening is None:
        return best_scaling(logits, truth, weights)
    return Scaling(round(best_temperature(scaled(logits, 1.0, sharpening), truth, weights), 4), sharpening)


def _with_scaling(manifest: Manifest, scaling: Scaling) -> Manifest:
    head = manifest.heads[SENTIMENT]
    ratio = scaling.temperature / head.temperature
    calibrations = {
        feed: msgspec.structs.replace(one, temperature=round(one.temperature / ratio, 4))
        for feed, one in manifest.calibrations.items()
    }
    heads = {**manifest.heads, SENTIMENT: Head(head.labels, *scaling)}
    return msgspec.structs.replace(manifest, heads=heads, calibrations=calibrations)
