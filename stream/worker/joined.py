"""Whether a worker has joined its consumer groups: before that it runs, and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stream.errors import BrokerError


class Joined:
    """Listens to Faust apps; an assignment without partitions counts, too: others then have them all."""

    def __init__(self, apps: Sequence[Any]) -> None:
        self._waiting = {app.conf.id for app in apps}
        for app in apps:
            app.on_partitions_assigned.connect(self._assigned)

    async def check(self) -> None:
        """Raise BrokerError while a group has not been joined since the start."""
        if self._waiting:
            raise BrokerError(f"joining the consumer groups: {', '.join(sorted(self._waiting))}")

    async def _assigned(self, app: Any, *_: Any, **__: Any) -> None:
        self._waiting.discard(app.conf.id)
