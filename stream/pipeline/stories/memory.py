"""Stories in memory, by the same rule as in Redis: for a backtest, which reads alone, and for tests. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from stream.pipeline.stories.story import CANDIDATES, PER_KEY, Signature, alike, worth


@dataclass(slots=True)
class _Day:
    """What is known of one UTC day: exact -> story and signature, key -> the latest exacts with it."""

    texts: dict[str, tuple[str, Signature]] = field(default_factory=dict)
    keys: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


class StoryMemory:
    """Which stories are known; see :class:`stream.pipeline.stories.story.StoryStore`."""

    def __init__(self) -> None:
        self._days: defaultdict[int, _Day] = defaultdict(_Day)

    def take(self, item: Signature, given: str = "") -> str:
        """Return the story of a document, ``given`` or that of what it is like, else a new one; remember it."""
        for day in (item.day, item.day - 1):
            if day in self._days and item.exact in self._days[day].texts:
                story = self._days[day].texts[item.exact][0]
                break
        else:
            day, story = -1, given or self._closest(item) or item.exact
        if day != item.day:  # What a day knows finds its copies of the next day, too.
            self._remember(item, story)
        return story

    def _remember(self, item: Signature, story: str) -> None:
        day = self._days[item.day]
        day.texts[item.exact] = story, item
        for key in item.keys:
            day.keys[key] = [*day.keys[key], item.exact][-PER_KEY:]

    def forget(self, before: int) -> None:
        """Forget the days before the UTC day ``before``."""
        for day in [day for day in self._days if day < before]:
            del self._days[day]

    def _closest(self, item: Signature) -> str | None:
        votes: Counter[tuple[int, str]] = Counter()
        for day in (item.day - 1, item.day):
            if day in self._days:
                known = self._days[day].keys
                votes.update((day, exact) for key in item.keys for exact in known.get(key, ()))
        best, story = 0, None
        for day, exact in sorted(votes, key=lambda name: (-votes[name], name))[:CANDIDATES]:
            its_story, other = self._days[day].texts[exact]
            if worth(votes[day, exact], item, other) and (shared := alike(item, other)) > best:
                best, story = shared, its_story
        return story
