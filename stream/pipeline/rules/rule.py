"""A rule: which series, what is looked for, and the life cycle of its alerts. Times in minutes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from fnmatch import fnmatchcase

import msgspec

from stream.pipeline.detect.hours import zone
from stream.pipeline.detect.spec import DetectorSpec
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.rules.ladder import levels
from stream.pipeline.windows.contribution import ALL, UNREAD

# Behind the name of a rule: its tests of slow and of sparse series. Nobody's rule may have a full stop in its name.
SLOW, SPARSE = ".slow", ".sparse"


def written_name(name: str) -> str:
    """Return what somebody called the rule that a test is of: to whoever routes or silences it, its tests are one.

    >>> written_name("banks.sparse"), written_name("banks")
    ('banks', 'banks')
    """
    return name.partition(".")[0]


class Severity(msgspec.Struct, frozen=True):
    """A step of the ladder: ``name`` from a score of the threshold plus ``above`` on.

    One more is ten times less likely by chance.
    """

    name: str
    above: float = 0.0


class Mute(msgspec.Struct, frozen=True):
    """Hours in which nothing fires: minutes of the day in ``time_zone``, ``first <= m < last``, past midnight too.

    ``days`` are those on which the span begins, Monday 0.
    """

    first: int
    last: int
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    time_zone: str = "UTC"

    def covers(self, minute: int) -> bool:
        """Whether the minute that ends at ``minute`` lies within.

        >>> Mute(22 * 60, 6 * 60, (4,)).covers(2 * 1440 + 60)  # 01:00 on Saturday, 3 January 1970
        True
        """
        local = (EPOCH + timedelta(minutes=minute - 1)).astimezone(zone(self.time_zone))
        at = local.hour * 60 + local.minute
        if self.first < self.last:
            return local.weekday() in self.days and self.first <= at < self.last
        before = (local - timedelta(days=1)).weekday()
        return (at >= self.first and local.weekday() in self.days) or (at < self.last and before in self.days)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A test and the life cycle of its alerts.

    Spans are in minutes. With the defaults an alert is told at once, and one whose score hovers around the threshold is
    one alert.

    Attributes:
        name: of the rule, unique in its file.
        detector: what is looked for.
        series, without: shell patterns of the names that it watches and, of these, leaves out.
        budget: false alarms a month that it may give, over all its series together.
        pending: how long the score must stay over the threshold before it fires.
        keep_firing: how long it must stay under half of it before the alert resolves.
        cooldown: how long after that nothing fires again, unless it is more severe.
        accept: an event that lasts so long is accepted as the new normal; its alert lives longer by the longest window.
        severities: from the mildest up; one more of score is ten times less likely by chance.
        mutes: hours in which nothing fires.
    """

    name: str = "negative-surge"
    detector: DetectorSpec = msgspec.field(default=DetectorSpec(), name="test")
    series: tuple[str, ...] = ("*",)
    without: tuple[str, ...] = ()
    budget: float = 3.0
    pending: int = 0
    keep_firing: int = 15
    cooldown: int = 60
    accept: int = 720
    severities: tuple[Severity, ...] = (Severity("warning"), Severity("critical", 3.0))
    mutes: tuple[Mute, ...] = ()

    def watches(self, series: str) -> bool:
        """Whether ``series`` is one of those that the rule watches.

        That of all entries together only where the rule names it: whatever moves it moves others, too.
        """
        if series.startswith(UNREAD) or (series == ALL and ALL not in self.series):
            return False
        return _matches(series, self.series) and not _matches(series, self.without)

    def muted(self, minute: int) -> bool:
        """Whether nothing may fire at ``minute``."""
        return any(mute.covers(minute) for mute in self.mutes)

    def rank(self, score: float, threshold: float) -> int:
        """Return the severity rank of a score over the threshold: 0 is the mildest."""
        reached = [place for place, step in enumerate(self.severities) if score >= threshold + step.above]
        return max(reached, default=0)

    @property
    def levels(self) -> tuple[int, ...]:
        """How bad each step of the ladder is, on the scale of all rules."""
        return levels([step.name for step in self.severities])

    @property
    def hash(self) -> str:
        """SHA-256 of all of it: equal exactly when two rules decide alike."""
        content = msgspec.to_builtins(self)
        # Rules of a release before these have the hash that they had.
        for name in ("time_zone", "sparse", "limit", "ceiling", "spares"):
            if getattr(self.detector, name) == getattr(DetectorSpec(), name):
                del content["test"][name]
        return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
