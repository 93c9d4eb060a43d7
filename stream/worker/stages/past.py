"""The minutes that a rule looks back on: kept from tick to tick, so that each reads the new ones alone."""

from __future__ import annotations

import asyncio

from stream.pipeline.rules import Rule, RuleState
from stream.pipeline.windows.columns import Counts, starts
from stream.pipeline.windows.store import Change, WindowStore


class Past:
    """Reads the counts of rules, and keeps the last ones of each.

    What was kept is read again as far back as it has changed: late documents are counted for a while, and those of a
    partition that was away for hours are not even late.
    A rule of long windows keeps three numbers of eight bytes per series and step of its test: 100 kB a thousand series
    and four hours where it is decided on every minute, 0.6 MB a thousand series where it looks at days by the hour.

    Args:
        windows: where they are read.
    """

    def __init__(self, windows: WindowStore) -> None:
        self._windows = windows
        # By rule, with the last change before they were read.
        self._kept: dict[str, tuple[Counts, Change]] = {}

    def clear(self) -> None:
        """Forget what was kept: the windows, or the rules, are others."""
        self._kept.clear()

    async def counts(self, rule: Rule, state: RuleState, until: int) -> Counts:
        """Return the counts that ``rule`` needs to go on from ``state`` to the minute ``until``.

        Raises:
            StoreError: the windows did not answer.
        """
        step = rule.detector.step
        first = starts(state.evaluated - rule.detector.lookback, until, step).start
        cached, change = self._kept.pop(rule.name, (None, None))
        if cached is not None and (cached.step != step or cached.first > first or cached.last < first):
            cached = None
        change, oldest = await self._windows.changes_since(change)
        again = until if oldest is None else oldest
        read_from = first if cached is None else max(first, min(cached.last, again - again % step))
        more = await self._windows.counts(read_from, until, step)
        counts = await asyncio.to_thread(_joined, rule, state, cached, more, first)
        self._kept[rule.name] = counts, change
        return counts


def _joined(rule: Rule, state: RuleState, cached: Counts | None, more: Counts, first: int) -> Counts:
    """Return ``kept`` as far as it is not in ``more``, and then this, of the series that the rule watches."""
    before = cached.names if cached is not None else ()
    known = dict.fromkeys([*state.names, *before])
    names = [*known, *(name for name in more.names if name not in known and rule.watches(name))]
    counts = more.reindexed(names)
    if cached is not None and more.first > first:
        counts = cached.between(first, more.first).reindexed(names).followed_by(counts)
    return counts.ordered_after(state.names)
