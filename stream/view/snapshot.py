"""What the live view shows, as values: no clock and no store is asked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from stream.pipeline.detect import Observation
from stream.pipeline.notify import Alert, DeliveryState
from stream.pipeline.notify.config import TOPIC_NAME
from stream.pipeline.notify.retries import NOT_SENT
from stream.pipeline.rules import Decision, Reason
from stream.pipeline.windows.evidence import Evidence

CELLS, CELL_MINUTES = 24, 30
BARS = " ▁▂▃▄▅▆▇█"
# A bar is full at so many negatives at least: a series with two of them all night is no skyline.
SPARK_FLOOR = 8
# The alert of a series that resolves is still open.
OPEN = frozenset({Reason.FIRING, Reason.KEEP_FIRING, Reason.ESCALATED, Reason.RESOLVING})
MAX_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One series. Counts are of the hour before the watermark, and but for ``documents`` independent ones.

    ``cells`` are negatives per half hour, oldest first; ``seen`` and ``state`` are the latest decision, if any.
    """

    series: str
    documents: int = 0
    independent: float = 0
    negatives: float = 0
    cells: tuple[float, ...] = (0,) * CELLS
    seen: Observation | None = None
    state: Reason | None = None

    @property
    def negative_share(self) -> float | None:
        """Negative among independent documents, 0 to 1; None where there is none: that is no "0 %"."""
        return self.negatives / self.independent if self.independent else None


@dataclass(frozen=True, slots=True)
class ReceiverRow:
    """How the notifications of one alert stand at one receiver; ``error`` is the last one of what is not delivered.

    ``next_at`` is when the next of them is due; None with an error is given up. ``total`` counts those that were to be
    sent; with 0 all of them were no news any more.
    """

    receiver: str
    delivered: int
    total: int
    error: str | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert; ``seen`` is the observation on which it fired, ``evidence`` the documents that prove it."""

    alert: Alert
    seen: Observation | None = None
    deliveries: tuple[DeliveryState, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def firing(self) -> bool:
        """Whether it is open."""
        return self.alert.open

    @property
    def receivers(self) -> list[ReceiverRow]:
        """The deliveries summed up, those in trouble first, and the topic of all alerts last: nobody reads it live."""
        items = [item for item in self.deliveries if not is_unsent(item)]
        names = dict.fromkeys(item.receiver for item in self.deliveries)
        states = [_receiver(name, [item for item in items if item.receiver == name]) for name in names]
        return sorted(states, key=lambda state: (state.error is None, state.receiver == TOPIC_NAME, state.receiver))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A running stream at wall clock ``now``; None is "not known".

    ``watermark`` is the event time up to which minutes are decided on. ``rate`` is documents per second over the last
    ten, ``documents`` how many were counted since the stream began, ``lag`` records that wait. ``late`` is how many
    documents came too late to count, of the twelve hours shown, and ``late_before`` of all the time before them;
    ``dead_letters`` how many records could not be read. ``unread`` has, by language, how many documents of the twelve
    hours are in one that the model does not read; they are not counted.

    ``problems`` say what cannot be seen, and why: a store or the broker that does not answer, a stage or a partition
    that stands still. As long as there is one, no alert says nothing. Pace and lag are then perhaps not known, and
    series and alerts are as they were. ``notes`` are to be looked at, and hide nothing.
    """

    now: datetime
    watermark: datetime | None = None
    rate: float | None = None
    lag: int | None = None
    documents: int | None = None
    series: tuple[SeriesRow, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    late: int | None = None
    dead_letters: int | None = None
    late_before: int | None = None
    unread: Mapping[str, int] = field(default_factory=dict)


def is_unsent(item: DeliveryState) -> bool:
    """Whether a delivery was left out, since it was no news any more: that is no trouble of its receiver's."""
    return item.delivered_at is None and item.next_at is None and (item.error or "").startswith(NOT_SENT)


def sparkline(values: Iterable[float]) -> str:
    """Return one bar per value: blank for 0 and full for the largest, or for SPARK_FLOOR when none is as large.

    >>> sparkline([0, 1, 4, 16])
    ' ▁▂█'
    """
    counts = [max(0, value) for value in values]
    top, steps = max([SPARK_FLOOR, *counts]), len(BARS) - 1
    # Rounded up, so that one is never drawn as none.
    return "".join(BARS[ceil(value * steps / top)] for value in counts)


def loudest(latest: Iterable[Decision]) -> dict[str, Decision]:
    """Return, of the decisions of all rules, the one that counts most on each series.

    An open alert's comes first, then the score that is highest beside its threshold.
    """
    found: dict[str, Decision] = {}
    for decision in sorted(latest, key=_loudness):
        found[decision.observation.series] = decision
    return found


def ordered(rows: Sequence[SeriesRow]) -> list[SeriesRow]:
    """Return series with an open alert first, then the most unusual, those that cannot be decided on last."""
    return sorted(rows, key=lambda row: (*_usualness(row), row.series.casefold(), row.series))


def ordered_alerts(rows: Sequence[AlertRow]) -> list[AlertRow]:
    """Return firing alerts first, the newest event of each kind before older ones, its head first."""
    newest: dict[str, datetime] = {}
    for row in rows:
        newest[_group(row)] = max(row.alert.fired_at, newest.get(_group(row), row.alert.fired_at))
    by_head = sorted(rows, key=lambda row: (not row.alert.heads, -row.alert.level, row.alert.fired_at, row.alert.id))
    by_group = sorted(by_head, key=lambda row: (newest[_group(row)], _group(row)), reverse=True)
    return sorted(by_group, key=lambda row: not row.firing)


def clean(text: str) -> str:
    """Return text of unknown origin in one line of at most 300 characters that cannot steer a terminal.

    Line breaks, escapes and direction marks become spaces.

    >>> clean("503" + chr(27) + "[2J" + chr(10) + "Busy")
    '503 [2J Busy'
    """
    printable = "".join(char if char.isprintable() else " " for char in text[: MAX_CHARACTERS + 1])
    return printable if len(printable) <= MAX_CHARACTERS else printable[: MAX_CHARACTERS - 1] + "…"


def _loudness(decision: Decision) -> tuple[bool, float]:
    seen = decision.observation
    return decision.reason in OPEN, seen.score / seen.threshold if seen.threshold else 0.0


def _usualness(row: SeriesRow) -> tuple[bool, bool, float]:
    seen, doubtful = row.seen, row.state in (Reason.TOO_FEW, Reason.WARMING_UP, None)
    ratio = seen.score / seen.threshold if seen and seen.threshold else 0.0
    # In tenths, so that rows do not change places with every document.
    return row.state not in OPEN, doubtful, -round(ratio, 1)


def _group(row: AlertRow) -> str:
    return row.alert.group_id or row.alert.id


def _receiver(name: str, deliveries: Sequence[DeliveryState]) -> ReceiverRow:
    waiting = [item for item in deliveries if item.delivered_at is None]
    error = next((item.error for item in reversed(waiting) if item.error), None)
    due = min((item.next_at for item in waiting if item.next_at), default=None)
    return ReceiverRow(name, len(deliveries) - len(waiting), len(deliveries), error, due)
