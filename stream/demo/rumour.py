"""The rumour that must not alert: what its copies weighed, as the stores have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stream.demo.scenario import COPIES, burst_window
from stream.pipeline.figures import number
from stream.pipeline.windows.bucket import minute_of
from stream.pipeline.windows.contribution import ENTRY
from stream.pipeline.windows.projection import SeriesStore
from stream.translation import _
from stream.view import Snapshot


@dataclass(frozen=True, slots=True)
class Rumour:
    """What was counted of the rumoured bank while the rumour ran: documents, and the independent ones they weigh."""

    bank: str
    documents: int
    weight: float
    alerted: bool

    def __str__(self) -> str:
        counts = {"posts": f"{self.documents:,}", "copies": f"{COPIES:,}", "weight": number(self.weight)}
        words = _("Rumour about {bank}: {posts} posts, {copies} copies, weighed {weight}: {alert}.")
        return words.format(bank=self.bank, alert=_("an ALERT") if self.alerted else _("no alert"), **counts)


class RumourWatch:
    """Looks the rumour up once event time has passed it.

    Args:
        bank: of the rumour.
        end: of the scenario.
    """

    def __init__(self, store: SeriesStore, bank: str, end: datetime) -> None:
        self._store, self._bank, self._window = store, bank, burst_window(end)
        self._series = f"{ENTRY}{bank}"
        self.rumour: Rumour | None = None

    async def look(self, snapshot: Snapshot) -> None:
        """Take in what is known now. Raises StoreError."""
        alerted = any(row.alert.series == self._series for row in snapshot.alerts)
        if self.rumour is not None:
            self.rumour = Rumour(self._bank, self.rumour.documents, self.rumour.weight, alerted)
        elif snapshot.watermark is not None and snapshot.watermark > self._window[1]:
            first, over = (minute_of(moment) for moment in self._window)
            minutes = await self._store.minutes(first, over + 1)
            buckets = [row[self._series] for row in minutes.values() if self._series in row]
            documents = sum(bucket.documents for bucket in buckets)
            if documents >= COPIES:  # rows are written a while after event time has passed
                weight = sum(bucket.independent_documents for bucket in buckets)
                self.rumour = Rumour(self._bank, documents, weight, alerted)
