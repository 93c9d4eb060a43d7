"""Which series the watchlist in force has: rules decide on no others, whatever stands in the windows of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.windows.columns import Counts
from stream.pipeline.windows.contribution import ENTRY
from stream.pipeline.windows.series_names import group_of, split_series

# Minutes in which all workers have a changed list, where a file takes a while to come to each. What is counted of a
# name later than that is counted by a list that has it.
SETTLED = 5


class Listed:
    """Tells the series that the list has from those of names that were taken off it.

    Topics are no matter of the list. Where it has no entries each series is listed: a worker of stage ``detect`` may
    not be told of the list by which others count, and a file that was emptied by mistake must not end every alert.
    Its list may also be older than theirs: a name for which documents are still counted is on a list.

    Args:
        entries: of the list, by name.
        taken: the minute to which the stream had come when the list was taken.

    >>> listed = Listed({"Acme": Entry(name="Acme", group="makers")})
    >>> sorted(listed.others(["topic:Macro", "entry:Acme", "entry:Acme/topic:Macro", "group:makers", "group:old"]))
    ['entry:Acme/topic:Macro', 'group:old']
    """

    def __init__(self, entries: Mapping[str, Entry], taken: int = 0) -> None:
        self.entries, self._taken = entries, taken
        self._groups = {entry.group for entry in entries.values()}
        self._known: dict[str, bool] = {}  # asked of every series at each tick

    def __contains__(self, series: str) -> bool:
        if series not in self._known:
            self._known[series] = not self.entries or self._has(series)
        return self._known[series]

    def others(self, series: Iterable[str]) -> frozenset[str]:
        """Return those of ``series`` that the list does not have."""
        return frozenset(name for name in series if name not in self) if self.entries else frozenset()

    def is_sure(self, minute: int) -> bool:
        """Whether it is known by ``minute`` for which names documents are still counted."""
        return minute >= self._taken + 2 * SETTLED

    def note_counted(self, counts: Counts) -> list[str]:
        """Take the series for listed that have documents of when every worker had the list; return those."""
        others = self.others(counts.names)
        begin = max(0, -((counts.first - self._taken - SETTLED) // counts.step))
        rows = [row for row, name in enumerate(counts.names) if name in others]
        found = [counts.names[row] for row in rows if counts.documents[row, begin:].any()]
        self._known |= dict.fromkeys(found, True)
        return found

    def _has(self, series: str) -> bool:
        if group := group_of(series):
            return group in self._groups
        if not series.startswith(ENTRY):
            return True
        name, topic = split_series(series)
        entry = self.entries.get(name)
        return entry is not None and (entry.by_topic or not topic)
