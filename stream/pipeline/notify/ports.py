"""The ports around alerts: the store that the detector commits to, the desk where people act, the outbox, receivers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from stream.pipeline.notify.matching import Silence
from stream.pipeline.notify.model import Alert, AlertStory, Change, Delivery, DeliveryState, ReplayRecord
from stream.pipeline.notify.routing import RoutingSource
from stream.pipeline.rules import Decision, RuleState
from stream.pipeline.status import Status
from stream.pipeline.windows.earlier import Earlier


class Tick(msgspec.Struct, frozen=True):
    """What one tick of the detector wants stored.

    Attributes:
        state: of the rule, after the tick.
        changes: alerts that fire, grow more severe or resolve, in the order of their minutes.
        latest: the latest decision of each series that was decided on, by its name.
        receivers: where the alerts go.
        now: the wall clock.
        decisions: those of the past that dashboards show.
        forgotten: series whose latest decision is to be deleted.
        before: the state that stands in the store; where it is given, what changed since is enough to write.
    """

    state: RuleState
    changes: Sequence[Change]
    latest: dict[str, Decision]
    receivers: RoutingSource
    now: datetime
    decisions: Sequence[Decision] = ()
    forgotten: Sequence[str] = ()
    before: RuleState | None = None


class RuleTick(NamedTuple):
    """A tick of one rule, made from its state at ``version``."""

    rule: str
    version: int
    tick: Tick


def changes_together(ticks: Sequence[RuleTick]) -> list[Change]:
    """Return the changes of several rules in the order of their minutes: one event may make several rules fire."""
    return sorted((change for one in ticks for change in one.tick.changes), key=lambda change: change.at)


class AlertStore(Protocol):
    """The port: the detector's state and the alerts, changed together or not at all.

    Every method raises StoreError when the store does not answer; each may then be called again with the same values.
    """

    async def load(self, rule: str, known: tuple[int, RuleState] | None = None) -> tuple[int, RuleState | None]:
        """Return the version of the state of ``rule`` and the state; version 0 and None where there is none.

        ``known`` is a version and state that the caller has loaded before: the store then may read less.
        """

    async def commit(self, rule: str, version: int, tick: Tick) -> bool:
        """Write a tick in one transaction: state, alerts, transitions, evidence, outbox, current state per series.

        Returns False, and writes nothing, when the state's version is not ``version`` any more: another worker was
        faster, and the tick has to be computed again from what it left.
        """

    async def commit_together(self, ticks: Sequence[RuleTick]) -> bool:
        """Write the ticks of several rules in one transaction, or nothing, as :meth:`commit` does with one.

        What they raise in one minute of one event is one notification. The wall clock and the receivers are those of
        the first.
        """

    async def alerts(self, status: Status | None, limit: int) -> list[Alert]:
        """Return the latest alerts, newest first."""

    async def open_alerts(self) -> list[Alert]:
        """Return every alert that is not resolved, newest first, as of one moment."""

    async def ids_with_prefix(self, text: str, limit: int) -> list[str]:
        """Return the ids that begin with ``text``, up to ``limit`` of them."""

    async def story(self, alert_id: str) -> AlertStory | None:
        """Return all that is stored about one alert, or None when there is no such alert."""

    async def latest_decisions(self) -> dict[tuple[str, str], Decision]:
        """Return the latest decision of every rule on every series, by both."""

    async def last_evaluated_minute(self) -> int:
        """Return the furthest minute that any rule was decided on; 0 where there is none."""

    async def earlier(self, series: str, first: int) -> Earlier | None:
        """Return what was written of a series before the minute ``first``.

        None where it is neither new nor was silent, or where the store knows too few days to tell.
        """

    async def replay_record(self, alert_id: str) -> ReplayRecord | None:
        """Return what a replay of an alert needs, or None when nothing was recorded."""


class Retention(msgspec.Struct, frozen=True):
    """For how long alerts that are over are kept.

    Attributes:
        evidence: documents, and the payloads that quote them, after the alert resolved.
        alerts: alerts with their steps after they resolved, and silences after their end.
        erased: that a document was erased, after it was. At least as long as anything keeps it that could write its
            text again.
    """

    evidence: timedelta
    alerts: timedelta
    erased: timedelta


class Desk(Protocol):
    """The port: what people do to alerts, and what time does. Every method raises StoreError, and may be repeated."""

    async def acknowledge(
        self, alert_id: str, author: str, comment: str, *, now: datetime, alone: bool = False
    ) -> list[Alert] | None:
        """Acknowledge the firing alerts of a group, or one ``alone``; None when there is no such alert.

        Returns the alerts asked for, as they now stand: one that another acknowledged before keeps that name, and a
        comment is one more of its steps.
        """

    async def add_silence(self, silence: Silence) -> None:
        """Store a silence; one of the same id is left as it is."""

    async def end_silence(self, silence_id: str, author: str, now: datetime) -> Silence | None:
        """End a silence now, unless it is over; return it, or None when there is none."""

    async def silences(self, *, since: datetime | None = None) -> list[Silence]:
        """Return the silences that end after ``since``, all of them where it is None; the last to begin first."""

    async def remind(self, now: datetime) -> int:
        """Send what silences kept back and do no more, and what is to be repeated; return how many notifications."""

    async def forget(self, retention: Retention, now: datetime) -> int:
        """Delete what is older than ``retention`` says, of alerts that are over; return how many rows.

        That a document was erased is remembered while a row of evidence has its id, however old that is. Deliveries
        that have waited for a day are given up, also those to receivers that are not configured any more.
        """


# The names of this class and the next stand in the OpenAPI document, so they are part of the interface.
class Standing(msgspec.Struct, frozen=True):
    """Why a receiver is disabled, since when, and by whom."""

    name: str
    disabled_at: datetime | None = None
    reason: str | None = None
    actor: str | None = None


class Waiting(msgspec.Struct, frozen=True):
    """A receiver's queue: how many are on their way, since when the oldest is, how many were given up.

    ``failing`` is since when the oldest of those is on its way that failed and will be tried again; while there is one,
    ``taken_at`` is when the receiver last took anything.
    """

    receiver: str
    queued: int = 0
    oldest: datetime | None = None
    given_up: int = 0
    failing: datetime | None = None
    taken_at: datetime | None = None


class Outbox(Protocol):
    """The port: notifications on their way. Every method raises StoreError when the store does not answer."""

    async def claim(self, receiver: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        """Return deliveries that are due, and keep others from claiming them until ``now + lease``.

        Of one group and receiver only the earliest that is not done is ever returned, so that "resolved" never
        overtakes "firing". A receiver that is disabled gets none.
        """

    async def settle(self, receiver: str, now: datetime) -> int:
        """Give up what is no news any more, and return how many.

        That is "firing" and "updated" when "resolved" waits behind them, "updated" when another one does that is due as
        soon, and what is a day old. What somebody has claimed is left to them.
        """

    async def delivered(self, delivery: Delivery, now: datetime) -> None:
        """Mark as done. Call it after the receiver has taken it, never before."""

    async def failed(self, delivery: Delivery, error: str, next_at: datetime | None) -> None:
        """Count a failed attempt; due again at ``next_at``, or given up when that is None."""

    async def put_off(self, delivery: Delivery, why: str, next_at: datetime) -> None:
        """Make a delivery that was claimed, and not tried, due again at ``next_at``; it counts no attempt."""

    async def hasten(self, receiver: str, now: datetime, limit: int) -> int:
        """Make what failed and waits for its next attempt due now, up to ``limit``, and return how many.

        For a receiver that takes notifications again: what comes later in a group waits behind what failed.
        """

    async def deliveries(self, receiver: str | None, *, undelivered: bool, limit: int) -> list[DeliveryState]:
        """Return the latest deliveries, newest first."""

    async def delivery(self, delivery_id: int) -> tuple[DeliveryState, bytes] | None:
        """Return a delivery and its payload, empty once that has been forgotten."""

    async def retry(self, delivery_id: int, now: datetime) -> bool:
        """Make a delivery that has not been taken due at once, with a fresh schedule; False where there is none.

        False, too, where :meth:`overtaken_by` is one.
        """

    async def overtaken_by(self, delivery_id: int, now: datetime) -> DeliveryState | None:
        """Return the later delivery of its incident to its receiver that forbids to send one again; None: none does.

        One was delivered, is being sent, or is the end of the incident and was given up; the first that holds, and of
        several the latest.
        """

    async def disable(self, receiver: str, reason: str, actor: str, now: datetime) -> None:
        """Keep a receiver's deliveries back; one that is disabled already keeps its reason."""

    async def enable(self, receiver: str) -> bool:
        """Let them go again, at once; False when it was not disabled."""

    async def disabled_receivers(self) -> list[Standing]:
        """Return the receivers that are disabled."""

    async def queues(self) -> list[Waiting]:
        """Return the queue of every receiver that has one, or has given something up."""


class Receiver(Protocol):
    """The port: one place that notifications go to, by its name; a log gets even what is no news any more."""

    name: str
    is_log: bool

    async def send(self, delivery: Delivery) -> None:
        """Deliver, and return when the receiver has taken it.

        Raises:
            DeliveryError: it was not taken; ``permanent`` says whether trying again is useless.
        """

    async def aclose(self) -> None:
        """Give connections back."""
