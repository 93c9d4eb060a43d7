"""Stories in memory behind the port."""

from collections.abc import Sequence

from stream.pipeline.stories.memory import StoryMemory
from stream.pipeline.stories.signature import Signature


class FakeStoryStore:
    """Passes the same contract suite as the adapter."""

    def __init__(self) -> None:
        self._memory = StoryMemory()

    async def assign(self, signatures: Sequence[Signature]) -> list[str]:
        return [self._memory.assign(item) for item in signatures]

    async def remember(self, signatures: Sequence[Signature], stories: Sequence[str]) -> None:
        for item, story in zip(signatures, stories, strict=True):
            self._memory.assign(item, story)
