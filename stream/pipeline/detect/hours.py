"""Minutes by the clocks of a place: what is usual at nine in Zurich stays so when the clocks change there."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.documents.document import EPOCH

QUARTER = 15  # minutes; clocks change at multiples of it


def local_minutes(minutes: NDArray[np.int64], time_zone: str) -> NDArray[np.int64]:
    """Return what clocks in ``time_zone`` show at ``minutes`` since 1970 UTC, as minutes since 1970 there.

    >>> local_minutes(np.array([0, 183 * 1440]), "Europe/Zurich").tolist()  # no summer time in 1970
    [60, 263580]
    >>> local_minutes(np.array([29_000_000]), "UTC").tolist()
    [29000000]
    """
    if time_zone == "UTC":
        return minutes
    quarters, where = np.unique(minutes // QUARTER, return_inverse=True)
    offsets = np.array([_offset(time_zone, quarter) for quarter in quarters.tolist()], np.int64)
    return np.asarray(minutes + offsets[where.reshape(minutes.shape)])


@lru_cache(maxsize=4096)
def _offset(time_zone: str, quarter: int) -> int:
    there = (EPOCH + timedelta(minutes=quarter * QUARTER)).astimezone(zone(time_zone))
    return (there.utcoffset() or timedelta()) // timedelta(minutes=1)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return the time zone of the IANA database.

    Raises:
        ZoneInfoNotFoundError: there is none of that name; another kind of name may give a ValueError or an OSError.
    """
    return ZoneInfo(name)
