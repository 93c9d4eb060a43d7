"""What the detector has learned of each series, as arrays with one row per series; and as bytes, digit for digit."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.threshold import BINS, cautious_threshold

Floats = NDArray[np.float64]
SLOTS = 48  # hours of a working day, then those of a Saturday or Sunday, UTC
# The opinion on a series that nobody has seen yet: share, correlation of its documents, dispersion of its counts.
PRIOR_SHARE, PRIOR_CORRELATION, PRIOR_OVERDISPERSION = 0.25, 0.02, 0.2
NEVER = -1


@dataclass(slots=True)
class Baselines:
    """Rows are series. Decayed sums unless said otherwise; ``W`` is the number of windows.

    Attributes:
        since: the first minute of each series.
        seen: the end of the last cell that brought a document of it; NEVER where that is not known yet.
        level_n, level_w: documents, and the minutes (weighed by the day's profile) that they came in.
        day_n, day_w: documents of the last hours, and how many were expected.
        share_k, share_n: negatives and documents.
        slot_n, slot_w, profile (48): documents by hour, how many a flat day would have had, and the ratio in use.
        together_a, together_b (W): numerator and denominator of the correlation.
        apart_a, apart_b (W): likewise of the dispersion of the count.
        waiting (times, 4, W): what the last residuals would add to these four, until it is known to be nothing unusual.
        base_share, base_together (W), base_apart (W): what the estimates are drawn towards, from all series.
        peaks (bins), days: the past peaks of the score, and the days they were counted on.
        cluster_from, cluster_peak: the current cluster, and its highest score.
        hot_since: since when what comes is too unusual to be learned; NEVER where it is not.
        hot_at: the last minute that was so.
        surge_k, surge_n, surge_w: what has come meanwhile; not decayed.
        events, held: how many such stretches there were, and their minutes.
        missed: documents expected since anything came last on any series; not decayed.
        hushed_at: the end of the last cell in which the whole stream stood still.
        inside, looked: how often a count lay inside its expected interval, of how many.
        threshold, slope: in use until the next day.
    """

    since: NDArray[np.int64]
    seen: NDArray[np.int64]
    level_n: Floats
    level_w: Floats
    day_n: Floats
    day_w: Floats
    share_k: Floats
    share_n: Floats
    slot_n: Floats
    slot_w: Floats
    profile: Floats
    together_a: Floats
    together_b: Floats
    apart_a: Floats
    apart_b: Floats
    waiting: Floats
    base_share: Floats
    base_together: Floats
    base_apart: Floats
    peaks: Floats
    days: Floats
    cluster_from: NDArray[np.int64]
    cluster_peak: Floats
    hot_since: NDArray[np.int64]
    hot_at: NDArray[np.int64]
    surge_k: Floats
    surge_n: Floats
    surge_w: Floats
    events: Floats
    held: Floats
    missed: Floats
    hushed_at: NDArray[np.int64]
    inside: Floats
    looked: Floats
    threshold: Floats
    slope: Floats

    def __len__(self) -> int:
        return len(self.since)

    def copy(self) -> Baselines:
        """Return arrays of its own, so that the caller's stay as they are."""
        return Baselines(**{field.name: getattr(self, field.name).copy() for field in fields(self)})


NAMES = tuple(field.name for field in fields(Baselines))
_SLOT = {"slot_n", "slot_w", "profile"}
_WINDOW = {"together_a", "together_b", "apart_a", "apart_b", "base_together", "base_apart"}
_WHOLE = {"since", "seen", "cluster_from", "hot_since", "hot_at", "hushed_at"}
# What a release wrote that did not know them begins with these.
_LATER = {"seen": NEVER, "events": 0.0, "held": 0.0, "missed": 0.0, "hushed_at": NEVER}


def new_baselines(test: DetectorSpec, series: int, since: int) -> Baselines:
    """Return what is known of ``series`` new series whose first minute is ``since``: nothing but opinions."""
    windows = len(test.windows)
    shapes: dict[str, tuple[int, ...]] = {"peaks": (BINS,), "waiting": (test.waiting, 4, windows)}
    shapes |= dict.fromkeys(_SLOT, (SLOTS,)) | dict.fromkeys(_WINDOW, (windows,))
    made: dict[str, Any] = {
        name: np.zeros((series, *shapes.get(name, ())), np.int64 if name in _WHOLE else np.float64) for name in NAMES
    }
    values = {
        "since": since,
        "seen": NEVER,
        "profile": 1.0,
        "base_share": PRIOR_SHARE,
        "base_together": PRIOR_CORRELATION,
        "base_apart": PRIOR_OVERDISPERSION,
        "cluster_from": NEVER,
        "hot_since": NEVER,
        "hot_at": NEVER,
        "hushed_at": NEVER,
    }
    for name, value in values.items():
        made[name][:] = value
    return Baselines(**made)


def append_rows(learned: Baselines, more: Baselines) -> Baselines:
    """Return the rows of both."""
    return Baselines(**{name: np.concatenate([getattr(learned, name), getattr(more, name)]) for name in NAMES})


def select_rows(learned: Baselines, rows: NDArray[np.int64] | int) -> Baselines:
    """Return some rows, or one."""
    index = np.atleast_1d(rows)
    return Baselines(**{name: getattr(learned, name)[index] for name in NAMES})


def inherit(more: Baselines, learned: Baselines, series: int, per_month: float) -> None:
    """Give new rows what the series before them have in common, and the threshold of those without a past."""
    for name in ("base_share", "base_together", "base_apart", "profile"):
        if len(learned):
            getattr(more, name)[:] = getattr(learned, name).mean(axis=0)
    more.threshold[:] = max(cautious_threshold(series, per_month), float(learned.threshold.max(initial=0.0)))
    more.slope[:] = float(learned.slope.mean()) if len(learned) else 0.0


def pack(learned: Baselines) -> bytes:
    """Return the arrays as bytes, squeezed: most of what is kept of a quiet series is nothing."""
    arrays = {name: getattr(learned, name) for name in NAMES}
    plain = msgspec.msgpack.encode({name: (a.dtype.str, a.shape, a.tobytes()) for name, a in arrays.items()})
    return zlib.compress(plain, 1)


def unpack(content: bytes) -> Baselines:
    """Return the arrays of :func:`pack`.

    Raises:
        ValueError: these are no such bytes.
    """
    try:
        plain = zlib.decompress(content)
        stored = msgspec.msgpack.decode(plain, type=dict[str, tuple[str, tuple[int, ...], bytes]])
        found = {name: _array(*stored[name]) for name in NAMES if name in stored or name not in _LATER}
        for name, value in _LATER.items():
            found.setdefault(name, np.full(len(found["since"]), value))
        return Baselines(**found)
    except (zlib.error, msgspec.DecodeError, KeyError, TypeError) as error:
        raise ValueError(f"no detector's arrays: {error}") from error


def _array(kind: str, shape: Sequence[int], content: bytes) -> NDArray[Any]:
    if kind not in ("<f8", "<i8"):
        raise ValueError(f"an array of {kind}")
    return np.frombuffer(content, kind).reshape(shape).copy()
