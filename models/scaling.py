"""From logits to probabilities that are right as often as they say. Pure.

A temperature (Guo et al. 2017, *On calibration of modern neural networks*) makes a model less sure by one factor. A
network that was taught by another, with smoothed labels, errs in two directions: it is too sure where its logits are
near each other, and not sure enough where they are far apart. So the temperature may fall with how far apart they are:
centred logits z become z * (|z| / 3) ** sharpening / temperature, where |z| is their Euclidean norm. That is one
temperature per answer, as in Tomani et al. (2022), *Parameterized temperature scaling*, with one parameter in place of
a network. The order of the labels stays as it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
# Probabilities are served with six digits: what is served as 0 is below half of the last one.
_LEAST_PROBABILITY = 5e-7
_TYPICAL_NORM = 3.0  # of a sentiment's logits, so that a temperature has its usual size whatever the sharpening
_LEAST_NORM = 1e-6  # of logits that are all the same: any power of it is a number


def softmax(logits: Floats) -> npt.NDArray[np.float32]:
    """Return the softmax over the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    normalised: npt.NDArray[np.float32] = (shifted / shifted.sum(-1, keepdims=True)).astype(np.float32)
    return normalised


def scaled(logits: Floats, temperature: float, sharpening: float) -> Floats:
    """Return the (rows, labels) logits whose softmax is calibrated."""
    if not sharpening:
        return logits / temperature
    centred, norms = _polar(logits)
    result: Floats = centred * (norms / _TYPICAL_NORM) ** sharpening / temperature
    return result


def logits_of(probabilities: Floats, temperature: float, sharpening: float) -> Floats:
    """Return (rows, labels) logits, centred, whose scaled softmax the probabilities are: undoes :func:`scaled`."""
    centred, norms = _polar(np.log(np.maximum(probabilities, _LEAST_PROBABILITY)))
    result: Floats = centred / norms * (norms * temperature * _TYPICAL_NORM**sharpening) ** (1 / (1 + sharpening))
    return result


def _polar(logits: Floats) -> tuple[Floats, Floats]:
    """Return the logits, centred, and their (rows, 1) norms."""
    wide = logits.astype(np.float64)
    centred = wide - wide.mean(-1, keepdims=True)
    return centred, np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), _LEAST_NORM)
