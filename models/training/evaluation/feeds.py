"""Fit a calibration to the labelled texts of a feed, and measure by cross-validation what it gives there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from models.artifact import Manifest, change_manifest, open_artifact
from models.artifact_checks import MAX_NAME, MOST_TEMPERATURE, is_name
from models.calibration import LEAST_WEIGHT, MOST_WEIGHT, Calibration
from models.errors import DatasetError
from models.labels import SENTIMENT
from models.training.data.dataset import LabelledSet, Row
from models.training.evaluation.evaluate import as_served, check_labels, check_writable, predictions
from models.training.evaluation.metrics import Floats, Ints, accuracy, expected_calibration_error, log_loss, macro_f1

LEAST_ROWS = 50  # fewer say too little of how often each label occurs
FOLDS = 10
# Standard deviations of what is expected before a text was seen: of a weight's logarithm, and of 1 / temperature, which
# is expected at 1. Tried on six sources (PhraseBank, tweets of news, investors' tweets, headlines, news of companies,
# answers in calls), fitted on 100 texts and measured on the others: mean log-loss 0.581 with these; 0.576 with 1 and
# 0.3, better on the answers in calls alone; 0.581 to 0.582 with 0.5 or 2. So the one that changes less was taken.
WEIGHT_SD, SHARPNESS_SD = 1.0, 0.15
_STEPS, _HALVINGS = 15, 8  # of Newton's method; the loss is convex, and it needs about six steps


class Figures(NamedTuple):
    """How the answers on one feed were, each from 0 to 1 but the loss."""

    accuracy: float
    macro_f1: float
    log_loss: float
    calibration_error: float


class Fitted(NamedTuple):
    """A feed's calibration, and the figures without one, with it, and with the one that the feed has, if any.

    The figures with it are cross-validated: no text is judged by what was fitted to it.
    """

    calibration: Calibration
    before: Figures
    after: Figures
    earlier: tuple[Calibration, Figures] | None

    @property
    def kept(self) -> Calibration | None:
        """The calibration with which the loss is least: this one, the one that the feed has, or none."""
        calibration, least = None, self.before.log_loss
        if self.earlier and self.earlier[1].log_loss < least:
            calibration, least = self.earlier[0], self.earlier[1].log_loss
        return self.calibration if self.after.log_loss < least else calibration


def calibrate_feeds(folder: Path, labelled: LabelledSet, feeds: Sequence[str] = ()) -> dict[str, Fitted]:
    """Fit the sentiment's calibration of each feed and write those that are kept into the manifest.

    Args:
        folder: the artifact. What its manifest has of other feeds stays.
        labelled: rows of head ``sentiment``, of whatever split; their source is the feed.
        feeds: names to give all rows to together, in place of their sources.

    Returns:
        feed -> what was fitted.

    Raises:
        DatasetError: the artifact has no sentiment, a label is not known, or a feed has too few rows, one label alone
            or a name that a manifest cannot have. The manifest is as before.
    """
    manifest = checked_manifest(folder, labelled.rows)
    plain = msgspec.structs.replace(manifest, calibrations={})
    groups = rows_by_feed(labelled.rows, feeds)
    for feed in groups:
        if not is_name(feed):
            raise DatasetError(f"feed {feed[:MAX_NAME]!r}: the name of a feed has 1 to {MAX_NAME} printable signs")
    fitted = {feed: _fitted(folder, feed, labelled, rows) for feed, rows in groups.items()}
    calibrations = {feed: one for feed, one in manifest.calibrations.items() if feed not in fitted}
    calibrations |= {feed: kept for feed, one in fitted.items() if (kept := one.kept)}
    change_manifest(folder, msgspec.structs.replace(plain, calibrations=calibrations))
    return fitted


def checked_manifest(folder: Path, rows: Sequence[Row]) -> Manifest:
    """Return the manifest of an artifact whose sentiment may be calibrated with ``rows``.

    Raises:
        DatasetError: the artifact has no sentiment, or does not know a label; or there are no rows.
        ArtifactError: nothing can be written into its folder.
    """
    check_writable(folder)
    manifest = open_artifact(folder).manifest
    if SENTIMENT not in manifest.heads:
        raise DatasetError(f"{folder} has no head '{SENTIMENT}', so there is nothing to calibrate")
    if not rows:
        raise DatasetError("there are no labelled texts; a row for each is expected, with the columns text and label")
    check_labels(folder, SENTIMENT, manifest.heads[SENTIMENT], rows)
    return manifest


def rows_by_feed(rows: Sequence[Row], feeds: Sequence[str]) -> Mapping[str, list[Row]]:
    """Return feed -> its rows: all rows for each of ``feeds``, or by their source. Raises DatasetError: too few."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for feed in feeds or (row.source,):
            groups[feed].append(row)
    for feed, members in groups.items():
        labels = {row.label for row in members}
        if len(members) < LEAST_ROWS or len(labels) < 2:
            raise DatasetError(
                f"feed '{feed}' has {len(members)} labelled texts of {len(labels)} labels: at least {LEAST_ROWS} of two"
                " are needed, and a hundred of three are better"
            )
    return groups


def _fitted(folder: Path, feed: str, labelled: LabelledSet, rows: Sequence[Row]) -> Fitted:
    manifest = open_artifact(folder).manifest
    probabilities, truth = predictions(folder, labelled, rows)
    after = np.zeros_like(probabilities)
    fold = np.random.default_rng(7).permutation(len(rows)) % FOLDS
    for held_out in range(FOLDS):
        learned = fold != held_out
        parameters = fit(probabilities[learned], truth[learned])
        after[~learned] = apply(parameters, probabilities[~learned])
    sharpness, *biases = fit(probabilities, truth)
    sharpness = max(float(sharpness), 1 / MOST_TEMPERATURE)
    weights = np.clip(np.exp(biases), LEAST_WEIGHT, MOST_WEIGHT).round(4)
    named = dict(zip(manifest.heads[SENTIMENT].labels, weights.tolist(), strict=True))
    calibration = Calibration(round(1 / sharpness, 4), named, len(rows))
    earlier = None
    if feed in manifest.calibrations:
        now = as_served(folder, SENTIMENT, probabilities, [feed] * len(rows))
        earlier = manifest.calibrations[feed], figures_of(now, truth)
    return Fitted(calibration, figures_of(probabilities, truth), figures_of(after, truth), earlier)


def fit(probabilities: Floats, truth: Ints) -> Floats:
    """Return (1 + labels,): 1 / temperature and each label's logarithm of its weight, the likeliest given the rows.

    It is the maximum of the posterior under normal priors around no change, by Newton's method.

    Args:
        probabilities: (rows, labels).
        truth: (rows,) indices of labels.
    """
    logs, labels = np.log(np.maximum(probabilities, 1e-9)), probabilities.shape[1]
    start = np.r_[1.0, np.zeros(labels)]
    precision = np.r_[1 / SHARPNESS_SD**2, np.full(labels, 1 / WEIGHT_SD**2)]
    # (rows, labels, 1 + labels): how a parameter moves a label's logit.
    design = np.concatenate([logs[:, :, None], np.broadcast_to(np.eye(labels), (len(logs), labels, labels))], axis=2)

    def loss(parameters: Floats) -> float:
        surprise = len(truth) * log_loss(apply(parameters, probabilities), truth)
        return float(surprise + (precision * (parameters - start) ** 2).sum() / 2)

    parameters = start
    for _ in range(_STEPS):
        current = apply(parameters, probabilities)
        gradient = np.einsum("rl,rlp->p", current - np.eye(labels)[truth], design) + precision * (parameters - start)
        mean = np.einsum("rl,rlp->rp", current, design)
        curvature = np.einsum("rl,rlp,rlq->pq", current, design, design) - mean.T @ mean + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        # A full step may lead too far where the answers are far from the truth: half of it, and so on.
        halves = [parameters - step / 2**halvings for halvings in range(_HALVINGS)]
        parameters = min([*halves, parameters], key=loss)
    return np.asarray(parameters)


def apply(parameters: Floats, probabilities: Floats) -> Floats:
    """Return the (rows, labels) probabilities as changed by what :func:`fit` returns."""
    logits = parameters[0] * np.log(np.maximum(probabilities, 1e-9)) + parameters[1:]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def figures_of(probabilities: Floats, truth: Ints) -> Figures:
    """Return how (rows, labels) probabilities do, given the (rows,) indices of the true labels."""
    predicted = probabilities.argmax(1)
    error = expected_calibration_error(probabilities, truth)
    return Figures(accuracy(truth, predicted), macro_f1(truth, predicted), log_loss(probabilities, truth), error)
