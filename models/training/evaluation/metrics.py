"""Classification metrics on label indices and probabilities, in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.scaling import scaled

Ints = npt.NDArray[np.integer]
Floats = npt.NDArray[np.floating]
LOOKED_FOR = 0.1, 10.0  # temperatures
BINS = 15  # of confidence, of equal width
DRAWS, SEED = 1000, 7  # resamples of the rows, and where their chance begins


class Scaling(NamedTuple):
    """What calibrates a head's logits; see :mod:`models.scaling`."""

    temperature: float
    sharpening: float


def confusion(truth: Ints, predicted: Ints, labels: int) -> npt.NDArray[np.int64]:
    """Return the (labels, labels) confusion matrix; rows are the truth."""
    cells = np.bincount(np.asarray(truth) * labels + np.asarray(predicted), minlength=labels * labels)
    return cells.reshape(labels, labels).astype(np.int64)


def precision_recall_f1(matrix: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Return precision, recall and F1 per label from a confusion matrix; 0 where undefined."""
    hits = np.diag(matrix).astype(float)
    precision = hits / np.maximum(matrix.sum(0), 1)
    recall = hits / np.maximum(matrix.sum(1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return precision, recall, f1


def macro_f1(truth: Ints, predicted: Ints) -> float:
    """Return the unweighted mean F1 over the labels that occur in ``truth`` or ``predicted``."""
    labels = int(max(np.max(truth, initial=0), np.max(predicted, initial=0))) + 1
    matrix = confusion(truth, predicted, labels)
    present = (matrix.sum(0) + matrix.sum(1)) > 0
    return float(precision_recall_f1(matrix)[2][present].mean())


def accuracy(truth: Ints, predicted: Ints) -> float:
    """Return the share of rows whose label is right."""
    return float(np.mean(np.asarray(truth) == np.asarray(predicted)))


def reliability(probabilities: Floats, truth: Ints) -> tuple[Floats, Floats, Floats]:
    """Return mean confidence, share right and share of the rows per occupied equal-width bin: each (bins in use,)."""
    confidence = probabilities.max(1)
    right = (probabilities.argmax(1) == truth).astype(float)
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(which, minlength=BINS)
    used = counts > 0
    means = [np.bincount(which, values, minlength=BINS)[used] / counts[used] for values in (confidence, right)]
    return means[0], means[1], counts[used] / len(truth)


def expected_calibration_error(probabilities: Floats, truth: Ints) -> float:
    """Return the expected calibration error with equal-width bins (Guo et al. 2017, eq. 3)."""
    confidence, right, share = reliability(probabilities, truth)
    return float((share * np.abs(confidence - right)).sum())


def precision_recall_curve(scores: Floats, positive: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return precision and recall at each distinct threshold on ``scores``, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    hits, called = np.cumsum(positive[order]), np.arange(1, len(scores) + 1)
    last = np.append(np.diff(scores[order]) != 0, True)
    return (hits / called)[last], (hits / max(int(positive.sum()), 1))[last]


def best_temperature(logits: Floats, truth: Ints, weights: Floats | None = None) -> float:
    """Return the temperature that minimises the negative log-likelihood (Guo et al. 2017), by golden-section search.

    It is looked for in ``LOOKED_FOR`` by its logarithm; 60 steps narrow that to far below the four decimals kept.

    Args:
        logits: (rows, labels).
        truth: (rows,) indices of labels.
        weights: (rows,) how much each row counts; without them all count alike.
    """
    low, high = LOOKED_FOR
    at = _golden(lambda log: _nll(logits, truth, np.exp(log), weights), np.log(low), np.log(high), 60)
    return float(np.exp(at))


def best_scaling(logits: Floats, truth: Ints, weights: Floats | None = None) -> Scaling:
    """Return the temperature and the sharpening that together minimise the negative log-likelihood.

    For each sharpening, from -0.5 to 2, the best temperature is looked for; both to four decimals. Arguments as of
    :func:`best_temperature`.
    """

    def with_temperature(sharpening: float) -> float:
        sharp = scaled(logits, 1.0, sharpening)
        return _nll(sharp, truth, best_temperature(sharp, truth, weights), weights)

    sharpening = round(_golden(with_temperature, -0.5, 2.0, 24), 4)
    return Scaling(round(best_temperature(scaled(logits, 1.0, sharpening), truth, weights), 4), sharpening)


def _golden(loss: Callable[[float], float], low: float, high: float, steps: int) -> float:
    """Return where ``loss``, which has one minimum, is least: golden-section search (Kiefer 1953)."""
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(steps):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float((low + high) / 2)


def _nll(logits: Floats, truth: Ints, temperature: float, weights: Floats | None) -> float:
    cooled = logits / temperature
    cooled = cooled - cooled.max(1, keepdims=True)
    log_probabilities = cooled - np.log(np.exp(cooled).sum(1, keepdims=True))
    return float(-np.average(log_probabilities[np.arange(len(truth)), truth], weights=weights))


def log_loss(probabilities: Floats, truth: Ints) -> float:
    """Return the mean negative logarithm of the probability that the right label was given."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-9)).mean())


def roc_auc(probabilities: Floats, truth: Ints) -> float:
    """Return the one-vs-rest ROC-AUC, averaged over the labels with both kinds of rows; NaN where there is none.

    The area is the Mann-Whitney statistic (Hanley and McNeil 1982): ties count one half.
    """
    areas = []
    for label in range(probabilities.shape[1]):
        mine = truth == label
        hits, misses = int(mine.sum()), int((~mine).sum())
        if hits and misses:
            _, place, counts = np.unique(probabilities[:, label], return_inverse=True, return_counts=True)
            ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
            areas.append((ranks[mine].sum() - hits * (hits + 1) / 2) / (hits * misses))
    return float(np.mean(areas)) if areas else float("nan")


def bootstrap_intervals(truth: Ints, predicted: Ints) -> dict[str, list[float]]:
    """Return 95 % percentile intervals of accuracy and macro-F1 over a thousand resamples of the rows (Efron 1979)."""
    generator = np.random.default_rng(SEED)
    picks = (generator.integers(0, len(truth), len(truth)) for _ in range(DRAWS))
    values = np.array([(accuracy(truth[p], predicted[p]), macro_f1(truth[p], predicted[p])) for p in picks])
    low, high = np.percentile(values, [2.5, 97.5], axis=0).round(4).tolist()
    return {"accuracy": [low[0], high[0]], "macro_f1": [low[1], high[1]]}
