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
    hour_factor,
    hour_slots,
    share_at,
    window_factor,
)
from stream.pipeline.detect.residuals import learn_residuals
from stream.pipeline.detect.score import WindowScores
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.standstill import is_standstill
from stream.pipeline.detect.state import NEVER, Baselines, forget_share_hours, select_rows
from stream.pipeline.detect.threshold import LOWEST, bin_peaks
from stream.pipeline.units import DAY

Floats = NDArray[np.float64]
Ends = NDArray[np.int64]
Mask = NDArray[np.bool_]
# A score from which on a window is not learned from, in -log10 of its chance. With 4, and the 12 hours below, the
# budget held within a factor of two on simulated months whose history had surges in it. A lower one would learn less of
# the noise than there is, a higher one more of the surges.
UNUSUAL_SCORE = 4.0
# Minutes after which that ends, where no alert is on: what lasts half a day is how things are now.
FREEZE_MINUTES = 720
# Stretches that are too unusual. So many within the memory of the level, and together longer than FREEZE_MINUTES, are
# no exception any more. Tried on traffic that alternates by the hour between all and no negatives: with three, two
# surges a day would be such traffic.
RECURRENCES = 4.0
# A score below which no cluster begins; the histogram of peaks begins there. Lower ones say nothing about a threshold.
LEAST_PEAK = LOWEST
# Standard deviations beyond which a count is cut before it is learned: noise hardly reaches so far, and one burst that
# is learned after all does not move the level by much. Tried on simulated months.
WINSOR_DEVIATIONS = 6.0
# Half-life, in minutes, of how busy today is. Six hours follow a morning that is busier than others, and have forgotten
# most of it by the next.
DAY_HALF_LIFE = 360


def note_scores(spec: DetectorSpec, baselines: Baselines, scores: WindowScores, fired: Ends) -> None:
    """Remember the scores of a few minutes: the cluster's peak, and whether they are too unusual to learn from.

    Args:
        spec: what is looked for.
        baselines: changed in place.
        scores: of minutes of one cell.
        fired: when the alert began that was on after each minute, series by minutes; NEVER where none was.
    """
    # Minutes between which no alert began or ended give together what they give one by one.
    changes = (fired != fired[:, :1]).any()
    parts = [slice(at, at + 1) for at in range(len(scores.ends))] if changes else [slice(None)]
    for columns in parts:
        # What is too few for an alert is no peak that the threshold has to stand.
        best = np.where(scores.supported[:, columns], scores.score[:, columns], 0.0).max(axis=1)
        _note(spec, baselines, scores.ends[columns], best, scores.highest[:, columns], fired[:, columns][:, 0])


def _note(spec: DetectorSpec, baselines: Baselines, ends: Ends, best: Floats, highest: Floats, fired: Ends) -> None:
    cell_end = -(-int(ends[-1]) // spec.cell) * spec.cell
    opens = (baselines.cluster_start == NEVER) & (best >= LEAST_PEAK)
    baselines.cluster_start[opens] = cell_end
    np.maximum(
        baselines.cluster_peak, np.where(baselines.cluster_start != NEVER, best, 0.0), out=baselines.cluster_peak
    )
    unusual = (highest >= UNUSUAL_SCORE) | (fired != NEVER)[:, None]
    any_unusual = unusual.any(axis=1)
    first, last = unusual.argmax(axis=1), unusual.shape[1] - 1 - unusual[:, ::-1].argmax(axis=1)
    begins = any_unusual & (baselines.unusual_since == NEVER)
    # An alert begins its own stretch, so that its life is counted from when it fired.
    again = ~begins & (fired > baselines.unusual_since)
    baselines.unusual_stretches += begins | (again & (fired - baselines.unusual_since > spec.lag))
    _release_withheld(baselines, again, recurring(baselines))
    baselines.unusual_since[:] = np.where(begins, ends[first], np.where(again, fired, baselines.unusual_since))
    baselines.unusual_at[:] = np.where(any_unusual, ends[last], baselines.unusual_at)


def learn_cell(
    spec: DetectorSpec,
    baselines: Baselines,
    sums: CumulativeCounts,
    scores: WindowScores,
    accept_after: int,
    fired: Ends,
) -> None:
    """Learn at the end of a cell, ``scored.ends[-1]``: from the cell that has just left every window.

    Args:
        spec: what is looked for.
        baselines: changed in place.
        sums: of the counts.
        scores: up to the end of the cell.
        accept_after: minutes after which an alert is the new normal.
        fired: when the alert that is on began, by series; NEVER where none is.
    """
    end = int(scores.ends[-1])
    came = sums.window(np.array([end]), spec.cell)[1][:, 0] > 0
    baselines.last_heard[came | (baselines.last_heard == NEVER)] = end
    cooled = (baselines.unusual_since != NEVER) & (end - baselines.unusual_at > spec.lag)
    usual = recurring(baselines)
    _release_withheld(baselines, cooled | (usual & (fired == NEVER)), usual)
    baselines.unusual_since[cooled] = NEVER
    # An alert may outlive its event by the longest window, and a cell is learned when it has left that window, too.
    longest = max(FREEZE_MINUTES, accept_after) + 2 * spec.lag
    frozen = (baselines.unusual_since != NEVER) & (end - baselines.unusual_since <= longest)
    # What is usual is learned as it comes, but never while an alert is on.
    frozen &= ~usual | (fired != NEVER)
    learn_residuals(spec, baselines, scores, usual)
    still = _learn_counts(spec, baselines, sums, end - spec.lag, frozen)
    _learn_peaks(spec, baselines, end, still)


def recurring(baselines: Baselines) -> Mask:
    """Return the series in which what is unusual comes so often that it is none."""
    return np.asarray((baselines.unusual_stretches >= RECURRENCES) & (baselines.unusual_minutes >= FREEZE_MINUTES))


def accept_as_usual(spec: DetectorSpec, baselines: Baselines, sums: CumulativeCounts, row: int, end: int) -> None:
    """Make what came in a series during the alert that is on at ``end`` the new normal."""
    # Its latest cells have not left the windows yet.
    since = max((end - 1) // spec.cell * spec.cell - spec.lag, int(baselines.unusual_since[row]))
    minutes = np.array([end])
    k, n = (float(array[row, 0]) for array in sums.window(minutes, end - since))
    weight = float(window_factor(select_rows(baselines, row), spec, minutes, end - since)[0, 0]) * (end - since)
    for total, withheld, rest in (
        (baselines.level_documents, baselines.withheld_documents, n),
        (baselines.level_exposure, baselines.withheld_exposure, weight),
        (baselines.share_negatives, baselines.withheld_negatives, k),
        (baselines.share_documents, baselines.withheld_documents, n),
    ):
        total[row] = withheld[row] + rest
    forget_share_hours(baselines, row)  # of this normal none are known
    for array in (
        baselines.today_documents,
        baselines.today_expected,
        baselines.withheld_negatives,
        baselines.withheld_documents,
        baselines.withheld_exposure,
    ):
        array[row] = 0.0
    baselines.unusual_since[row] = NEVER


def _release_withheld(baselines: Baselines, over: Mask, usual: Mask) -> None:
    """Forget what was kept back of events that are over; where they come often, learn it."""
    released = over & usual
    for total, withheld in (
        (baselines.level_documents, baselines.withheld_documents),
        (baselines.level_exposure, baselines.withheld_exposure),
        (baselines.share_negatives, baselines.withheld_negatives),
        (baselines.share_documents, baselines.withheld_documents),
    ):
        total += np.where(released, withheld, 0.0)
    for withheld in (baselines.withheld_negatives, baselines.withheld_documents, baselines.withheld_exposure):
        withheld[over] = 0.0


def _learn_counts(spec: DetectorSpec, baselines: Baselines, sums: CumulativeCounts, end: int, frozen: Mask) -> bool:
    """Learn the cell before ``end``; minutes before a series' first one are not its past.

    Returns whether the whole stream stood still, so that nothing was learned.
    """
    ends = np.array([end])
    k, n = (array[:, 0] for array in sums.window(ends, spec.cell))
    own = end - spec.cell >= baselines.since
    usual, factor = _cell_expectation(spec, baselines, end)
    old = end - spec.cell - baselines.since > DAY
    for total in (baselines.unusual_stretches, baselines.unusual_minutes):
        total *= 0.5 ** (spec.cell / spec.level)
    if is_standstill(spec, baselines, sums, end, np.where(own, usual, 0.0)):
        # Nothing is known of today any more, so that it is taken to be like other days.
        _learn_today(spec, baselines, np.zeros_like(n), np.zeros_like(n), own & old)
        return True
    share = share_at(baselines, spec, np.array([end - spec.cell // 2]))[:, 0]
    k, n = _winsorise(k, n, usual, share, np.where(old, baselines.prior_overdispersion[:, 0], 1e9))
    learnt, withheld = own & ~frozen, own & frozen
    exposure = factor * spec.cell
    _add(baselines.level_documents, n, learnt, spec.cell / spec.level)
    _add(baselines.level_exposure, exposure, learnt, spec.cell / spec.level)
    _add(baselines.share_negatives, k, learnt, spec.cell / spec.share)
    _add(baselines.share_documents, n, learnt, spec.cell / spec.share)
    _learn_today(spec, baselines, n, usual, learnt & old)
    _withhold(spec, baselines, (k, n, exposure), withheld, end)
    _learn_hours(spec, baselines, end, (k, n), learnt)
    return False


def _learn_today(spec: DetectorSpec, baselines: Baselines, n: Floats, usual: Floats, learnt: Mask) -> None:
    """Learn how busy today is: documents beside those of a usual day, ``usual`` being what was expected of this one."""
    flat = usual / day_factor(baselines)  # By the day factor that ``usual`` has, before today learns of the cell.
    _add(baselines.today_documents, n, learnt, spec.cell / DAY_HALF_LIFE)
    _add(baselines.today_expected, flat, learnt, spec.cell / DAY_HALF_LIFE)


def _withhold(
    spec: DetectorSpec, baselines: Baselines, cell: tuple[Floats, Floats, Floats], withheld: Mask, end: int
) -> None:
    """Keep negatives, documents and exposure of a cell apart that is too unusual to be learned."""
    baselines.unusual_minutes += np.where(withheld, spec.cell, 0.0)
    event = withheld & (end > baselines.unusual_since)  # What came before it is no part of it.
    totals = baselines.withheld_negatives, baselines.withheld_documents, baselines.withheld_exposure
    for total, value in zip(totals, cell, strict=True):
        total += np.where(event, value, 0.0)


def _learn_hours(spec: DetectorSpec, baselines: Baselines, end: int, cell: tuple[Floats, Floats], learnt: Mask) -> None:
    """Learn how busy the hour is beside others, and how many of its documents are negative."""
    k, n = cell
    one, other, near = hour_slots(np.array([end - spec.cell // 2]), spec.time_zone)
    flat = expected_level(baselines) * spec.cell
    for slot, weight in ((one[0], 1 - near[0]), (other[0], near[0])):
        baselines.hour_negatives[:, slot] += np.where(learnt, k * weight, 0.0)
        baselines.hour_documents[:, slot] += np.where(learnt, n * weight, 0.0)
        baselines.hour_exposure[:, slot] += np.where(learnt, flat * weight, 0.0)


def _cell_expectation(spec: DetectorSpec, baselines: Baselines, end: int) -> tuple[Floats, Floats]:
    """Return the documents expected of the cell before ``end``, and the factor of its hour."""
    factor = hour_factor(baselines, spec, np.array([end - spec.cell // 2]))[:, 0]
    return expected_level(baselines) * day_factor(baselines) * factor * spec.cell, factor


def _winsorise(k: Floats, n: Floats, usual: Floats, share: Floats, overdispersion: Floats) -> tuple[Floats, Floats]:
    """Cut ``n`` documents, and the ``k`` negatives among them, to WINSOR_DEVIATIONS above what was expected."""
    most = usual + WINSOR_DEVIATIONS * np.sqrt(usual + overdispersion * usual**2) + 1
    cut = np.minimum(n, most)
    left = np.where(n > 0, cut / np.maximum(n, 1e-9), 1.0)
    high = cut * share + WINSOR_DEVIATIONS * np.sqrt(cut * share * (1 - share)) + 1
    return np.minimum(k * left, high), cut


def _add(total: Floats, value: Floats, learnt: Mask, half_lives: float) -> None:
    keep = 0.5**half_lives
    total[:] = np.where(learnt, total * keep + value, total)


def _learn_peaks(spec: DetectorSpec, baselines: Baselines, end: int, still: bool) -> None:
    counted = end - baselines.since > spec.warm_up
    if not still:
        baselines.observed_days += np.where(counted, spec.cell / DAY, 0.0)
    closed = (baselines.cluster_start != NEVER) & (end - baselines.cluster_start >= spec.cluster)
    # As with decisions: while nothing is known of a series every count is a surprise.
    known = baselines.cluster_start - max(spec.windows) - baselines.since >= spec.warm_up
    rows = np.flatnonzero(closed & counted & known)
    bins = bin_peaks(baselines.cluster_peak[rows])
    baselines.peaks[rows, bins] += 1.0
    baselines.cluster_start[closed] = NEVER
    baselines.cluster_peak[closed] = 0.0
