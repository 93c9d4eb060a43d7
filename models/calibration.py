"""A calibration for where a text comes from: what is rare in one feed is common in another.

The model's ranking holds on feeds that it does not know, but its cut does not: it learned how often each label occurs
in its own sets. So a manifest may have a temperature and a weight per label for a feed. They change probabilities p to
p ** (1 / temperature) * weight, made to sum to 1: temperature scaling (Guo et al. 2017) with the change of the labels'
shares of Saerens et al. (2002), *Adjusting the outputs of a classifier to new a priori probabilities*. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

LEAST_WEIGHT, MOST_WEIGHT = 1e-3, 1e3
# Feeds by the form of their documents, for those that have no calibration under the name of their source.
TITLE, POST = "title", "post"
_LEAST = 1e-9  # a probability of 0 could never grow again


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one feed: ``weights`` per label, and from how many labelled texts they were fitted."""

    temperature: float
    weights: dict[str, float]
    rows: int = 0


def calibration_of(calibrations: Mapping[str, Calibration], source: str, has_title: bool) -> Calibration | None:
    """Return what a document's answer is calibrated with: by its source, else by its form, else not at all."""
    if not calibrations:
        return None
    return calibrations.get(source) or calibrations.get(TITLE if has_title else POST)


def calibrated(probabilities: Mapping[str, float], calibration: Calibration) -> dict[str, float]:
    """Return label -> probability as this feed's texts bear it out, rounded to six digits as the model's are.

    >>> calibrated({"a": 0.6, "b": 0.4}, Calibration(1.0, {"a": 0.5, "b": 1.0}))
    {'a': 0.428571, 'b': 0.571429}
    """
    powers = {
        label: max(value, _LEAST) ** (1 / calibration.temperature) * calibration.weights[label]
        for label, value in probabilities.items()
    }
    total = sum(powers.values())
    return {label: round(value / total, 6) for label, value in powers.items()}
