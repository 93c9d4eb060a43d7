"""The live view without a terminal: lines for a log. Words only, no colours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from stream.pipeline.figures import estimate, number, short_id
from stream.pipeline.notify import DeliveryState
from stream.pipeline.notify.wording import series_words
from stream.translation import _
from stream.view.snapshot import AlertRow, Snapshot, clean, is_unsent, ordered_alerts
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
    told = [_("CANNOT SEE {problem}").format(problem=clean(one)) for one in current.problems if one not in known]
    new = (note for note in current.notes if previous is None or note not in previous.notes)
    told += [_("NOTE {note}").format(note=clean(note)) for note in new]
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
    until = when(now.watermark) if now.watermark else _("unknown")
    documents, lag = (_("unknown") if count is None else str(count) for count in (now.documents, now.lag))
    pace = _("pace unknown") if now.rate is None else _("{pace} a second").format(pace=f"{now.rate:.1f}")
    return _(", ").join(
        (
            _("event time {time}").format(time=until),
            _("{documents} documents").format(documents=documents),
            pace,
            _("lag {lag}").format(lag=lag),
            *_lost(now),
            _firing(now),
        )
    )


def _firing(now: Snapshot) -> str:
    firing = sum(row.firing for row in now.alerts)
    if not now.problems and not now.watermark:
        return _("nothing is decided on yet")
    if not now.problems and not firing:
        return _("no alerts firing")
    alerts = (_("{firing} alert firing") if firing == 1 else _("{firing} alerts firing")).format(firing=firing)
    return _("cannot see, {alerts} when last seen").format(alerts=alerts) if now.problems else alerts


def _lost(now: Snapshot) -> Iterator[str]:
    if now.late:
        yield _("{count} came too late").format(count=now.late)
    if now.late_before:
        yield _("{count} of before came too late").format(count=now.late_before)
    if now.unread:
        languages, count = ", ".join(now.unread), sum(now.unread.values())
        yield _("{count} not read ({languages})").format(count=count, languages=languages)
    if now.dead_letters:
        words = _("{count} dead letter") if now.dead_letters == 1 else _("{count} dead letters")
        yield words.format(count=now.dead_letters)


def _changes(before: AlertRow | None, row: AlertRow) -> Iterator[str]:
    series, fired, alert = clean(series_words(row.alert.series)), when(row.alert.fired_at), short_id(row.alert.id)
    if before is None:
        words = _("FIRING {series}: {grounds}fired at {time}, alert {alert}")
        yield words.format(series=series, grounds=_grounds(row), time=fired, alert=alert)
        for item in row.evidence[:HEADLINES] if row.firing else ():
            yield f'  "{clean(headline(item.shown))}" · {clean(item.source)}'
    if not row.firing and (before is None or before.firing):
        ended = when(row.alert.resolved_at) if row.alert.resolved_at else _("an unknown time")
        words = _("RESOLVED {series}: at {ended}, fired at {time}, alert {alert}")
        yield words.format(series=series, ended=ended, time=fired, alert=alert)


def _grounds(row: AlertRow) -> str:
    if (seen := row.seen) is None:
        return ""
    return _("{negatives} negative in {minutes} min, {expected} expected, score {score}, ").format(
        negatives=number(seen.negatives),
        minutes=seen.window,
        expected=estimate(seen.expected_negatives),
        score=estimate(seen.score),
    )


def _deliveries(before: AlertRow | None, row: AlertRow) -> Iterator[str]:
    known = {_key(item): item for item in before.deliveries} if before else {}
    for item in row.deliveries:
        old = known.get(_key(item))
        names = {"series": clean(series_words(row.alert.series)), "receiver": clean(item.receiver)}
        if item.delivered_at is not None:
            if old is None or old.delivered_at is None:
                yield _("DELIVERED {type} of {series} to {receiver}").format(type=item.type, **names)
        elif item.attempts > (old.attempts if old else 0) and not is_unsent(item):
            words = _("NOT DELIVERED {type} of {series} to {receiver}, attempt {attempt}, {again}: {error}")
            again = _("tried again at {time}").format(time=when(item.next_at)) if item.next_at else _("given up")
            error = clean(item.error or _("no reason given"))
            yield words.format(type=item.type, attempt=item.attempts, again=again, error=error, **names)


def _key(item: DeliveryState) -> tuple[str, str]:
    return item.message_id, item.receiver
