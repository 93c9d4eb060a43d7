"""From the alerts of a group to the notification that tells of them: JSON under 20 kB, however long its texts are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from stream.pipeline.detect import Observation
from stream.pipeline.notify.grouping import head_of
from stream.pipeline.notify.model import Alert, AlertSnapshot, moment_of
from stream.pipeline.notify.payload import (
    VERSION,
    VOLUME,
    Before,
    Brief,
    Data,
    Expected,
    Height,
    Links,
    Member,
    Notification,
    NotificationType,
    Observed,
    Usual,
    decode,
)
from stream.pipeline.status import Status
from stream.pipeline.windows.earlier import SHOWN, Earlier
from stream.pipeline.windows.evidence import Evidence
from stream.translation import _

# As Standard Webhooks advises, to spare the receiver. The counts and lengths below bound each part of a notification;
# FITS says what goes when all of it together is still too long.
MAX_BYTES = 20_000
MAX_EVIDENCE, MAX_MEMBERS, MAX_STEPS, MAX_PEOPLE = 5, 50, 20, 3
MAX_CHARACTERS, MAX_NAME, MAX_URL, MAX_DETAIL = 500, 300, 1000, 500
# Numbers of documents and of members, tried in this order until the notification fits: documents go first, since the
# members say what happened, and documents can be looked up by their ids.
FITS = ((MAX_EVIDENCE, MAX_MEMBERS), (3, MAX_MEMBERS), (3, 25), (1, 25), (1, 10), (0, 10), (0, 1))


class Occasion(msgspec.Struct, frozen=True):
    """Why a notification is made: its type, its time, the steps that it tells of, and which reminder it is."""

    type: NotificationType
    at: datetime
    changes: tuple[str, ...] = ()
    repeat: int = 0


def encode(occasion: Occasion, members: Sequence[AlertSnapshot], dashboard: str | None) -> bytes:
    """Return the notification as JSON, with as much of the evidence and as many members as fit in 20 kB.

    Args:
        members: the alerts of the group that the receiver is notified of, at least one.
        dashboard: the address to look at; None where no Grafana is configured.
    """
    lead = head_of(members)
    ordered = sorted(members, key=lambda one: (one.alert.id != lead.alert.id, one.alert.fired_at, one.alert.id))
    whole = _data(occasion, ordered, dashboard)
    for documents, listed in FITS:
        before = _shorter(whole.earlier, documents)
        data = msgspec.structs.replace(
            whole, evidence=whole.evidence[:documents], members=whole.members[:listed], earlier=before
        )
        content = msgspec.json.encode(Notification(occasion.type, VERSION, occasion.at, data))
        if len(content) < MAX_BYTES:
            return content
    raise AssertionError("unreachable: every text that the smallest one holds is bounded")


def encode_unannounced(content: bytes) -> bytes:
    """Return the notification of an end, made by :func:`encode`, so that it says that its beginning was not told."""
    note = decode(content)
    return msgspec.json.encode(msgspec.structs.replace(note, data=msgspec.structs.replace(note.data, unannounced=True)))


def encode_test(now: datetime, receiver: str, dashboard: str | None) -> bytes:
    """Return a notification of type ``alert.test``: of no alert, to see whether it arrives and how it looks."""
    minute = int(now.timestamp()) // 60
    text = _("This is a test of Bellwether's notifications. Nothing has happened.")
    observation = Observation("topic:Test", minute, 15, 40, 30, 0.25, 3.1, 12.0, 4.0, 5.0, 15.0)
    alert = Alert("test", "test", observation.series, Status.FIRING, now, group_id="test", receivers=(receiver,))
    evidence = Evidence("test", "bellwether", now, text, 0.9, url="https://example.com/")
    snapshot = AlertSnapshot(alert, observation, (evidence,), detail=text)
    return encode(Occasion("alert.test", now), [snapshot], dashboard)


def _data(occasion: Occasion, members: Sequence[AlertSnapshot], dashboard: str | None) -> Data:
    """Return what the notification says; the first of ``members`` leads."""
    lead = members[0]
    alert, observation = lead.alert, lead.observation
    worst = max((one.alert for one in members), key=lambda one: (one.open, one.level))
    taken_on = [one.alert for one in members if one.alert.status is Status.ACKNOWLEDGED]
    return Data(
        alert_id=alert.id,
        group_id=alert.group_id,
        rule=_cut(alert.rule),
        kind=_cut(alert.kind),
        series=_cut(alert.series),
        severity=_cut(worst.severity),
        status=alert.status.value,
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=_cut(alert.acknowledged_by) if alert.acknowledged_by else None,
        window_minutes=observation.window if observation else 0,
        observed=_observed(observation) if observation else Observed(0, 0),
        expected=_expected(observation) if observation else Expected(0, 0, 0, 0),
        usual=_usual(observation) if observation else Usual(0, 0),
        score=observation.score if observation else 0,
        threshold=observation.threshold if observation else 0,
        detail=lead.detail[:MAX_DETAIL],
        evidence=tuple(_brief(item) for item in lead.evidence[:MAX_EVIDENCE]),
        members=tuple(_member(member) for member in members[:MAX_MEMBERS]),
        members_total=len(members),
        members_open=sum(member.alert.open for member in members),
        changes=tuple(_cut(step) for step in occasion.changes[:MAX_STEPS]),
        repeat=occasion.repeat,
        links=Links(dashboard),
        level=worst.level,
        earlier=_before(alert.earlier),
        height=msgspec.UNSET if alert.open else _height(lead),
        members_acknowledged=len(taken_on),
        observed_at=_minute(observation),
        series_total=len({one.alert.series for one in members}),
        acknowledgers=tuple(dict.fromkeys(_cut(one.acknowledged_by or "") for one in taken_on))[:MAX_PEOPLE],
    )


def _before(earlier: Earlier | None) -> Before | msgspec.UnsetType:
    if earlier is None:
        return msgspec.UNSET
    evidence = tuple(_brief(item) for item in earlier.evidence[:SHOWN])
    return Before(earlier.days, earlier.documents, earlier.negatives, earlier.last, evidence)


def _shorter(before: Before | msgspec.UnsetType, documents: int) -> Before | msgspec.UnsetType:
    if isinstance(before, msgspec.UnsetType):
        return before
    return msgspec.structs.replace(before, evidence=before.evidence[:documents])


def _height(member: AlertSnapshot) -> Height | msgspec.UnsetType:
    """Return what was counted when an alert was at its worst; nothing where that is told as its latest numbers."""
    seen = member.height
    if seen is None or seen == member.observation:
        return msgspec.UNSET
    return Height(moment_of(seen.minute), seen.window, _observed(seen), _expected(seen), _usual(seen))


def _minute(observation: Observation | None) -> datetime | None:
    return moment_of(observation.minute) if observation else None


def _observed(observation: Observation) -> Observed:
    return Observed(observation.documents, observation.negatives)


def _usual(observation: Observation) -> Usual:
    return Usual(observation.usual_negatives, observation.usual_documents)


def _expected(observation: Observation) -> Expected:
    return Expected(
        round(observation.expected_negatives, 6),
        observation.expected_share,
        observation.expected_low,
        observation.expected_high,
    )


def _member(member: AlertSnapshot) -> Member:
    alert, observation = member.alert, member.observation
    observed = expected = None
    if observation is not None and alert.kind == VOLUME:
        observed, expected = observation.documents, observation.usual_documents
    elif observation is not None:
        observed, expected = observation.negatives, round(observation.expected_negatives, 6)
    return Member(
        alert_id=alert.id,
        series=_cut(alert.series),
        rule=_cut(alert.rule),
        kind=_cut(alert.kind),
        severity=_cut(alert.severity),
        status=alert.status.value,
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
        observed=observed,
        expected=expected,
        observed_at=_minute(observation),
        window_minutes=observation.window if observation else 0,
        level=alert.level,
    )


def _brief(item: Evidence) -> Brief:
    return Brief(
        id=_cut(item.id),
        source=_cut(item.source),
        published_at=item.published_at,
        text=item.text[:MAX_CHARACTERS],
        truncated=item.truncated or len(item.text) > MAX_CHARACTERS,
        url=item.url if item.url is not None and len(item.url) <= MAX_URL else None,
        negative=item.negative,
        negative_of_text=msgspec.UNSET if item.negative_of_text is None else item.negative_of_text,
        title=msgspec.UNSET if item.title is None else _cut(item.title),
    )


def _cut(text: str) -> str:
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"
