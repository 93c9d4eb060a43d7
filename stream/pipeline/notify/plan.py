"""What a change leads to: what is to be stored, and the notifications to send."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from stream.pipeline.notify.model import Alert, Change, Transition
from stream.pipeline.notify.pace import Key


class Notice(msgspec.Struct, frozen=True):
    """A notification for one receiver, ``due`` at once unless it says when.

    ``alert_id`` is the alert that stands for the group.
    """

    alert_id: str
    group_id: str
    message_id: str
    receiver: str
    type: str
    payload: bytes
    due: datetime | None = None


@dataclass
class Plan:
    """What is to be stored; ``alerts`` in the order in which they changed, ``fresh`` the changes that are new.

    ``replaced`` are groups and receivers whose stored notification that waits is deleted: one of ``notices`` tells of
    the same, and more.
    """

    alerts: dict[str, Alert] = field(default_factory=dict)
    steps: list[tuple[str, Transition]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    fresh: list[Change] = field(default_factory=list)
    replaced: set[Key] = field(default_factory=set)
