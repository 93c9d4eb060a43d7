"""What follows from a change: alerts and steps to store, notifications to send. Pure: every store runs the same code.

A board holds the incidents that can matter: those that are open, the members of their groups, those that change. Each
method returns the plan of all that was done on it; what has happened before happens no second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from stream.pipeline.documents.document import EPOCH
from stream.pipeline.notify.compose import Occasion, encode, leader
from stream.pipeline.notify.grouping import Groups
from stream.pipeline.notify.matching import Silence
from stream.pipeline.notify.model import (
    SYSTEM,
    Alert,
    AlertSnapshot,
    Change,
    Status,
    Transition,
    message_id,
)
from stream.pipeline.notify.pace import Key, NotificationHistory, Pace, worse
from stream.pipeline.notify.payload import NotificationType
from stream.pipeline.notify.plan import Notice, Plan
from stream.pipeline.notify.routing import Routing
from stream.pipeline.windows.evidence import Evidence

replace = msgspec.structs.replace


class Board:
    """Incidents in motion. ``now`` is the wall clock; ``told`` is by group and receiver, for all groups on it."""

    def __init__(
        self,
        incidents: Iterable[AlertSnapshot],
        silences: Iterable[Silence],
        routing: Routing,
        now: datetime,
        told: Mapping[Key, NotificationHistory] | None = None,
    ) -> None:
        self._pace = Pace(told or {}, routing, now)
        self.plan = Plan(replaced=self._pace.replaced)
        self._known = {incident.alert.id: incident for incident in incidents}
        self._silences, self._routing, self._now = list(silences), routing, now
        self._groups = Groups(self._known.values(), routing)
        # Of what one notification tells: the steps by group, and who was told of each alert before.
        self._steps: dict[str, list[tuple[str, str]]] = {}
        self._before: dict[str, tuple[str, ...]] = {}

    def change(self, changes: Sequence[Change]) -> Plan:
        """Take what the detector says; what happens in one minute of one group is one notification."""
        for at, together in groupby(changes, lambda change: change.at):
            for change in together:
                self._take(change)
            self._tell(at)
        return self.plan

    def acknowledge(self, ids: Iterable[str], actor: str, comment: str) -> Plan:
        """A person takes these alerts on; those that do not fire (any more) are left as they are."""
        for alert_id in ids:
            incident = self._known.get(alert_id)
            if incident is None or incident.alert.status is not Status.FIRING:
                continue
            # Somebody knows: what a silence kept back until now is no news when it ends.
            changes = {"acknowledged_at": self._now, "acknowledged_by": actor, "silenced_by": None}
            alert = replace(incident.alert, status=Status.ACKNOWLEDGED, **changes)
            self._note(incident, alert, self._step(alert, "acknowledged", actor, comment))
        self._tell(self._now, at_once=True)
        return self.plan

    def remind(self) -> Plan:
        """Tell what a silence kept back and does no more, and repeat what nobody has acknowledged."""
        for incident in list(self._known.values()):
            if incident.alert.open and incident.alert.silenced_by is not None:
                self._unsilence(incident)
        groups = set(self._steps)
        self._tell(self._now, at_once=True)
        for group_id in sorted(self._groups.ids() - groups):
            self._repeat(group_id)
        return self.plan

    def _take(self, change: Change) -> None:
        incident = self._known.get(change.alert_id)
        if incident is not None and (change.step in incident.steps or not incident.alert.open):
            return
        self.plan.fresh.append(change)
        incident = incident or self._begin(change)
        alert, decision = incident.alert, change.decision
        if change.status is Status.RESOLVED:
            alert = replace(alert, status=Status.RESOLVED, resolved_at=change.at)
            if "firing" not in incident.steps and not alert.receivers:
                alert = self._routed(alert)
        else:
            if change.level >= alert.level:
                alert = replace(alert, severity=decision.severity, level=change.level)
            alert = self._routed(alert)
        seen = replace(incident, observation=decision.observation, detail=decision.detail)
        reason = decision.detail or decision.reason.value
        step = Transition(alert.status, change.at, self._now, decision, change.step, alert.severity, SYSTEM, reason)
        self._note(seen, alert, step)
        self._say_silenced(alert, change)

    def _begin(self, change: Change) -> AlertSnapshot:
        """Return the incident as it is before its first step; alerts that rise with it may be its group."""
        decision = change.decision
        newest = max(change.evidence, key=lambda item: item.published_at, default=None)
        alert = Alert(
            id=change.alert_id,
            rule=change.rule,
            series=decision.observation.series,
            status=Status.FIRING,
            fired_at=change.fired_at,
            kind=decision.observation.kind,
            severity=decision.severity,
            level=change.level,
            group_id=change.alert_id,
            created_at=self._now,
            published_at=newest.published_at if newest else None,
            ingested_at=_ingested(newest),
            scored_at=newest.scored_at if newest else None,
        )
        incident = AlertSnapshot(alert, decision.observation, change.evidence)
        return replace(incident, alert=replace(alert, group_id=self._groups.of(incident)))

    def _routed(self, alert: Alert) -> Alert:
        """Return ``alert`` with the receivers that are to be told now, or with the silence that keeps it from them."""
        labels = self._routing.labels(alert)
        silence = next((item for item in self._silences if item.covers(labels, self._now)), None)
        if silence is not None:
            return replace(alert, silenced_by=silence.id)
        receivers = dict.fromkeys((*alert.receivers, *self._routing.receivers(labels)))
        return replace(alert, silenced_by=None, receivers=tuple(receivers))

    def _say_silenced(self, alert: Alert, change: Change) -> None:
        silence = next((item for item in self._silences if item.id == alert.silenced_by), None)
        if silence is None or change.status is Status.RESOLVED:
            return
        self._withhold(alert, change.step)
        reason = f"not notified: silence {silence.id} by {silence.author}: {silence.comment}"
        step = Transition(
            alert.status, change.at, self._now, None, f"silenced:{silence.id}", alert.severity, silence.author, reason
        )
        incident = self._known[alert.id]
        if step.step not in incident.steps:
            self._keep(replace(incident, steps=incident.steps | {step.step}))
            self.plan.steps.append((alert.id, step))

    def _withhold(self, alert: Alert, step: str) -> None:
        left = [pair for pair in self._steps.get(alert.group_id, []) if pair != (alert.id, step)]
        self._steps[alert.group_id] = left
        if not left:
            del self._steps[alert.group_id]

    def _unsilence(self, incident: AlertSnapshot) -> None:
        was = incident.alert.silenced_by
        alert = self._routed(incident.alert)
        if alert.silenced_by is not None:
            if alert.silenced_by != was:
                self._keep(replace(incident, alert=alert))
                self.plan.alerts[alert.id] = alert
            return
        step = self._step(alert, f"unsilenced:{was}", SYSTEM, f"silence {was} is over")
        self._note(incident, alert, step)

    def _step(self, alert: Alert, step: str, actor: str, reason: str) -> Transition:
        return Transition(alert.status, self._now, self._now, None, step, alert.severity, actor, reason or step)

    def _note(self, incident: AlertSnapshot, alert: Alert, step: Transition) -> None:
        """Write a step down; it is told by the next :meth:`_tell`."""
        self._before.setdefault(alert.id, incident.alert.receivers)
        self._keep(replace(incident, alert=alert, steps=incident.steps | {step.step}))
        self.plan.alerts[alert.id] = alert
        self.plan.steps.append((alert.id, step))
        self._steps.setdefault(alert.group_id, []).append((alert.id, step.step))

    def _tell(self, at: datetime, *, at_once: bool = False) -> None:
        for group_id, steps in self._steps.items():
            touched = [self._known[alert_id].alert for alert_id, _ in steps]
            names = tuple(f"{alert_id}/{step}" for alert_id, step in steps)
            for receiver in dict.fromkeys(name for alert in touched for name in alert.receivers):
                members = _seen_by(receiver, self._groups.members(group_id))
                occasion = Occasion(self._type(receiver, members), at, names)
                urgent = at_once or occasion.type != "alert.updated" or worse(steps, members)
                self._notice(receiver, occasion, members, at_once=urgent)
        self._steps, self._before = {}, {}

    def _type(self, receiver: str, members: Sequence[AlertSnapshot]) -> NotificationType:
        if not any(member.alert.open for member in members):
            return "alert.resolved"
        before = (self._before.get(member.alert.id, member.alert.receivers) for member in members)
        return "alert.updated" if any(receiver in names for names in before) else "alert.firing"

    def _repeat(self, group_id: str) -> None:
        every, members = self._routing.repeat, self._groups.members(group_id)
        for receiver in dict.fromkeys(name for member in members for name in member.alert.receivers):
            last, visible = self._pace.told((group_id, receiver)), _seen_by(receiver, members)
            if every is None or last is None or self._now - last.at < every:
                continue
            if not any(self._wants_somebody(member.alert) for member in visible):
                continue
            occasion = Occasion("alert.firing", self._now, repeat=last.firing)
            self._notice(receiver, occasion, visible, f"{group_id}/repeat/{last.at.isoformat()}")

    def _wants_somebody(self, alert: Alert) -> bool:
        labels = self._routing.labels(alert)
        return alert.status is Status.FIRING and not any(item.covers(labels, self._now) for item in self._silences)

    def _notice(
        self, receiver: str, occasion: Occasion, members: Sequence[AlertSnapshot], *known_by: str, at_once: bool = True
    ) -> None:
        """Send a notification; ``known_by`` is what makes its id, instead of the steps that it tells of."""
        lead = leader(members).alert
        key = lead.group_id, receiver
        due, steps = self._pace.take(key, occasion.changes, at_once=at_once)
        if key in self._pace.replaced:
            self.plan.notices = [one for one in self.plan.notices if not one.due or (one.group_id, one.receiver) != key]
        content = encode(replace(occasion, changes=steps), members, self._routing.dashboard_link(lead, self._now))
        id_ = message_id(known_by or steps)
        self.plan.notices.append(Notice(lead.id, lead.group_id, id_, receiver, occasion.type, content, due))

    def _keep(self, incident: AlertSnapshot) -> None:
        self._known[incident.alert.id] = incident
        self._groups.put(incident)


def _seen_by(receiver: str, members: Sequence[AlertSnapshot]) -> list[AlertSnapshot]:
    return [member for member in members if receiver in member.alert.receivers]


def _ingested(newest: Evidence | None) -> datetime | None:
    if newest is None or newest.origin is None:
        return None
    return datetime.fromtimestamp(newest.origin.timestamp / 1000, EPOCH.tzinfo)
