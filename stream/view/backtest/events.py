"""The alerts of a backtest by event, as a person would have been told of them: one message for each event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from stream.pipeline.backtest import BacktestResult, RaisedAlert
from stream.pipeline.figures import estimate, span
from stream.pipeline.notify import Alert, AlertSnapshot, Routing, alert_id, moment_of
from stream.pipeline.notify.config import TOPIC_NAME
from stream.pipeline.notify.grouping import Groups, head_of
from stream.pipeline.notify.wording import detail_words, series_words, severity_words
from stream.pipeline.rules import level_of
from stream.pipeline.status import Status
from stream.translation import N_, _
from stream.view.wording import headline

replace = msgspec.structs.replace
TIME = "%Y-%m-%d %H:%M"
_COUNTED = re.compile("^[^:：]*[:：] ?|[;；].*$")  # all but what was counted: the state before it, the score behind


class Event(msgspec.Struct, frozen=True):
    """Alerts that tell of the same.

    Attributes:
        head: the alert that names the event when all have fired.
        members: all of its alerts by time, the head among them.
        severity: of its worst alert.
        resolved: minute since 1970 at which the last one resolved; None where one was still on at the end.
        peak: the highest score of an alert that was on, in thresholds the highest; ``threshold`` is that alert's.
        receivers: who is told of it, by the routes; the alerts' topic is not named.
    """

    head: RaisedAlert
    members: tuple[RaisedAlert, ...]
    severity: str
    resolved: int | None
    peak: float
    threshold: float
    receivers: tuple[str, ...] = ()

    @property
    def minute(self) -> int:
        """The minute at which its first alert fired, since 1970."""
        return self.members[0].minute

    @property
    def headline(self) -> str:
        """The title, or the first line, of the most negative document of the head; empty where it has none."""
        return next((headline(item.shown) for item in self.head.evidence), "")


def events_of(result: BacktestResult, routing: Routing) -> tuple[Event, ...]:
    """Return the events of a backtest, by the time of their first alert; they are grouped by the rule of live alerts.

    Args:
        routing: its ``grouping`` says how strongly alerts of one event are related, its routes who is told.
    """
    groups = Groups((), routing)
    raised: dict[str, RaisedAlert] = {}
    on: dict[str, AlertSnapshot] = {}
    for alert in result.alerts:
        for gone in [key for key in on if (end := raised[key].resolved) is not None and end <= alert.minute]:
            groups.put(_with(on.pop(gone), status=Status.RESOLVED))
        snapshot = _snapshot(alert)
        snapshot = _with(snapshot, group_id=groups.group_for(snapshot))
        groups.put(snapshot)
        on[snapshot.alert.id], raised[snapshot.alert.id] = snapshot, alert
    events = [_event(groups.members(group_id), raised, result, routing) for group_id in groups.ids()]
    return tuple(sorted(events, key=lambda event: (event.minute, event.members[0].series)))


def told_to(alert: RaisedAlert, routing: Routing) -> tuple[str, ...]:
    """Return who is told of an alert when it fires, by the routes."""
    return routing.receivers(routing.labels(_snapshot(alert).alert))


def event_lines(event: Event) -> Iterator[str]:
    """Yield what a person needs to judge an event: when and who, how much, what was written."""
    head, others = event.head, [one for one in event.members if one is not event.head]
    ended = None if event.resolved is None else span((event.resolved - event.minute) * 60)
    yield f"{moment_of(event.minute):{TIME}} " + _(
        "{series}{more} ({rule}, {severity}): peak {peak}, threshold {threshold}, {lasted}{told}"
    ).format(
        series=series_words(head.series),
        more=_(" with {count} more").format(count=len(others)) if others else "",
        rule=head.rule,
        severity=severity_words(event.severity),
        peak=estimate(event.peak),
        threshold=estimate(event.threshold),
        lasted=_("still on") if ended is None else _("lasted {time}").format(time=ended),
        told=_(", to {receivers}").format(receivers=", ".join(event.receivers)) if event.receivers else "",
    )
    yield f"  {_COUNTED.sub('', detail_words(head.decision.detail))}"
    if others:
        yield "  " + _("with {members}").format(
            members=", ".join(f"{series_words(one.series)} {_after(one, event)}" for one in others)
        )
    if event.headline:
        yield f'  "{event.headline}" · {head.evidence[0].source}'


def messages_words(events: Sequence[Event], alerts: int, days: float) -> str:
    """Say how many events and alerts there were, and what that is a month: an event is told of in one message."""
    monthly = 30 / days if days > 0 else 0.0
    told: dict[str, int] = {}
    for event in events:
        for name in event.receivers:
            told[name] = told.get(name, 0) + 1
    each = (_("; to {receiver} {count}").format(receiver=name, count=count) for name, count in sorted(told.items()))
    return _(
        "{events}, one message each ({monthly} a month{each}), of {alerts} ({alerts_monthly} a month) in {days} days"
    ).format(
        events=_counted(len(events), N_("{count} event"), N_("{count} events")),
        monthly=f"{len(events) * monthly:.1f}",
        each="".join(each),
        alerts=_counted(alerts, N_("{count} alert"), N_("{count} alerts")),
        alerts_monthly=f"{alerts * monthly:.1f}",
        days=f"{days:.1f}",
    )


def _counted(count: int, one: str, several: str) -> str:
    return _(one if count == 1 else several).format(count=count)


def _after(alert: RaisedAlert, event: Event) -> str:
    """Say when a member fired, by the clock, with its day where that is another one."""
    fired = moment_of(alert.minute)
    return f"{fired:%H:%M}" if fired.date() == moment_of(event.minute).date() else f"{fired:{TIME}}"


def _event(
    members: Sequence[AlertSnapshot], raised: dict[str, RaisedAlert], result: BacktestResult, routing: Routing
) -> Event:
    # Which of them has resolved first does not count for the head.
    head = head_of([_with(member, status=Status.FIRING) for member in members])
    alerts = sorted((raised[member.alert.id] for member in members), key=lambda one: (one.minute, one.series))
    ends = [one.resolved for one in alerts if one.resolved is not None]
    peaks = [_peak(one, result) for one in alerts]
    peak, threshold = max(peaks, key=lambda pair: pair[0] / max(pair[1], 1e-9))
    told = [name for member in members for name in routing.receivers(routing.labels(member.alert))]
    return Event(
        raised[head.alert.id],
        tuple(alerts),
        max(alerts, key=lambda one: level_of(one.severity)).severity,
        max(ends) if len(ends) == len(alerts) else None,
        peak,
        threshold,
        tuple(sorted({name for name in told if name != TOPIC_NAME})),
    )


def _peak(alert: RaisedAlert, result: BacktestResult) -> tuple[float, float]:
    """Return the highest score while an alert was on, and the threshold at that time."""
    seen = alert.decision.observation
    band = result.bands.get((alert.rule, alert.series))
    end = result.last if alert.resolved is None else alert.resolved
    points = [point for point in band.points if alert.minute <= point.minute <= end] if band else []
    return max(
        [(seen.score, seen.threshold), *((point.score, point.threshold) for point in points)],
        key=lambda pair: pair[0] / max(pair[1], 1e-9),
    )


def _snapshot(alert: RaisedAlert) -> AlertSnapshot:
    observation = alert.decision.observation
    own, fired = alert_id(alert.rule, alert.series, alert.minute), moment_of(alert.minute)
    of_alert = Alert(
        own,
        alert.rule,
        alert.series,
        Status.FIRING,
        fired,
        kind=observation.kind,
        severity=alert.severity,
        level=level_of(alert.severity),
        group_id=own,
    )
    return AlertSnapshot(of_alert, observation, alert.evidence, window=observation.window)


def _with(snapshot: AlertSnapshot, **changes: object) -> AlertSnapshot:
    return replace(snapshot, alert=replace(snapshot.alert, **changes))
