"""The live view without a terminal: lines for a log. Words only, no colours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from stream.pipeline.figures import estimate, number, short_id
from stream.pipeline.notify import DeliveryState
from stream.view.snapshot import AlertRow, Snapshot, clean, ordered_alerts
from stream.view.wording import headline

HEADLINES = 3
TIME = "%Y-%m-%d %H:%M:%S UTC"


def lines(previous: Snapshot | None, current: Snapshot) -> list[str]:
    """Return a line on how things stand, and one on each thing that has happened since ``previous``.

    Happened: a problem came up, an alert fired or resolved, a notification was delivered or failed to be. Without a
    ``previous``, only problems and alerts that are open are told, for the rest is history. Each line begins with the
    wall clock.
    """
    known = set(previous.problems) if previous else set()
    told = [f"CANNOT SEE {clean(problem)}" for problem in current.problems if problem not in known]
    told += [f"NOTE {clean(note)}" for note in current.notes if previous is None or note not in previous.notes]
    before = {row.alert.id: row for row in previous.alerts} if previous else {}
    # Oldest first, as it happened.
    for row in reversed(ordered_alerts(current.alerts)):
        if previous is not None or row.firing:
            told += _changes(before.get(row.alert.id), row)
        if previous is not None:
            told += _deliveries(before.get(row.alert.id), row)
    return [f"{when(current.now)}  {line}" for line in [_status(current), *told]]


def when(moment: datetime) -> str:
    """Return a moment in UTC, to the second.

    >>> when(datetime(2026, 3, 2, 14, 5, tzinfo=UTC))
    '2026-03-02 14:05:00 UTC'
    """
    return f"{moment.astimezone(UTC):{TIME}}"


def _status(now: Snapshot) -> str:
    firing = sum(row.firing for row in now.alerts)
    alerts = f"{firing or 'no'} alert{'' if firing == 1 else 's'} firing"
    if now.problems:
        alerts = f"cannot see, {firing} alert{'' if firing == 1 else 's'} firing when last seen"
    elif not now.watermark:
        alerts = "nothing is decided on yet"
    return ", ".join(
        (
            f"event time {when(now.watermark) if now.watermark else 'unknown'}",
            f"{'unknown' if now.documents is None else now.documents} documents",
            "pace unknown" if now.rate is None else f"{now.rate:.1f} a second",
            f"lag {'unknown' if now.lag is None else now.lag}",
            *_lost(now),
            alerts,
        )
    )


def _lost(now: Snapshot) -> Iterator[str]:
    if now.late:
        yield f"{now.late} came too late"
    if now.late_before:
        yield f"{now.late_before} of before came too late"
    if now.unread:
        yield f"{sum(now.unread.values())} not read ({', '.join(now.unread)})"
    if now.dead_letters:
        yield f"{now.dead_letters} dead letters"


def _changes(before: AlertRow | None, row: AlertRow) -> Iterator[str]:
    series, seen = clean(row.alert.series), row.seen
    if before is None:
        grounds = ""
        if seen is not None:
            grounds = f"{number(seen.negatives)} negative in {seen.window} min, "
            grounds += f"{estimate(seen.expected_negatives)} expected, score {estimate(seen.score)}, "
        yield f"FIRING {series}: {grounds}fired at {when(row.alert.fired_at)}, alert {short_id(row.alert.id)}"
        for item in row.evidence[:HEADLINES] if row.firing else ():
            yield f'  "{clean(headline(item.text))}" · {clean(item.source)}'
    if not row.firing and (before is None or before.firing):
        ended = when(row.alert.resolved_at) if row.alert.resolved_at else "an unknown time"
        yield f"RESOLVED {series}: at {ended}, fired at {when(row.alert.fired_at)}, alert {short_id(row.alert.id)}"


def _deliveries(before: AlertRow | None, row: AlertRow) -> Iterator[str]:
    known = {_key(item): item for item in before.deliveries} if before else {}
    for item in row.deliveries:
        old = known.get(_key(item))
        what = f"{item.type} of {clean(row.alert.series)} to {clean(item.receiver)}"
        if item.delivered_at is not None:
            if old is None or old.delivered_at is None:
                yield f"DELIVERED {what}"
        elif item.attempts > (old.attempts if old else 0):
            again = f"tried again at {when(item.next_at)}" if item.next_at else "given up"
            yield f"NOT DELIVERED {what}, attempt {item.attempts}, {again}: {clean(item.error or 'no reason given')}"


def _key(item: DeliveryState) -> tuple[str, str]:
    return item.message_id, item.receiver
