"""Alerts and what belongs to them, as values. Words and life cycle are those of Prometheus' Alertmanager.

Ids are derived, not drawn: the same incident has the same id whoever writes it, however often, and so has each of its
messages. A receiver that sees an id twice has seen a delivery twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from stream.pipeline.detect import Observation
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.rules import WARNING, Decision, Reason, level_of
from stream.pipeline.status import Status
from stream.pipeline.windows.earlier import Earlier
from stream.pipeline.windows.evidence import Evidence

NAMESPACE = uuid.UUID("6b1f9f0e-7a54-5c3e-9a7e-2f1c8b7d4e60")
# The actor of what no person did.
SYSTEM = "bellwether"


class ReplayRecord(msgspec.Struct, frozen=True):
    """What a replay of an alert needs to come to the same decision.

    Attributes:
        rule_hash: of the rule that decided.
        artifact_hash: of the model that classified the documents.
        content: the rule's state and counts, encoded; see :mod:`stream.pipeline.rules.record`.
    """

    rule_hash: str
    artifact_hash: str
    content: bytes


class Change(msgspec.Struct, frozen=True):
    """One alert fires, grows more severe, or resolves.

    Attributes:
        rule: the name of the rule that decided.
        evidence: the documents that show why; empty unless the alert fires.
        record: what a replay needs; None where none is kept.
        earlier: what was written before; None where the series is neither new nor was silent.
    """

    rule: str
    decision: Decision
    evidence: tuple[Evidence, ...] = ()
    record: ReplayRecord | None = None
    earlier: Earlier | None = None

    @property
    def alert_id(self) -> str:
        """The alert's id, made of its rule, series and first minute."""
        return alert_id(self.rule, self.decision.observation.series, self.decision.fired or 0)

    @property
    def step(self) -> str:
        """The name of the step that the alert takes, each once: firing, severity:critical, resolved."""
        if self.decision.reason is Reason.ESCALATED:
            return f"severity:{self.decision.severity}"
        return self.status.value

    @property
    def level(self) -> int:
        """How bad the decision's severity is, on the scale of all rules."""
        return level_of(self.decision.severity) if self.decision.level is None else self.decision.level

    @property
    def status(self) -> Status:
        """Where the alert stands for the detector, which does not know of acknowledgements: firing or resolved."""
        return Status.FIRING if self.decision.reason in (Reason.FIRING, Reason.ESCALATED) else Status.RESOLVED

    @property
    def at(self) -> datetime:
        """The event time of the change."""
        return moment_of(self.decision.observation.minute)

    @property
    def fired_at(self) -> datetime:
        """The event time at which the alert began to fire."""
        return moment_of(self.decision.fired or 0)

    @property
    def message_id(self) -> str:
        """The id of the notification that tells of this change alone."""
        return message_id([f"{self.alert_id}/{self.step}"])


class Delivery(msgspec.Struct, frozen=True):
    """One notification for one receiver; ``attempts`` counts those that failed. ``payload`` is JSON.

    ``unannounced`` is one of type ``alert.resolved`` whose receiver has taken nothing of its group before.
    """

    id: int
    alert_id: str
    message_id: str
    receiver: str
    type: str
    payload: bytes
    attempts: int = 0
    group_id: str = ""
    unannounced: bool = False


class Transition(msgspec.Struct, frozen=True):
    """One step of an alert's life.

    ``at`` is event time for the detector's steps and wall clock for those of people; ``recorded_at`` is wall clock.
    ``actor`` took the step for this ``reason``; the detector's steps have its decision.
    """

    status: Status
    at: datetime
    recorded_at: datetime
    decision: Decision | None = None
    step: str = ""
    severity: str = "warning"
    actor: str = SYSTEM
    reason: str = ""


class DeliveryState(msgspec.Struct, frozen=True):
    """How a delivery stands, for people: its last error, and when it was taken or will be tried again."""

    receiver: str
    type: str
    message_id: str
    attempts: int
    created_at: datetime
    delivered_at: datetime | None = None
    next_at: datetime | None = None
    error: str | None = None
    id: int = 0
    alert_id: str = ""
    group_id: str = ""


class Alert(msgspec.Struct, frozen=True):
    """One incident of one series and rule. ``fired_at`` and ``resolved_at`` are event times, ``created_at`` wall clock.

    ``level`` is how bad ``severity`` is, on the scale of all rules: info 10, warning 20, critical 30, others between.
    ``receivers`` were told of it; ``silenced_by`` is the silence that kept it from them. ``published_at``,
    ``ingested_at`` and ``scored_at`` are those of the newest document of its evidence: they show where time was lost.
    ``head`` is the id of the alert that stands for its event, its own where that is itself: see
    :func:`stream.pipeline.notify.grouping.head_of`. It is empty for alerts of a release before this.
    ``earlier`` is what was written before, where the series was new or silent; lists have it without documents.
    """

    id: str
    rule: str
    series: str
    status: Status
    fired_at: datetime
    resolved_at: datetime | None = None
    kind: str = "negative"
    severity: str = "warning"
    group_id: str = ""
    created_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    published_at: datetime | None = None
    ingested_at: datetime | None = None
    scored_at: datetime | None = None
    receivers: tuple[str, ...] = ()
    silenced_by: str | None = None
    level: int = WARNING
    head: str = ""
    earlier: Earlier | None = None

    @property
    def heads(self) -> bool:
        """Whether it stands for its event, and is no member of another alert's."""
        return self.head in ("", self.id)

    @property
    def open(self) -> bool:
        """Whether it has not resolved."""
        return self.status is not Status.RESOLVED


class AlertSnapshot(msgspec.Struct, frozen=True):
    """An alert as it stands, with what its notifications tell.

    Attributes:
        observation: the numbers of the latest decision; None where no decision is stored.
        steps: the names of the steps it has taken, such as "firing", so that each is taken once.
        detail: the latest decision in words; empty where it has none.
        window: minutes of the window on which it fired; 0 where that is not known.
        height: the numbers of the worst decision by which it fired or rose; None where no such decision is stored.
    """

    alert: Alert
    observation: Observation | None
    evidence: tuple[Evidence, ...] = ()
    steps: frozenset[str] = frozenset()
    detail: str = ""
    window: int = 0
    height: Observation | None = None

    @classmethod
    def of(cls, alert: Alert, transitions: Sequence[Transition], evidence: tuple[Evidence, ...]) -> AlertSnapshot:
        """Return the snapshot of an alert whose ``transitions``, in their order, are all that it has been through."""
        latest = next((step.decision for step in reversed(transitions) if step.decision is not None), None)
        fired = next((step.decision for step in transitions if step.step == "firing" and step.decision), None)
        raised = [one.decision.observation for one in transitions if one.decision and one.status is not Status.RESOLVED]
        return cls(
            alert,
            latest.observation if latest else None,
            evidence,
            frozenset(step.step for step in transitions),
            latest.detail if latest else "",
            fired.observation.window if fired else 0,
            max(raised, key=lambda one: one.score, default=None),
        )

    def decided(self, change: Change) -> AlertSnapshot:
        """Return the snapshot with the numbers of a further change, which may be its height."""
        seen, height = change.decision.observation, self.height
        if change.status is not Status.RESOLVED and (height is None or seen.score > height.score):
            height = seen
        return msgspec.structs.replace(self, observation=seen, detail=change.decision.detail, height=height)


class AlertStory(msgspec.Struct, frozen=True):
    """All that is known of an alert. ``deliveries`` are those of its group; ``members`` are the others in it."""

    alert: Alert
    transitions: tuple[Transition, ...]
    evidence: tuple[Evidence, ...]
    deliveries: tuple[DeliveryState, ...]
    members: tuple[Alert, ...] = ()

    @property
    def delivered_at(self) -> datetime | None:
        """When a receiver took the first notification of it; None: none has yet."""
        # What was made before it was written tells of others of its group.
        made = [item for item in self.deliveries if item.created_at >= (self.alert.created_at or EPOCH)]
        return min((item.delivered_at for item in made if item.delivered_at), default=None)

    @property
    def told(self) -> tuple[str, ...]:
        """The receivers that took a notification made since the alert was; others of its ``receivers`` took none."""
        since = self.alert.created_at
        took = {one.receiver for one in self.deliveries if one.delivered_at and (not since or one.created_at >= since)}
        return tuple(name for name in self.alert.receivers if name in took)


def alert_id(rule: str, series: str, fired: int) -> str:
    """Return the id of the alert of ``rule`` that fired in ``series`` at minute ``fired``, counted from 1970."""
    return str(uuid.uuid5(NAMESPACE, f"{rule}/{series}/{fired}"))


def message_id(steps: Iterable[str]) -> str:
    """Return the id of the notification of these steps, equal on every attempt and for every receiver."""
    return f"msg_{uuid.uuid5(NAMESPACE, '+'.join(sorted(steps))).hex}"


def moment_of(minute: int) -> datetime:
    """Return the beginning of a minute counted from 1970."""
    return EPOCH + timedelta(minutes=minute)
