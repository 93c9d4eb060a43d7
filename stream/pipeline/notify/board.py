"""What follows from a change: alerts and steps to store, notifications to send. Pure: every store runs the same code.

A board holds the alerts that can matter: those that are open, the members of their groups, those that change. Each
method returns the plan of all that was done on it; what has happened before happens no second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from stream.pipeline.notify.compose import Occasion, encode
from stream.pipeline.notify.grouping import Groups, head_of
from stream.pipeline.notify.matching import Silence
from stream.pipeline.notify.model import SYSTEM, Alert, AlertSnapshot, Change, Transition, message_id
from stream.pipeline.notify.pace import Key, NotificationHistory, Pace, is_escalation
from stream.pipeline.notify.payload import NotificationType
from stream.pipeline.notify.plan import Notice, Plan, comment_step
from stream.pipeline.notify.routing import Routing
from stream.pipeline.status import Status

replace = msgspec.structs.replace


class Board:
    """Alerts in motion.

    Args:
        snapshots: the alerts that can matter, as stored.
        silences: those that are not over.
        now: the wall clock.
        histories: what receivers have been told, of all groups on the board.
    """

    def __init__(
        self,
        snapshots: Iterable[AlertSnapshot],
        silences: Iterable[Silence],
        routing: Routing,
        now: datetime,
        histories: Mapping[Key, NotificationHistory] | None = None,
    ) -> None:
        self._pace = Pace(histories or {}, routing, now)
        self.plan = Plan(superseded=self._pace.superseded)
        self._snapshots = {snapshot.alert.id: snapshot for snapshot in snapshots}
        self._silences, self._routing, self._now = list(silences), routing, now
        self._groups = Groups(self._snapshots.values(), routing)
        # What the next notification tells: alert id and step, by group; and who was told of each alert before.
        self._untold_steps: dict[str, list[tuple[str, str]]] = {}
        self._receivers_before: dict[str, tuple[str, ...]] = {}

    def apply(self, changes: Sequence[Change]) -> Plan:
        """Take what the detector says; what happens in one minute of one group is one notification."""
        for at, changes_of_minute in groupby(changes, lambda change: change.at):
            for change in changes_of_minute:
                self._apply_change(change)
            self._notify(at)
        return self.plan

    def acknowledge(self, ids: Iterable[str], actor: str, comment: str) -> Plan:
        """A person takes these alerts on; what more somebody says of one that was taken on is kept with it, untold."""
        for alert_id in ids:
            snapshot = self._snapshots[alert_id]
            if snapshot.alert.status is not Status.FIRING:
                self._add_comment(snapshot.alert, actor, comment)
                continue
            # Somebody knows: what a silence kept back until now is no news when it ends.
            changes = {"acknowledged_at": self._now, "acknowledged_by": actor, "silenced_by": None}
            alert = replace(snapshot.alert, status=Status.ACKNOWLEDGED, **changes)
            self._record(snapshot, alert, self._transition(alert, "acknowledged", actor, comment))
        self._notify(self._now, at_once=True)
        return self.plan

    def remind(self) -> Plan:
        """Tell what a silence kept back and does no more, and repeat what nobody has acknowledged."""
        for snapshot in list(self._snapshots.values()):
            if snapshot.alert.open and snapshot.alert.silenced_by is not None:
                self._end_silence(snapshot)
            elif snapshot.alert.open and (alert := self._with_successors(snapshot.alert)) != snapshot.alert:
                self._put(replace(snapshot, alert=alert))
                self.plan.alerts[alert.id] = alert
        notified_groups = set(self._untold_steps)
        self._notify(self._now, at_once=True)
        for group_id in sorted(self._groups.ids() - notified_groups):
            self._repeat(group_id)
        return self.plan

    def _add_comment(self, alert: Alert, actor: str, comment: str) -> None:
        is_repeated = (alert.acknowledged_by, alert.acknowledged_at) == (actor, self._now)
        if alert.status is Status.ACKNOWLEDGED and comment and not is_repeated:
            self._note(alert, self._transition(alert, comment_step(actor, comment), actor, comment))

    def _note(self, alert: Alert, step: Transition) -> None:
        """Put a step into the plan that nobody is told of, unless the alert has taken it."""
        snapshot = self._snapshots[alert.id]
        if step.step not in snapshot.steps:
            self._put(replace(snapshot, steps=snapshot.steps | {step.step}))
            self.plan.transitions.append((alert.id, step))

    def _apply_change(self, change: Change) -> None:
        snapshot = self._snapshots.get(change.alert_id)
        if snapshot is not None and (change.step in snapshot.steps or not snapshot.alert.open):
            return
        self.plan.new_changes.append(change)
        snapshot = snapshot or self._open(change)
        decision = change.decision
        alert = self._resolve(snapshot, change) if change.status is Status.RESOLVED else self._fire(snapshot, change)
        reason = decision.detail or decision.reason.value
        step = Transition(alert.status, change.at, self._now, decision, change.step, alert.severity, SYSTEM, reason)
        self._record(snapshot.decided(change), alert, step)
        if change.status is not Status.RESOLVED:
            self._withhold_if_silenced(alert, change)

    def _open(self, change: Change) -> AlertSnapshot:
        """Return the alert as it is before its first step; alerts that rise with it may be its group."""
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
            ingested_at=newest.ingested_at if newest else None,
            scored_at=newest.scored_at if newest else None,
            earlier=change.earlier,
        )
        snapshot = AlertSnapshot(alert, decision.observation, change.evidence, window=decision.observation.window)
        return replace(snapshot, alert=replace(alert, group_id=self._groups.group_for(snapshot)))

    def _fire(self, snapshot: AlertSnapshot, change: Change) -> Alert:
        alert = snapshot.alert
        if change.level >= alert.level:
            alert = replace(alert, severity=change.decision.severity, level=change.level)
        return self._route(alert)

    def _resolve(self, snapshot: AlertSnapshot, change: Change) -> Alert:
        alert = replace(snapshot.alert, status=Status.RESOLVED, resolved_at=change.at)
        is_new = "firing" not in snapshot.steps and not alert.receivers
        return self._route(alert) if is_new else self._with_successors(alert)

    def _with_successors(self, alert: Alert) -> Alert:
        """Where one who was to be told is gone (renamed, perhaps), those whom the routes name now are told, too."""
        if not any(map(self._routing.is_gone, alert.receivers)):
            return alert
        routed = self._routing.receivers(self._routing.labels(alert))
        # The one that is gone stays in it: if it comes back, it is told the end of what it may send late.
        return replace(alert, receivers=tuple(dict.fromkeys((*alert.receivers, *routed))))

    def _route(self, alert: Alert) -> Alert:
        """Return ``alert`` with the receivers that are to be told now, or with the silence that keeps it from them."""
        labels = self._routing.labels(alert)
        silence = next((item for item in self._silences if item.covers(labels, self._now)), None)
        if silence is not None:
            return replace(alert, silenced_by=silence.id)
        receivers = dict.fromkeys((*alert.receivers, *self._routing.receivers(labels)))
        return replace(alert, silenced_by=None, receivers=tuple(receivers))

    def _withhold_if_silenced(self, alert: Alert, change: Change) -> None:
        """Keep a change from the next notification, and write down which silence did so."""
        silence = next((item for item in self._silences if item.id == alert.silenced_by), None)
        if silence is None:
            return
        self._withhold(alert, change.step)
        reason = f"not notified: silence {silence.id} by {silence.author}: {silence.comment}"
        step = Transition(
            alert.status, change.at, self._now, None, f"silenced:{silence.id}", alert.severity, silence.author, reason
        )
        self._note(alert, step)

    def _withhold(self, alert: Alert, step: str) -> None:
        left = [pair for pair in self._untold_steps.get(alert.group_id, []) if pair != (alert.id, step)]
        self._untold_steps[alert.group_id] = left
        if not left:
            del self._untold_steps[alert.group_id]

    def _end_silence(self, snapshot: AlertSnapshot) -> None:
        """Tell of an alert that a silence kept back, unless it or another one still does."""
        silence_id = snapshot.alert.silenced_by
        alert = self._route(snapshot.alert)
        if alert.silenced_by is None:
            step = self._transition(alert, f"unsilenced:{silence_id}", SYSTEM, f"silence {silence_id} is over")
            self._record(snapshot, alert, step)
        elif alert.silenced_by != silence_id:
            self._put(replace(snapshot, alert=alert))
            self.plan.alerts[alert.id] = alert

    def _transition(self, alert: Alert, step: str, actor: str, reason: str) -> Transition:
        return Transition(alert.status, self._now, self._now, None, step, alert.severity, actor, reason or step)

    def _record(self, snapshot: AlertSnapshot, alert: Alert, step: Transition) -> None:
        """Put a step into the plan; the next :meth:`_notify` tells of it."""
        self._receivers_before.setdefault(alert.id, snapshot.alert.receivers)
        self._put(replace(snapshot, alert=alert, steps=snapshot.steps | {step.step}))
        self.plan.alerts[alert.id] = alert
        self.plan.transitions.append((alert.id, step))
        self._untold_steps.setdefault(alert.group_id, []).append((alert.id, step.step))

    def _notify(self, at: datetime, *, at_once: bool = False) -> None:
        """Tell every receiver of the steps that it has not been told, one notification per group."""
        for group_id, steps in self._untold_steps.items():
            alerts = [self._snapshots[alert_id].alert for alert_id, _ in steps]
            names = tuple(f"{alert_id}/{step}" for alert_id, step in steps)
            for receiver in dict.fromkeys(name for alert in alerts for name in alert.receivers):
                members = _routed_to(receiver, self._groups.members(group_id))
                occasion = Occasion(self._type(receiver, members), at, names)
                urgent = at_once or occasion.type != "alert.updated" or is_escalation(steps, members)
                self._send(receiver, occasion, members, at_once=urgent)
        self._untold_steps, self._receivers_before = {}, {}
        self._choose_heads()

    def _choose_heads(self) -> None:
        """Write down which alert stands for each group that has changed."""
        for member in self._groups.with_new_heads({alert.group_id for alert in self.plan.alerts.values()}):
            alert = member.alert
            self._put(member)
            self.plan.heads[alert.id] = alert.head
            if alert.id in self.plan.alerts:
                self.plan.alerts[alert.id] = alert

    def _type(self, receiver: str, members: Sequence[AlertSnapshot]) -> NotificationType:
        if not any(member.alert.open for member in members):
            return "alert.resolved"
        before = (self._receivers_before.get(member.alert.id, member.alert.receivers) for member in members)
        return "alert.updated" if any(receiver in names for names in before) else "alert.firing"

    def _repeat(self, group_id: str) -> None:
        """Remind each receiver of a group of which something still fires that nobody has acknowledged."""
        members = self._groups.members(group_id)
        for receiver in dict.fromkeys(name for member in members for name in member.alert.receivers):
            history, visible = self._pace.history((group_id, receiver)), _routed_to(receiver, members)
            if self._routing.is_gone(receiver) or not self._is_due(history):
                continue
            if not any(self._needs_attention(member.alert) for member in visible):
                continue
            occasion = Occasion("alert.firing", self._now, repeat=history.firing_count if history else 0)
            name = f"repeat/{history.last_made.isoformat()}" if history else f"instead/{receiver}"
            self._send(receiver, occasion, visible, f"{group_id}/{name}")

    def _is_due(self, history: NotificationHistory | None) -> bool:
        """Whether a receiver is to be told again. One without a history has come in place of one that is gone."""
        interval = self._routing.repeat
        return history is None or (interval is not None and self._now - history.last_made >= interval)

    def _needs_attention(self, alert: Alert) -> bool:
        labels = self._routing.labels(alert)
        return alert.status is Status.FIRING and not any(item.covers(labels, self._now) for item in self._silences)

    def _send(
        self, receiver: str, occasion: Occasion, members: Sequence[AlertSnapshot], *known_by: str, at_once: bool = True
    ) -> None:
        """Put a notification into the plan; ``known_by`` makes its id, instead of the steps that it tells of."""
        lead = head_of(members).alert
        key = lead.group_id, receiver
        due, steps = self._pace.schedule(key, occasion.changes, at_once=at_once)
        # The end waits for nothing that failed: that is no news any more.
        if at_once and occasion.type != "alert.resolved":
            self.plan.hastened.add(key)
        if key in self._pace.superseded:
            self.plan.notices = [one for one in self.plan.notices if not one.due or (one.group_id, one.receiver) != key]
        link = self._routing.dashboard_link(lead, self._now)
        content = encode(replace(occasion, changes=steps), members, link)
        id_ = message_id(known_by or steps)
        self.plan.notices.append(Notice(lead.id, lead.group_id, id_, receiver, occasion.type, content, due))

    def _put(self, snapshot: AlertSnapshot) -> None:
        self._snapshots[snapshot.alert.id] = snapshot
        self._groups.put(snapshot)


def _routed_to(receiver: str, members: Sequence[AlertSnapshot]) -> list[AlertSnapshot]:
    return [member for member in members if receiver in member.alert.receivers]
