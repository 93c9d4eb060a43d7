"""Stories in memory, by the same rule as in Redis: for a backtest, which reads alone, and for tests. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from stream.pipeline.stories.same_story import RULE, core_of, is_worth_comparing, may_join, story_overlap
from stream.pipeline.stories.signature import Signature


@dataclass(slots=True)
class _Day:
    """What is known of one UTC day: the story and the signature by ``exact``, the latest ``exact`` by key.

    The entries of a signature that is kept are those of its story's core.
    """

    texts: dict[str, tuple[str, Signature]] = field(default_factory=dict)
    keys: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


class StoryMemory:
    """Which stories are known; see :class:`stream.pipeline.stories.store.StoryStore`."""

    def __init__(self) -> None:
        self._days: defaultdict[int, _Day] = defaultdict(_Day)

    def assign(self, item: Signature, given: str = "") -> str:
        """Return the story of a document, and remember it.

        Args:
            item: the document.
            given: its story where that is known. Without it the story is that of the same words or of the document
                that it is most like, else a new one.
        """
        known_on = next((day for day in (item.day, item.day - 1) if self._knows(day, item.exact)), None)
        if known_on is not None:
            story, kept = self._days[known_on].texts[item.exact]
            item = item._replace(entries=kept.entries)
        elif not given and (joined := self._closest(item)):
            story, core = joined
            item = item._replace(entries=core_of(item.entries, core))
        else:
            story = given or item.exact
        if known_on != item.day:  # What a day knows finds its copies of the next day, too.
            self._remember(item, story)
        return story

    def forget(self, before: int) -> None:
        """Forget the days before the UTC day ``before``."""
        for day in [day for day in self._days if day < before]:
            del self._days[day]

    def _knows(self, day: int, exact: str) -> bool:
        return day in self._days and exact in self._days[day].texts

    def _remember(self, item: Signature, story: str) -> None:
        day = self._days[item.day]
        day.texts[item.exact] = story, item
        for key in item.keys:
            day.keys[key] = [*day.keys[key], item.exact][-RULE.per_key :]

    def _closest(self, item: Signature) -> tuple[str, tuple[str, ...]] | None:
        """Return story and core of the document that shares most pairs with ``item``; None: it is like none."""
        votes: Counter[tuple[int, str]] = Counter()
        for day in (item.day - 1, item.day):
            if day in self._days:
                latest = self._days[day].keys
                votes.update((day, exact) for key in item.keys for exact in latest.get(key, ()))
        best, found = 0, None
        for day, exact in sorted(votes, key=lambda candidate: (-votes[candidate], candidate))[: RULE.candidates]:
            its_story, other = self._days[day].texts[exact]
            if not may_join(item.entries, other.entries) or not is_worth_comparing(votes[day, exact], item, other):
                continue
            if (shared := story_overlap(item, other)) > best:
                best, found = shared, (its_story, other.entries)
        return found
