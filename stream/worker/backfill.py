"""Documents of the past into a new or a running deployment: into the log, the windows, the rows, and the detector.

Each document of history is written to the log of record, marked as such, and added to the windows at once: a worker
that reads it from the log finds that it counts already. So the stream need not run, and where it does, whoever is first
counts it, once. All that is done may be done again: what counts already is passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import msgspec

from stream.errors import DocumentError
from stream.pipeline.documents.classify import TextClassifier, score
from stream.pipeline.documents.document import Document, milliseconds, to_utc_ms
from stream.pipeline.documents.places import Watched, watch_nothing
from stream.pipeline.documents.reading import entries_of
from stream.pipeline.documents.record import LoggedDocument
from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify import AlertStore, Tick
from stream.pipeline.progress.watermark import HISTORY, Progress
from stream.pipeline.rules import Rule
from stream.pipeline.stories.store import StoryStore
from stream.pipeline.units import DAY_MS, HOUR, HOUR_MS, MINUTE_MS
from stream.pipeline.windows.contribution import Contribution, contribution_of
from stream.pipeline.windows.history import HeldHistory, StoredHours
from stream.pipeline.windows.store import WindowStore
from stream.worker.log_records import add_rows
from stream.worker.outcomes import Outcome
from stream.worker.relearning import NOBODY, Learned, Relearning
from stream.worker.stages.classify import Signed, with_signatures, with_stories
from stream.worker.stages.project import Project


class Found(NamedTuple):
    """A document, and words for where it stands, such as "line 5"."""

    where: str
    document: Document


@dataclass(frozen=True, slots=True)
class Destination:
    """What the past is brought into.

    Attributes:
        publish: writes documents to the log of record, and returns when the broker has them; blocks.
        entries_in: finds the watchlist entries that a text names.
        places_in: says where a text names them.
    """

    windows: WindowStore
    held: HeldHistory
    stored: StoredHours
    stories: StoryStore
    alerts: AlertStore
    project: Project
    publish: Callable[[Sequence[LoggedDocument]], None]
    entries_in: Callable[[str], Sequence[Entry]] = lambda text: ()
    places_in: Watched = watch_nothing


@dataclass(slots=True)
class Tally:
    """What became of the documents.

    Attributes:
        added: they count from now on.
        known: they, or others of their id, counted already.
        old: they are older than rows are kept.
        expired: they are of hours of which there are rows, but no windows any more; ``expired_from`` is the first of
            them, in hours since 1970.
    """

    added: int = 0
    known: int = 0
    old: int = 0
    expired: int = 0
    expired_from: int | None = None


class Backfill:
    """Brings documents in, batch by batch, and lets the detector learn from them at the end.

    Args:
        keep_days: of rows; what is older is left out.
        refuse: is told the reason and the place of what cannot be read or counted.
        now: when it began.
    """

    def __init__(
        self,
        to: Destination,
        classifier: TextClassifier,
        rules: Sequence[Rule],
        keep_days: int,
        refuse: Callable[[object, str], None],
        now: datetime,
    ) -> None:
        self._to, self._classifier, self._rules, self._refuse = to, classifier, rules, refuse
        self._now, self._oldest = now, milliseconds(now) - keep_days * DAY_MS
        self._expired = frozenset[int]()  # hours
        self._silent = False
        self.tally = Tally()

    async def begin(self) -> None:
        """Find the hours of which rows stand, but no windows any more: nothing can be added to these. StoreError."""
        hours = await self._to.stored.hours(self._oldest // HOUR_MS)
        held = await self._to.held.holds(hours)
        self._expired = frozenset(hour for hour, is_held in zip(hours, held, strict=True) if not is_held)

    async def add(self, found: Sequence[Found]) -> None:
        """Classify documents and bring them in.

        Raises:
            BrokerError, StoreError, ClassifierError: add the same again.
        """
        new = await self._unknown([item for item in found if self._is_kept(item.document)])
        if not new:
            return
        await self._keep_silent(max(milliseconds(item.document.published_at) for item in new) // MINUTE_MS)
        answers = await asyncio.to_thread(self._signed_answers, [item.document for item in new])
        outcomes = await with_stories(answers, self._to.stories)
        documents, rows = self._counted(new, outcomes)
        if not rows:
            return
        # From here to the end of the learning a run that is cut off has left something to be learned.
        await self._to.held.note_unlearned()
        await asyncio.to_thread(self._to.publish, documents)
        times = [row.member.millisecond for row in rows]
        progress = {HISTORY: Progress(min(times), max(times), milliseconds(self._now))}
        # A worker may have read them from the log by now: they count once, whoever was first.
        await add_rows(lambda part: self._to.windows.add(part, progress), rows)
        self.tally.added += len(rows)
        await self.project()

    async def project(self) -> None:
        """Write the rows of the minutes that changed. Raises StoreError."""
        while await self._to.project.tick():
            pass

    async def learn(self, relearning: Relearning) -> list[Learned] | None:
        """Let the detector learn what it has not; None where the windows do not hold all that it knows already.

        Raises:
            StoreError: a store did not answer; run it again.
        """
        progress = await self._to.windows.progress()
        known, live = progress.get(HISTORY), bool(progress.keys() - {HISTORY})
        if known is None or not await self._to.held.unlearned():
            return []
        first = max(known.first, self._oldest) // MINUTE_MS
        states = [state for rule in self._rules if (state := (await self._to.alerts.load(rule.name))[1]) is not None]
        begun = min([first, *(state.since for state in states)])
        if begun < self._oldest // MINUTE_MS or any(hour >= begun // HOUR for hour in self._expired):
            return None
        last = known.latest // MINUTE_MS + 1
        learned = [await relearning.learn(rule, first, last, live=live) for rule in self._rules]
        await self._to.held.note_learned()
        return learned

    def _signed_answers(self, documents: Sequence[Document]) -> list[Outcome | Signed]:
        return with_signatures(score(documents, self._classifier, self._to.places_in))

    def _is_kept(self, document: Document) -> bool:
        at = milliseconds(document.published_at)
        if at < self._oldest:
            self.tally.old += 1
        elif (hour := at // HOUR_MS) in self._expired:
            self.tally.expired += 1
            self.tally.expired_from = min(hour, self.tally.expired_from or hour)
        else:
            return True
        return False

    async def _unknown(self, found: Sequence[Found]) -> list[Found]:
        """Return the documents that do not count yet, the first of each id."""
        by_id = {item.document.id: item for item in reversed(found)}
        first = list(by_id.values())[::-1]
        places = [(item.document.id, milliseconds(item.document.published_at)) for item in first]
        counted = await self._to.held.counted(places) if places else []
        new = [item for item, known in zip(first, counted, strict=True) if not known]
        self.tally.known += len(found) - len(new)
        return new

    def _counted(
        self, found: Sequence[Found], outcomes: Sequence[Outcome]
    ) -> tuple[list[LoggedDocument], list[Contribution]]:
        """Return the records of the log and what they add; what cannot be counted is refused."""
        documents: list[LoggedDocument] = []
        rows: list[Contribution] = []
        for item, outcome in zip(found, outcomes, strict=True):
            if not isinstance(outcome, LoggedDocument):
                self._refuse(outcome, item.where)
                continue
            document = msgspec.structs.replace(outcome, history=True, scored_at=to_utc_ms(self._now))
            try:
                rows.append(contribution_of(document, entries_of(document, self._to.entries_in)))
            except Exception as error:
                self._refuse(DocumentError.unforeseen("counting", error), item.where)
                continue
            documents.append(document)
        return documents, rows

    async def _keep_silent(self, minute: int) -> None:
        """Let nothing fire for minutes before now, where ``minute`` is one that the detector has not decided on yet."""
        decided = 0 if self._silent else await self._to.alerts.last_evaluated_minute()
        if not decided or minute < decided:
            return
        until = milliseconds(self._now) // MINUTE_MS
        for rule in self._rules:
            while True:
                version, state = await self._to.alerts.load(rule.name)
                if state is None or state.silent_until >= until:
                    break
                silent = replace(state, silent_until=until)
                if await self._to.alerts.commit(rule.name, version, Tick(silent, [], {}, NOBODY, self._now)):
                    break
        self._silent = True
