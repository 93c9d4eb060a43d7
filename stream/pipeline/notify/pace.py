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
    """What a receiver has been told of a group.

    ``at`` is when the last notification was made, ``firing`` how many were ``alert.firing``. ``sent`` is when the last
    one that waits for nothing was taken or due, ``waiting`` are the steps of the one that is not due yet.
    """

    at: datetime
    firing: int = 1
    sent: datetime | None = None
    waiting: tuple[str, ...] = ()


class Pace:
    """The interval between notifications of a group; ``replaced`` are those of which a waiting one goes no more."""

    def __init__(self, told: Mapping[Key, NotificationHistory], routing: Routing, now: datetime) -> None:
        self._told, self._routing, self._now = dict(told), routing, now
        self.replaced: set[Key] = set()

    def told(self, key: Key) -> NotificationHistory | None:
        """Return what has been told so far."""
        return self._told.get(key)

    def take(self, key: Key, steps: Iterable[str], *, at_once: bool) -> tuple[datetime | None, tuple[str, ...]]:
        """Return when a notification is due, None for at once, and all steps that it tells of."""
        before = self._told.get(key)
        waiting = before.waiting if before else ()
        if waiting:
            self.replaced.add(key)
        merged = tuple(dict.fromkeys((*waiting, *steps)))
        sent = before.sent if before else None
        due = None if at_once or sent is None else sent + self._routing.grouping.interval
        # A log, such as the alerts topic, gets everything when it happens.
        if due is not None and (due <= self._now or key[1] in self._routing.always):
            due = None
        firing = before.firing if before else 0
        self._told[key] = NotificationHistory(self._now, firing, sent if due else self._now, merged if due else ())
        return due, merged


def worse(steps: Sequence[tuple[str, str]], members: Iterable[AlertSnapshot]) -> bool:
    """Whether a severity rose, or what joins is worse than every other member that is open.

    Args:
        steps: alert id and step.
    """
    if any(step.startswith("severity:") for _, step in steps):
        return True
    joined = {alert_id for alert_id, step in steps if step == "firing"}
    open_ = [member.alert for member in members if member.alert.open]
    new = max((alert.level for alert in open_ if alert.id in joined), default=0)
    return new > max((alert.level for alert in open_ if alert.id not in joined), default=0)
