"""What a change of alerts leads to: what is to be stored, and the notifications to send."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from stream.pipeline.notify.model import Alert, Change, Transition
from stream.pipeline.notify.pace import Key


class Notice(msgspec.Struct, frozen=True):
    """A notification for one receiver, ``due`` at once unless it says when.

    ``alert_id`` is the alert that stands for the group; ``payload`` is JSON.
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
    """What is to be stored in one transaction.

    Attributes:
        alerts: as they now are, by id, in the order in which they changed.
        heads: by alert, which one stands for its event from now on; also of alerts that have not changed otherwise.
        transitions: the steps they have taken, each with the alert's id.
        notices: the notifications to send.
        new_changes: the detector's changes that were not known before; their evidence is to be stored, too.
        superseded: groups and receivers whose stored notification that waits is to be deleted: one of ``notices``
            tells of the same, and more.
        hastened: groups and receivers whose notification that failed is tried now, and not when its schedule says: what
            is urgent waits behind it.
    """

    alerts: dict[str, Alert] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    transitions: list[tuple[str, Transition]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    new_changes: list[Change] = field(default_factory=list)
    superseded: set[Key] = field(default_factory=set)
    hastened: set[Key] = field(default_factory=set)


def comment_step(actor: str, comment: str) -> str:
    """Return the name of the step that somebody takes who says something of an alert that is acknowledged: once each.

    >>> comment_step("Bob", "it is a rumour")
    'acknowledged:83fed08c'
    """
    return f"acknowledged:{hashlib.sha256(f'{actor} {comment}'.encode()).hexdigest()[:8]}"
