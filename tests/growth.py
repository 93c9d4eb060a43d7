"""How the time that something takes grows with its text: what a pattern does within calls no function to count."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST = 65_536  # characters: as many as a document may have
SQUARE = 24  # of eight times a text: what takes its share takes 8 times as long, what takes the square takes 64 times
_ENOUGH = 0.003  # seconds: what takes longer is not measured by chance


def growth(run: Callable[[str], object], unit: str, most: int = MOST) -> float:
    """Return how much longer ``run`` takes on ``unit`` eight times as often; at most ``most`` characters are tried."""
    count = max(1, 64 // len(unit))
    while (once := _seconds(run, unit * count)) < _ENOUGH and 16 * count * len(unit) <= most:
        count *= 2
    return _seconds(run, unit * count * 8) / once


def _seconds(run: Callable[[str], object], text: str) -> float:
    """Return the least processor time of some tries: others work on the machine, too."""
    taken = list[float]()
    while not taken or (len(taken) < 5 and sum(taken) < 0.1):
        began = time.process_time()
        run(text)
        taken.append(time.process_time() - began)
    return min(taken)
