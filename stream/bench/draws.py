"""How sure it is that one thing is better than another, measured over the same months: a bootstrap over them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 2000  # of as many months as there are, some of them twice


def compare_draws(by_month: Mapping[str, Floats], one: str) -> dict[str, tuple[float | None, float | None]]:
    """Return how sure it is that ``one`` finds more than each of the others, and that fewer of its alerts are calm.

    Args:
        by_month: of each of them the falls found, the calm alerts and all alerts (columns) of each month (rows).
        one: a name of them.

    Three months in which one of them finds a fall a month, and the other none; of both every alert is calm.

    >>> months = {"one": np.array([[1.0, 1, 1]] * 3), "other": np.array([[0.0, 2, 2]] * 3)}
    >>> compare_draws(months, "one")
    {'one': (None, None), 'other': (1.0, 0.5)}
    """
    count = len(by_month[one])
    draws = np.random.default_rng(1).multinomial(count, np.full(count, 1 / count), DRAWS)
    sums = {name: draws @ months for name, months in by_month.items()}
    found, calm = ({name: of(total) for name, total in sums.items()} for of in (_found, _calm_part))
    return {
        name: (None, None)
        if name == one
        else (_more_often(found[one] - found[name]), _more_often(calm[name] - calm[one]))
        for name in by_month
    }


def _found(total: Floats) -> Floats:
    return total[:, 0]


def _calm_part(total: Floats) -> Floats:
    return np.asarray(total[:, 1] / np.maximum(total[:, 2], 1.0))


def _more_often(difference: Floats) -> float:
    return round(float(np.mean((difference > 0) + 0.5 * (difference == 0))), 3)
