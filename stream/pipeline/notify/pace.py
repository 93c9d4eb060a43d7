"""When a receiver hears of a group again: at once, or together with what else happens within the interval.

An event that spreads over thirty series in thirty minutes is not thirty messages. What waits is merged: of a group and
receiver at most one notification waits, it tells of all that happened since the last one, and it is due when the
interval is over. At once go what opens a group, what ends it, a severity that rises, a member that is worse than all
others, what people do and reminders; what waited then goes with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from stream.pipeline.notify.model import AlertSnapshot
from stream.pipeline.notify.routing import Routing

Key = tuple[str, str]  # group and receiver


class NotificationHistory(msgspec.Struct, frozen=True):
    """What a receiver has been told of a group so far.

    Attributes:
        last_made: when the last notification was made, whether it has been sent or still waits.
        firing_count: how many were of type ``alert.firing``, reminders among them.
        last_sent: when the last one that does not wait was taken by the receiver, or was due; None: there is none.
        waiting_steps: the steps, ``alert id/step``, that the notification which is not due yet tells of.
    """

    last_made: datetime
    firing_count: int = 1
    last_sent: datetime | None = None
    waiting_steps: tuple[str, ...] = ()


class Pace:
    """Keeps the interval between the notifications of each group to each receiver.

    Attributes:
        superseded: the groups and receivers whose notification that waits is not sent any more, since a later one
            tells of the same.
    """

    def __init__(self, histories: Mapping[Key, NotificationHistory], routing: Routing, now: datetime) -> None:
        self._histories, self._routing, self._now = dict(histories), routing, now
        self.superseded: set[Key] = set()

    def history(self, key: Key) -> NotificationHistory | None:
        """Return what the receiver has been told of the group; None: nothing yet."""
        return self._histories.get(key)

    def schedule(self, key: Key, steps: Iterable[str], *, at_once: bool) -> tuple[datetime | None, tuple[str, ...]]:
        """Say when a notification of ``steps`` goes, and remember it.

        Returns:
            When it is due, None for at once; and all steps that it tells of, those of one that waited among them.
        """
        before = self._histories.get(key)
        if before is None:
            merged = tuple(dict.fromkeys(steps))
            self._histories[key] = NotificationHistory(self._now, firing_count=0, last_sent=self._now)
            return None, merged
        if before.waiting_steps:
            self.superseded.add(key)
        merged = tuple(dict.fromkeys((*before.waiting_steps, *steps)))
        due = None if at_once else self._due(key, before)
        self._histories[key] = NotificationHistory(
            self._now, before.firing_count, before.last_sent if due else self._now, merged if due else ()
        )
        return due, merged

    def _due(self, key: Key, before: NotificationHistory) -> datetime | None:
        """Return the end of the interval, None where it is over."""
        # A log, such as the alerts topic, gets everything when it happens.
        if before.last_sent is None or key[1] in self._routing.always:
            return None
        due = before.last_sent + self._routing.grouping.interval
        return due if due > self._now else None


def is_escalation(steps: Sequence[tuple[str, str]], members: Iterable[AlertSnapshot]) -> bool:
    """Whether a severity rose, or an alert that joins is worse than every other open member of the group.

    Args:
        steps: alert id and step.
        members: the alerts of the group that the receiver is told of.
    """
    if any(step.startswith("severity:") for _, step in steps):
        return True
    joined = {alert_id for alert_id, step in steps if step == "firing"}
    open_alerts = [member.alert for member in members if member.alert.open]
    highest_new = max((alert.level for alert in open_alerts if alert.id in joined), default=0)
    return highest_new > max((alert.level for alert in open_alerts if alert.id not in joined), default=0)
