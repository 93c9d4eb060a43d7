"""Stories in memory, by the pure rule."""

from collections import Counter
from collections.abc import Sequence

from stream.pipeline.stories import Signature, alike, worth

PER_KEY, CANDIDATES = 4, 5


class FakeStoryStore:
    """Passes the same contract suite as the adapter."""

    def __init__(self) -> None:
        self._exact: dict[tuple[int, str], str] = {}
        self._texts: dict[tuple[int, str], tuple[str, Signature]] = {}
        self._keys: dict[tuple[int, int], list[str]] = {}

    async def assign(self, signatures: Sequence[Signature]) -> list[str]:
        return [self._take(item, "") for item in signatures]

    async def remember(self, signatures: Sequence[Signature], stories: Sequence[str]) -> None:
        for item, story in zip(signatures, stories, strict=True):
            self._take(item, story)

    def _take(self, item: Signature, given: str) -> str:
        around = (item.day, item.day - 1)
        known = [(day, self._exact[day, item.exact]) for day in around if (day, item.exact) in self._exact]
        day, story = known[0] if known else (None, given or self._closest(item) or item.exact)
        if day != item.day:
            self._exact[item.day, item.exact] = story
            self._texts[item.day, item.exact] = story, item
            for key in item.keys:
                kept = [*self._keys.get((item.day, key), []), item.exact]
                self._keys[item.day, key] = kept[-PER_KEY:]
        return story

    def _closest(self, item: Signature) -> str | None:
        votes: Counter[tuple[int, str]] = Counter()
        for day in range(item.day - 1, item.day + 1):
            votes.update((day, exact) for key in item.keys for exact in self._keys.get((day, key), []))
        best, story = 0, None
        for found in sorted(votes, key=lambda name: (-votes[name], name))[:CANDIDATES]:
            other = self._texts[found]
            if worth(votes[found], item, other[1]) and (shared := alike(item, other[1])) > best:
                best, story = shared, other[0]
        return story
