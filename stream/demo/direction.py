"""When the scene may go on: the alert was seen firing, with its webhook, for long enough to be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from stream.demo.player import Part, Scene
from stream.demo.receiver import Received
from stream.demo.scenario import crisis_window
from stream.view import Snapshot

# Times its own pace: the hour of the crisis takes some 14 s, of which the first half passes before it fires.
CRISIS_SPEED = 240.0
# The scene begins so long before the crisis, which begins with a few documents.
BEFORE = timedelta(minutes=1)
# Seconds that the firing alert stands on the screen before the play goes on: three headlines are read in ten.
SHOWN = 12.0
# Seconds to wait at the end of the scene for an alert that does not come, or for its webhook.
PATIENCE = 60.0


class Waiting(Protocol):
    """The part of the player that waits at the end of its scene."""

    waits_for: Part | None

    def go_on(self) -> None:
        """Play what follows."""


def crisis_scene(end: datetime) -> Scene:
    """Return the stretch of the scenario that ends at ``end`` in which the bank fails."""
    begin, over = crisis_window(end)
    return Scene(begin - BEFORE, over, CRISIS_SPEED)


class Direction:
    """Lets the player wait at the end of its scene until there was time to read.

    Args:
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(self, player: Waiting, monotonic: Callable[[], float]) -> None:
        self._player, self._monotonic = player, monotonic
        self._fired_at: float | None = None
        self._waits_since: float | None = None

    def look(self, snapshot: Snapshot, received: Sequence[Received]) -> None:
        """Take in what is shown now."""
        now = self._monotonic()
        if self._fired_at is None and any(row.firing for row in snapshot.alerts):
            self._fired_at = now
        if self._player.waits_for is not Part.AFTER:
            return
        self._waits_since = now if self._waits_since is None else self._waits_since
        told = any(item.type == "alert.firing" for item in received)
        read = self._fired_at is not None and now - self._fired_at >= SHOWN
        if (told and read) or now - self._waits_since >= PATIENCE:
            self._player.go_on()
