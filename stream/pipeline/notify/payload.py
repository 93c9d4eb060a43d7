"""The notification that receivers get, as JSON: versioned and documented by its schema; :mod:`compose` fills it.

The fields of ``data`` beside ``members`` are those of one alert, the head of its event: the open one that says most
exactly whom it is about. Only ``severity`` and ``level`` are those of the worst open alert. All alerts of the event
that the receiver is told of stand in ``members``, the head first. The texts of the evidence are verbatim and may hold
anything: escape them where they are shown. The names of these classes stand in the JSON Schema, so they are part of the
interface.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from stream.pipeline.rules import WARNING

VERSION = 1
VOLUME = "volume"  # the kind of rule that counts documents, whatever they say
NotificationType = Literal["alert.firing", "alert.updated", "alert.resolved", "alert.test"]
RESOLVED: NotificationType = "alert.resolved"
StatusName = Literal["firing", "acknowledged", "resolved"]


class Brief(msgspec.Struct, frozen=True):
    """A document of the evidence; ``negative`` is p(negative). An address of over 1,000 characters is left out.

    ``title`` is there where the document came with one; ``text`` begins with it.

    Of an entry's series ``negative`` is what is said of the entry; ``negative_of_text`` is there where that differs
    from what the whole text says.
    """

    id: str
    source: str
    published_at: datetime
    text: str
    truncated: bool
    url: str | None
    negative: float
    negative_of_text: float | msgspec.UnsetType = msgspec.UNSET
    title: str | msgspec.UnsetType = msgspec.UNSET


class Before(msgspec.Struct, frozen=True):
    """What was counted of the series in so many ``days`` before the window, of a name that is new or was silent.

    ``last`` is the minute of the last document, None where there was none; ``evidence`` are the last negative ones, the
    newest first.
    """

    days: int
    documents: int
    negatives: int
    last: datetime | None
    evidence: tuple[Brief, ...]


class Member(msgspec.Struct, frozen=True):
    """One alert of the group; ``observed`` and ``expected`` are documents for the kind "volume", else negatives.

    ``observed_at`` is the minute of its latest step, at which they were counted. ``level`` is how bad ``severity`` is.
    """

    alert_id: str
    series: str
    rule: str
    kind: str
    severity: str
    status: StatusName
    fired_at: datetime
    resolved_at: datetime | None
    observed: float | None
    expected: float | None
    observed_at: datetime | None = None
    window_minutes: int = 0
    level: int | None = None


class Observed(msgspec.Struct, frozen=True):
    """Independent documents in the window, and the negative ones among them."""

    documents: float
    negatives: float


class Expected(msgspec.Struct, frozen=True):
    """Negatives expected among as many documents, the share behind it (0 to 1), and the interval of the expectation."""

    negatives: float
    share: float
    low: float
    high: float


class Usual(msgspec.Struct, frozen=True):
    """Negatives that are usual at this time, however many documents there are, and documents."""

    negatives: float
    documents: float


class Height(msgspec.Struct, frozen=True):
    """What was counted at minute ``at``, the worst at which an alert that is over has fired or risen."""

    at: datetime
    window_minutes: int
    observed: Observed
    expected: Expected
    usual: Usual


class Links(msgspec.Struct, frozen=True):
    """Where to look; None where no dashboard is configured."""

    dashboard: str | None


class Data(msgspec.Struct, frozen=True):
    """The head of an event, and the alerts that belong to it, ``members``, the head first among them.

    ``changes`` are the steps that this notification tells of, ``alert id/step``; ``repeat`` counts reminders of what
    nobody has acknowledged; ``members_total`` counts members that did not fit, too, and
    ``series_total`` their different series. ``severity`` is that of the worst
    open member, and ``level`` how bad that is, whatever it is called: info 10, warning 20, critical 30, others where
    the rule has them. ``unannounced`` stands in a message of type ``alert.resolved`` that is the first one this
    receiver gets of the group: it tells of the beginning, ``fired_at``, and of the end. ``earlier`` stands where the
    series of the head was new or silent. ``height`` stands where the head is over: what was counted then is calm.
    ``members_acknowledged`` counts the open members that people, ``acknowledgers``, have acknowledged; what joins an
    event later has not been. ``acknowledged_by`` is that of the head. ``observed_at`` is the minute of the head's
    latest step, at which ``observed``, ``expected``, ``usual`` and ``score`` were counted: ``timestamp`` may be later.
    """

    alert_id: str
    group_id: str
    rule: str
    kind: str
    series: str
    severity: str
    status: StatusName
    fired_at: datetime
    resolved_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    window_minutes: int
    observed: Observed
    expected: Expected
    usual: Usual
    score: float
    threshold: float
    detail: str
    evidence: tuple[Brief, ...]
    members: tuple[Member, ...]
    members_total: int
    members_open: int
    changes: tuple[str, ...]
    repeat: int
    links: Links
    level: int = WARNING
    unannounced: bool = False
    earlier: Before | msgspec.UnsetType = msgspec.UNSET
    height: Height | msgspec.UnsetType = msgspec.UNSET
    members_acknowledged: int = 0
    acknowledgers: tuple[str, ...] = ()
    observed_at: datetime | None = None
    series_total: int = 0


class Notification(msgspec.Struct, frozen=True):
    """What is posted. ``timestamp`` is the event time of the change, or the wall clock of what a person did."""

    type: NotificationType
    version: int
    timestamp: datetime
    data: Data


def decode(content: bytes) -> Notification:
    """Read what :func:`encode` made."""
    return msgspec.json.decode(content, type=Notification)
