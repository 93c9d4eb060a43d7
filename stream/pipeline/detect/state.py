"""What the detector has learned of each series, as arrays with one row per series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_type_hints

import numpy as np
from numpy.typing import NDArray

from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.detect.threshold import BINS, cautious_threshold
from stream.pipeline.units import DAY

Floats = NDArray[np.float64]
Minutes = NDArray[np.int64]
SLOTS = 48  # hours of a working day, then those of a Saturday or Sunday
# What is taken to hold of a series that nobody has heard of yet: its share of negatives, the intra-class correlation of
# its documents, the overdispersion of its counts. A quarter lies within the 10 to 35 % of the simulated series; the
# other two are about twice the noise that these have: the first days are rather quiet than loud.
PRIOR_SHARE, PRIOR_CORRELATION, PRIOR_OVERDISPERSION = 0.25, 0.02, 0.2
# The overdispersion of counts of sparse series in a window of a day; in shorter ones it grows with
# (a day / window)^SPARSE_EXPONENT. On StockNet's tweets it was 1.5 in a day, 4 in 3 h and 14 in 30 min; with two fifths
# of that as many falls were found.
SPARSE_OVERDISPERSION, SPARSE_EXPONENT = 0.6, 0.6
# What levels are drawn towards where series are sparse.
PRIOR_LEVELS = "prior_documents", "prior_exposure"
NEVER = -1  # in place of a minute


@dataclass(frozen=True, slots=True)
class Column:
    """How an array of :class:`Baselines` is kept.

    Attributes:
        stored: its name in stored states; it stays when the attribute gets a better one.
        axes: what it has per series: nothing (one number), hours, windows, bins of peaks, or pending residuals.
        initial: its value for a new series.
        whole: whether it holds minutes, not fractions.
        added: whether states of older releases lack it; they begin with ``initial``.
    """

    stored: str
    axes: Literal["", "hours", "windows", "bins", "pending"] = ""
    initial: float = 0.0
    whole: bool = False
    added: bool = False

    def shape(self, spec: DetectorSpec) -> tuple[int, ...]:
        """Return the shape of what a series has of it."""
        windows = len(spec.windows)
        shapes: dict[str, tuple[int, ...]] = {
            "": (),
            "hours": (SLOTS,),
            "windows": (windows,),
            "bins": (BINS,),
            "pending": (spec.pending, 4, windows),
        }
        return shapes[self.axes]

    def new(self, *shape: int) -> NDArray[Any]:
        """Return an array of new series."""
        return np.full(shape, self.initial, np.int64 if self.whole else np.float64)


@dataclass(slots=True)
class Baselines:
    """What is usual of each series, and how far it strays. Rows are series; ``W`` is the number of windows.

    Sums of documents and minutes are exponentially decayed, each with the half-life of what it serves, unless it is
    said otherwise. An *exposure* is the time or the number of documents against which a sum is held: their ratio is a
    rate. Documents are independent ones.

    Attributes:
        since: the first minute of each series.
        last_heard: the end of the last cell that brought a document of it; NEVER where that is not known yet.
        level_documents, level_exposure: documents, and the minutes that they came in, each weighed by its hour's
            factor; their ratio is the documents a minute of a middling hour.
        prior_documents, prior_exposure: what the level is drawn towards; nothing where each series stands for itself.
        today_documents, today_expected: documents of the last hours, and how many were expected: how busy today is.
        share_negatives, share_documents: their ratio is the share of negatives.
        hour_documents, hour_exposure (48): documents by hour, and how many a flat day would have had.
        hour_negatives (48): the negatives among ``hour_documents``.
        profile (48): the factor of each hour that is in use until the next day; its mean over a week is 1.
        share_profile (48): by how much the odds of a negative are higher in each hour than over the week, until the
            next day; 1 is as usual, and always so of sparse series.
        correlation_numerator, correlation_denominator (W): their ratio is the intra-class correlation: how much
            more alike the sentiments of documents in one window are than by chance.
        overdispersion_numerator, overdispersion_denominator (W): their ratio is the overdispersion of the counts:
            a count of mean m has the variance m + overdispersion m^2.
        pending_residuals (times, 4, W): what the last residuals would add to these four, until it is known that they
            are nothing unusual.
        prior_share, prior_correlation (W), prior_overdispersion (W): what the estimates are drawn towards, from all
            series that learn from one another.
        peaks (bins), observed_days: a histogram of the past peaks of the score, and the days it was counted on.
        cluster_start, cluster_peak: the end of the current cluster's first cell, and its highest score so far.
        unusual_since: since when what comes is too unusual to be learned; NEVER where it is not.
        unusual_at: the last minute that was so.
        withheld_negatives, withheld_documents, withheld_exposure: what has come meanwhile; not decayed.
        unusual_stretches, unusual_minutes: how many such stretches there were, and their minutes.
        missing_documents: documents expected since anything came last on any series; not decayed.
        standstill_end: the end of the last cell in which the whole stream stood still.
        interval_hits, interval_trials: how often a count lay inside its expected interval, of how many.
        threshold: the score from which on an alert fires, in use until the next day.
        slope: by how much the score must rise for it to be passed e times less often.
    """

    since: Annotated[Minutes, Column("since", initial=0, whole=True)]
    last_heard: Annotated[Minutes, Column("seen", initial=NEVER, whole=True, added=True)]
    level_documents: Annotated[Floats, Column("level_n")]
    level_exposure: Annotated[Floats, Column("level_w")]
    prior_documents: Annotated[Floats, Column("base_level_n", added=True)]
    prior_exposure: Annotated[Floats, Column("base_level_w", added=True)]
    today_documents: Annotated[Floats, Column("day_n")]
    today_expected: Annotated[Floats, Column("day_w")]
    share_negatives: Annotated[Floats, Column("share_k")]
    share_documents: Annotated[Floats, Column("share_n")]
    hour_documents: Annotated[Floats, Column("slot_n", axes="hours")]
    hour_exposure: Annotated[Floats, Column("slot_w", axes="hours")]
    hour_negatives: Annotated[Floats, Column("slot_k", axes="hours", added=True)]
    profile: Annotated[Floats, Column("profile", axes="hours", initial=1.0)]
    share_profile: Annotated[Floats, Column("share_profile", axes="hours", initial=1.0, added=True)]
    correlation_numerator: Annotated[Floats, Column("together_a", axes="windows")]
    correlation_denominator: Annotated[Floats, Column("together_b", axes="windows")]
    overdispersion_numerator: Annotated[Floats, Column("apart_a", axes="windows")]
    overdispersion_denominator: Annotated[Floats, Column("apart_b", axes="windows")]
    pending_residuals: Annotated[Floats, Column("waiting", axes="pending")]
    prior_share: Annotated[Floats, Column("base_share", initial=PRIOR_SHARE)]
    prior_correlation: Annotated[Floats, Column("base_together", axes="windows", initial=PRIOR_CORRELATION)]
    prior_overdispersion: Annotated[Floats, Column("base_apart", axes="windows", initial=PRIOR_OVERDISPERSION)]
    peaks: Annotated[Floats, Column("peaks", axes="bins")]
    observed_days: Annotated[Floats, Column("days")]
    cluster_start: Annotated[Minutes, Column("cluster_from", initial=NEVER, whole=True)]
    cluster_peak: Annotated[Floats, Column("cluster_peak")]
    unusual_since: Annotated[Minutes, Column("hot_since", initial=NEVER, whole=True)]
    unusual_at: Annotated[Minutes, Column("hot_at", initial=NEVER, whole=True)]
    withheld_negatives: Annotated[Floats, Column("surge_k")]
    withheld_documents: Annotated[Floats, Column("surge_n")]
    withheld_exposure: Annotated[Floats, Column("surge_w")]
    unusual_stretches: Annotated[Floats, Column("events", added=True)]
    unusual_minutes: Annotated[Floats, Column("held", added=True)]
    missing_documents: Annotated[Floats, Column("missed", added=True)]
    standstill_end: Annotated[Minutes, Column("hushed_at", initial=NEVER, whole=True, added=True)]
    interval_hits: Annotated[Floats, Column("inside")]
    interval_trials: Annotated[Floats, Column("looked")]
    threshold: Annotated[Floats, Column("threshold")]
    slope: Annotated[Floats, Column("slope")]

    def __len__(self) -> int:
        return len(self.since)

    def copy(self) -> Baselines:
        """Return arrays of its own, so that the caller's stay as they are."""
        return Baselines(**{name: getattr(self, name).copy() for name in COLUMNS})


COLUMNS: dict[str, Column] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(Baselines, include_extras=True).items()
}


def new_baselines(spec: DetectorSpec, series: int, since: int) -> Baselines:
    """Return what is known of ``series`` new series whose first minute is ``since``: nothing but priors."""
    baselines = Baselines(**{name: column.new(series, *column.shape(spec)) for name, column in COLUMNS.items()})
    baselines.since[:] = since
    if spec.sparse:
        baselines.prior_overdispersion[:] = sparse_overdispersion(spec)
    return baselines


def sparse_overdispersion(spec: DetectorSpec) -> Floats:
    """Return the overdispersion of counts of each window that is taken to hold of sparse series."""
    return np.array([SPARSE_OVERDISPERSION * (DAY / window) ** SPARSE_EXPONENT for window in spec.windows])


def append_rows(baselines: Baselines, more: Baselines) -> Baselines:
    """Return the rows of both."""
    return Baselines(**{name: np.concatenate([getattr(baselines, name), getattr(more, name)]) for name in COLUMNS})


def select_rows(baselines: Baselines, rows: NDArray[np.int64] | int) -> Baselines:
    """Return a copy of some rows, or of one."""
    index = np.atleast_1d(rows)
    return Baselines(**{name: getattr(baselines, name)[index] for name in COLUMNS})


def forget_share_hours(baselines: Baselines, rows: int | slice) -> None:
    """Take the share of negatives to be the same in each hour of ``rows``, in place."""
    share = baselines.share_negatives[rows] / np.maximum(baselines.share_documents[rows], 1e-9)
    baselines.hour_negatives[rows] = baselines.hour_documents[rows] * np.asarray(share)[..., None]
    baselines.share_profile[rows] = 1.0


def inherit(spec: DetectorSpec, more: Baselines, baselines: Baselines, series: int, per_month: float) -> None:
    """Give new rows, ``more``, what the series before them have in common, and the threshold of those without a past.

    Args:
        spec: what is looked for.
        more: changed in place.
        baselines: of the series before them.
        series: how many there are with the new ones.
        per_month: false alarms that all of these together may give.
    """
    for name in ("prior_share", "prior_correlation", "prior_overdispersion", "profile", "share_profile", *PRIOR_LEVELS):
        if len(baselines):
            getattr(more, name)[:] = getattr(baselines, name).mean(axis=0)
    if spec.sparse and len(
        baselines
    ):  # A name that is new is no reason to be deaf to it: it has the others' threshold.
        more.threshold[:] = float(baselines.threshold.mean())
    else:
        cautious = cautious_threshold(series, per_month, spec.sparse)
        more.threshold[:] = max(cautious, float(baselines.threshold.max(initial=0.0)))
    more.slope[:] = float(baselines.slope.mean()) if len(baselines) else 0.0
