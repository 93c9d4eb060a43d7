"""The notification that receivers get, as JSON: versioned, documented by its schema, under 20 kB whatever came in.

The fields of ``data`` beside ``members`` are those of one alert, the most severe that is open; of a group, all alerts
that the receiver is told of stand in ``members``. The texts of the evidence are verbatim and may hold anything: escape
them where they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from stream.pipeline.detect import Observation
from stream.pipeline.notify.model import Alert, AlertSnapshot, Status
from stream.pipeline.rules import WARNING
from stream.pipeline.windows.evidence import Evidence

VERSION = 1
MAX_EVIDENCE, MAX_CHARACTERS, MAX_BYTES = 5, 500, 20_000
MAX_MEMBERS, MAX_NAME, MAX_URL, MAX_DETAIL, MAX_STEPS = 50, 300, 1000, 500, 20
VOLUME = "volume"  # the kind of rule that counts documents, whatever they say
Type = Literal["alert.firing", "alert.updated", "alert.resolved", "alert.test"]
Standing = Literal["firing", "acknowledged", "resolved"]


class Brief(msgspec.Struct, frozen=True):
    """A document of the evidence; ``negative`` is p(negative). An address of over 1,000 characters is left out."""

    id: str
    source: str
    published_at: datetime
    text: str
    truncated: bool
    url: str | None
    negative: float


class Member(msgspec.Struct, frozen=True):
    """One alert of the group; ``observed`` and ``expected`` are documents for the kind "volume", else negatives."""

    alert_id: str
    series: str
    rule: str
    kind: str
    severity: str
    status: Standing
    fired_at: datetime
    resolved_at: datetime | None
    observed: float | None
    expected: float | None


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


class Links(msgspec.Struct, frozen=True):
    """Where to look; None where no dashboard is configured."""

    dashboard: str | None


class Data(msgspec.Struct, frozen=True):
    """The alert, and the group it belongs to.

    ``changes`` are the steps that this notification tells of, ``alert id/step``; ``repeat`` counts reminders of what
    nobody has acknowledged; ``members_total`` counts members that did not fit, too. ``level`` is how bad ``severity``
    is, whatever it is called: info 10, warning 20, critical 30, others where the rule has them.
    """

    alert_id: str
    group_id: str
    rule: str
    kind: str
    series: str
    severity: str
    status: Standing
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


class Notification(msgspec.Struct, frozen=True):
    """What is posted. ``timestamp`` is the event time of the change, or the wall clock of what a person did."""

    type: Type
    version: int
    timestamp: datetime
    data: Data


class Occasion(msgspec.Struct, frozen=True):
    """What a notification is made on: its type, time, the steps it tells of, and how often it repeats."""

    type: Type
    at: datetime
    changes: tuple[str, ...] = ()
    repeat: int = 0


def leader(members: Sequence[AlertSnapshot]) -> AlertSnapshot:
    """Return the member that stands for the group: open before resolved, the most severe, the first that fired."""
    return min(members, key=lambda one: (not one.alert.open, -one.alert.level, one.alert.fired_at, one.alert.id))


def encode(occasion: Occasion, members: Sequence[AlertSnapshot], dashboard: str | None) -> bytes:
    """Return the notification as JSON, with as much of the evidence and the members as fits in 20 kB."""
    lead = leader(members)
    ordered = sorted(members, key=lambda one: (one.alert.id != lead.alert.id, one.alert.fired_at, one.alert.id))
    sizes = [(MAX_EVIDENCE, MAX_MEMBERS), (3, MAX_MEMBERS), (3, 25), (1, 25), (1, 10), (0, 10), (0, 1)]
    for evidence, kept in sizes:
        data = _data(occasion, lead, ordered, (evidence, kept), dashboard)
        content = msgspec.json.encode(Notification(occasion.type, VERSION, occasion.at, data))
        if len(content) < MAX_BYTES:
            return content
    raise AssertionError("unreachable: every text of the last one is bounded")


def trial(now: datetime, receiver: str, dashboard: str | None) -> bytes:
    """Return the notification of type ``alert.test``: of no alert, to see whether it arrives and how it looks."""
    minute = int(now.timestamp()) // 60
    text = "This is a test of Bellwether's notifications. Nothing has happened."
    seen = Observation("topic:Test", minute, 15, 40, 30, 0.25, 3.1, 12.0, 4.0, 5.0, 15.0)
    alert = Alert("test", "test", seen.series, Status.FIRING, now, group_id="test", receivers=(receiver,))
    evidence = Evidence("test", "bellwether", now, text, 0.9, url="https://example.com/")
    return encode(Occasion("alert.test", now), [AlertSnapshot(alert, seen, (evidence,), detail=text)], dashboard)


def decode(content: bytes) -> Notification:
    """Read what :func:`encode` made."""
    return msgspec.json.decode(content, type=Notification)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a notification."""
    made = msgspec.json.schema(Notification)
    title = f"Bellwether notification, version {VERSION}"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **made}


def _data(
    occasion: Occasion,
    lead: AlertSnapshot,
    members: Sequence[AlertSnapshot],
    sizes: tuple[int, int],
    dashboard: str | None,
) -> Data:
    alert, seen = lead.alert, lead.seen
    return Data(
        alert_id=alert.id,
        group_id=alert.group_id,
        rule=_cut(alert.rule),
        kind=_cut(alert.kind),
        series=_cut(alert.series),
        severity=_cut(alert.severity),
        status=_standing(alert),
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=_cut(alert.acknowledged_by) if alert.acknowledged_by else None,
        window_minutes=seen.window if seen else 0,
        observed=Observed(seen.documents, seen.negatives) if seen else Observed(0, 0),
        expected=Expected(round(seen.expected_negatives, 6), seen.expected_share, seen.expected_low, seen.expected_high)
        if seen
        else Expected(0, 0, 0, 0),
        usual=Usual(seen.usual_negatives, seen.usual_documents) if seen else Usual(0, 0),
        score=seen.score if seen else 0,
        threshold=seen.threshold if seen else 0,
        detail=lead.detail[:MAX_DETAIL],
        evidence=tuple(_brief(item) for item in lead.evidence[: sizes[0]]),
        members=tuple(_member(member) for member in members[: sizes[1]]),
        members_total=len(members),
        members_open=sum(member.alert.open for member in members),
        changes=tuple(_cut(step) for step in occasion.changes[:MAX_STEPS]),
        repeat=occasion.repeat,
        links=Links(dashboard),
        level=alert.level,
    )


def _member(member: AlertSnapshot) -> Member:
    alert, seen = member.alert, member.seen
    observed = expected = None
    if seen is not None and alert.kind == VOLUME:
        observed, expected = seen.documents, seen.usual_documents
    elif seen is not None:
        observed, expected = seen.negatives, round(seen.expected_negatives, 6)
    return Member(
        alert.id,
        _cut(alert.series),
        _cut(alert.rule),
        _cut(alert.kind),
        _cut(alert.severity),
        _standing(alert),
        alert.fired_at,
        alert.resolved_at,
        observed,
        expected,
    )


def _standing(alert: Alert) -> Standing:
    return alert.status.value


def _brief(item: Evidence) -> Brief:
    return Brief(
        id=_cut(item.id),
        source=_cut(item.source),
        published_at=item.published_at,
        text=item.text[:MAX_CHARACTERS],
        truncated=item.truncated or len(item.text) > MAX_CHARACTERS,
        url=item.url if item.url is not None and len(item.url) <= MAX_URL else None,
        negative=item.negative,
    )


def _cut(text: str) -> str:
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"
