"""Files that people edit while the worker runs: taken when they change, refused when they are wrong."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from stream import metrics
from stream.errors import SettingsError
from stream.pipeline.rules import Rule
from stream.pipeline.watchlist import Watchlist

logger = logging.getLogger(__name__)


class Reloadable(Protocol):
    """A watchlist that knows whether its file has changed."""

    current: Watchlist

    def refresh(self) -> bool:
        """Read it again if it changed; SettingsError when it is wrong, and the old one stays."""


class ReloadableRules(Protocol):
    """Rules that know whether their file has changed."""

    current: tuple[Rule, ...]

    def refresh(self) -> bool:
        """Read it again if it changed; SettingsError when it is wrong, and the old ones stay."""


class ReloadRules:
    """Takes changed rules without a restart; a wrong file is refused, in the log and in the metrics."""

    name = "rules"

    def __init__(self, file: ReloadableRules) -> None:
        self._file = file
        metrics.RULES.set(len(file.current))

    async def tick(self) -> bool:
        """Read it again if it changed."""
        try:
            if await asyncio.to_thread(self._file.refresh):
                metrics.RULES.set(len(self._file.current))
                metrics.RULES_READS.labels("accepted").inc()
                logger.warning("rules: %s from now on", ", ".join(rule.name for rule in self._file.current))
        except SettingsError as error:
            metrics.RULES_READS.labels("refused").inc()
            logger.error("rules: refused, the old ones stay: %s", error)
        return False


class ReloadWatchlist:
    """Takes a changed watchlist without a restart; a wrong one is refused, in the log and in the metrics."""

    name = "watchlist"

    def __init__(self, file: Reloadable) -> None:
        self._file = file
        metrics.WATCHED.set(len(file.current.entries))

    async def tick(self) -> bool:
        """Read it again if it changed."""
        try:
            if await asyncio.to_thread(self._file.refresh):
                metrics.WATCHED.set(len(self._file.current.entries))
                metrics.WATCHLIST_READS.labels("accepted").inc()
                logger.warning("watchlist: %d entries from now on", len(self._file.current.entries))
        except SettingsError as error:
            metrics.WATCHLIST_READS.labels("refused").inc()
            logger.error("watchlist: refused, the old one stays: %s", error)
        return False
