"""Score, then learn: what a closed cell of minutes adds to the state.

A cell is learned when it has left every window. What is too unusual is kept back: an alert that is on never teaches,
however long the windows are and however long it lasts. What lasts longer than the rule's ``accept`` is the new normal,
and so is what comes again and again: else the usual would be learned from the other hours alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.counts import CumulativeCounts
from stream.pipeline.detect.expect import (
    day_factor,
    expected_level,
    expected_share,
    hour_factor,
    hour_slots,
    window_factor,
)
from stream.pipeline.detect.residuals import learn_residuals
from stream.pipeline.detect.score import WindowScores
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.standstill import is_standstill
from stream.pipeline.detect.state import NEVER, Baselines, select_rows
from stream.pipeline.detect.threshold import bin_peaks
from stream.pipeline.units import DAY

Floats = NDArray[np.float64]
Ends = NDArray[np.int64]
Mask = NDArray[np.bool_]
UNUSUAL_SCORE = 4.0  # a score that is not learned from
FREEZE_MINUTES = 720  # minutes for which that goes on where no alert is on, at least
# So many times within the memory of the level, and together longer than FROZEN, is no exception any more. On traffic
# that alternates by the hour between all and no negatives: with three, two surges a day would be one.
RECURRENCES = 4.0
LEAST_PEAK = 0.5
WINSOR_DEVIATIONS = 6.0  # standard deviations beyond which a count is cut before it is learned
DAY_HALF_LIFE = 360  # half-life in minutes


def note_scores(test: DetectorSpec, learned: Baselines, scored: WindowScores, fired: Ends) -> None:
    """Remember the scores of a few minutes: the cluster's peak, and whether they are too unusual to learn from.

    Args:
        test: what is looked for.
        learned: changed in place.
        scored: of minutes of one cell.
        fired: when the alert that is on began, by series; NEVER where none is.
    """
    # What is too few for an alert is no peak that the threshold has to stand.
    best = np.where(scored.able, scored.score, 0.0).max(axis=1)
    cell_end = -(-int(scored.ends[-1]) // test.cell) * test.cell
    opens = (learned.cluster_from == NEVER) & (best >= LEAST_PEAK)
    learned.cluster_from[opens] = cell_end
    np.maximum(learned.cluster_peak, np.where(learned.cluster_from != NEVER, best, 0.0), out=learned.cluster_peak)
    hot = (scored.highest >= UNUSUAL_SCORE) | (fired != NEVER)[:, None]
    any_hot = hot.any(axis=1)
    first, last = hot.argmax(axis=1), hot.shape[1] - 1 - hot[:, ::-1].argmax(axis=1)
    begins = any_hot & (learned.hot_since == NEVER)
    # An alert begins its own stretch, so that its life is counted from when it fired.
    again = ~begins & (fired > learned.hot_since)
    learned.events += begins | (again & (fired - learned.hot_since > test.lag))
    _release_withheld(learned, again, recurring(learned))
    learned.hot_since[:] = np.where(begins, scored.ends[first], np.where(again, fired, learned.hot_since))
    learned.hot_at[:] = np.where(any_hot, scored.ends[last], learned.hot_at)


def learn_cell(
    test: DetectorSpec, learned: Baselines, sums: CumulativeCounts, scored: WindowScores, accept_after: int, fired: Ends
) -> None:
    """Learn at the end of a cell, ``scored.ends[-1]``: from the cell that has just left every window.

    Args:
        test: what is looked for.
        learned: changed in place.
        sums: of the counts.
        scored: up to the end of the cell.
        accept_after: minutes after which an alert is the new normal.
        fired: when the alert that is on began, by series; NEVER where none is.
    """
    end = int(scored.ends[-1])
    came = sums.window(np.array([end]), test.cell)[1][:, 0] > 0
    learned.seen[came | (learned.seen == NEVER)] = end
    cooled = (learned.hot_since != NEVER) & (end - learned.hot_at > test.lag)
    usual = recurring(learned)
    _release_withheld(learned, cooled | (usual & (fired == NEVER)), usual)
    learned.hot_since[cooled] = NEVER
    # An alert may outlive its event by the longest window, and a cell is learned when it has left that window, too.
    longest = max(FREEZE_MINUTES, accept_after) + 2 * test.lag
    frozen = (learned.hot_since != NEVER) & (end - learned.hot_since <= longest)
    # What is usual is learned as it comes, but never while an alert is on.
    frozen &= ~usual | (fired != NEVER)
    learn_residuals(test, learned, scored, usual)
    still = _learn_counts(test, learned, sums, end - test.lag, frozen)
    _learn_peaks(test, learned, end, still)


def recurring(learned: Baselines) -> Mask:
    """Return the series in which what is unusual comes so often that it is none."""
    return np.asarray((learned.events >= RECURRENCES) & (learned.held >= FREEZE_MINUTES))


def accept_as_usual(test: DetectorSpec, learned: Baselines, sums: CumulativeCounts, row: int, end: int) -> None:
    """Make what came in a series during the alert that is on at ``end`` the new normal."""
    # Its latest cells have not left the windows yet.
    since = max((end - 1) // test.cell * test.cell - test.lag, int(learned.hot_since[row]))
    minutes = np.array([end])
    k, n = (float(array[row, 0]) for array in sums.window(minutes, end - since))
    weight = float(window_factor(select_rows(learned, row), test, minutes, end - since)[0, 0]) * (end - since)
    for total, held, rest in (
        (learned.level_n, learned.surge_n, n),
        (learned.level_w, learned.surge_w, weight),
        (learned.share_k, learned.surge_k, k),
        (learned.share_n, learned.surge_n, n),
    ):
        total[row] = held[row] + rest
    for array in (learned.day_n, learned.day_w, learned.surge_k, learned.surge_n, learned.surge_w):
        array[row] = 0.0
    learned.hot_since[row] = NEVER


def _release_withheld(learned: Baselines, over: Mask, usual: Mask) -> None:
    """Forget what was kept back of events that are over; where they come often, learn it."""
    given = over & usual
    for total, held in (
        (learned.level_n, learned.surge_n),
        (learned.level_w, learned.surge_w),
        (learned.share_k, learned.surge_k),
        (learned.share_n, learned.surge_n),
    ):
        total += np.where(given, held, 0.0)
    for held in (learned.surge_k, learned.surge_n, learned.surge_w):
        held[over] = 0.0


def _learn_counts(test: DetectorSpec, learned: Baselines, sums: CumulativeCounts, end: int, frozen: Mask) -> bool:
    """Learn the cell before ``end``; minutes before a series' first one are not its past.

    Returns whether the whole stream stood still, so that nothing was learned.
    """
    ends = np.array([end])
    k, n = (array[:, 0] for array in sums.window(ends, test.cell))
    own = end - test.cell >= learned.since
    usual, portion = _cell_expectation(test, learned, end)
    old = end - test.cell - learned.since > DAY
    for total in (learned.events, learned.held):
        total *= 0.5 ** (test.cell / test.level)
    if is_standstill(test, learned, sums, end, np.where(own, usual, 0.0)):
        # Nothing is known of today any more, so that it is taken to be like other days.
        _add(learned.day_n, np.zeros_like(n), own & old, test.cell / DAY_HALF_LIFE)
        _add(learned.day_w, np.zeros_like(n), own & old, test.cell / DAY_HALF_LIFE)
        return True
    k, n = _winsorise(k, n, usual, expected_share(learned), np.where(old, learned.base_apart[:, 0], 1e9))
    learnt, kept = own & ~frozen, own & frozen
    _add(learned.level_n, n, learnt, test.cell / test.level)
    _add(learned.level_w, portion * test.cell, learnt, test.cell / test.level)
    _add(learned.share_k, k, learnt, test.cell / test.share)
    _add(learned.share_n, n, learnt, test.cell / test.share)
    _add(learned.day_n, n, learnt & old, test.cell / DAY_HALF_LIFE)
    _add(learned.day_w, usual / day_factor(learned), learnt & old, test.cell / DAY_HALF_LIFE)
    learned.held += np.where(kept, test.cell, 0.0)
    event = kept & (end > learned.hot_since)  # What came before it is no part of it.
    for sum_, value in ((learned.surge_k, k), (learned.surge_n, n), (learned.surge_w, portion * test.cell)):
        sum_ += np.where(event, value, 0.0)
    _learn_hours(test, learned, end, n, learnt)
    return False


def _learn_hours(test: DetectorSpec, learned: Baselines, end: int, n: Floats, learnt: Mask) -> None:
    """Learn how busy the hour is beside others."""
    one, other, near = hour_slots(np.array([end - test.cell // 2]), test.time_zone)
    flat = expected_level(learned) * test.cell
    for slot, weight in ((one[0], 1 - near[0]), (other[0], near[0])):
        learned.slot_n[:, slot] += np.where(learnt, n * weight, 0.0)
        learned.slot_w[:, slot] += np.where(learnt, flat * weight, 0.0)


def _cell_expectation(test: DetectorSpec, learned: Baselines, end: int) -> tuple[Floats, Floats]:
    """Return the documents expected of the cell before ``end``, and its part in a day's profile."""
    portion = hour_factor(learned, test, np.array([end - test.cell // 2]))[:, 0]
    return expected_level(learned) * day_factor(learned) * portion * test.cell, portion


def _winsorise(k: Floats, n: Floats, usual: Floats, part: Floats, apart: Floats) -> tuple[Floats, Floats]:
    """Cut documents, and negatives among them, to what is six standard deviations above the expected."""
    most = usual + WINSOR_DEVIATIONS * np.sqrt(usual + apart * usual**2) + 1
    cut = np.minimum(n, most)
    kept = np.where(n > 0, cut / np.maximum(n, 1e-9), 1.0)
    high = cut * part + WINSOR_DEVIATIONS * np.sqrt(cut * part * (1 - part)) + 1
    return np.minimum(k * kept, high), cut


def _add(total: Floats, value: Floats, learnt: Mask, half_lives: float) -> None:
    keep = 0.5**half_lives
    total[:] = np.where(learnt, total * keep + value, total)


def _learn_peaks(test: DetectorSpec, learned: Baselines, end: int, still: bool) -> None:
    counted = end - learned.since > test.warm_up
    if not still:
        learned.days += np.where(counted, test.cell / DAY, 0.0)
    closed = (learned.cluster_from != NEVER) & (end - learned.cluster_from >= test.cluster)
    rows = np.flatnonzero(closed & counted)
    bins = bin_peaks(learned.cluster_peak[rows])
    learned.peaks[rows, bins] += 1.0
    learned.cluster_from[closed] = NEVER
    learned.cluster_peak[closed] = 0.0
