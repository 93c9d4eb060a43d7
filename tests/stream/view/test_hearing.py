"""The live view says which series cannot be heard, and waits for nothing of it."""

import asyncio

from models.errors import ArtifactError
from stream.errors import StoreError
from stream.pipeline.detect import ClassifierErrors, DetectorSpec
from stream.pipeline.rules import Rule, RuleState, begin
from stream.view.hearing import ASKED_EVERY, HearingNotes
from tests.contracts.alerts import NOW
from tests.fakes.alerts import FakeAlertStore


class Scene:
    """Notes on a store with the state of one rule; ``seconds`` is their clock."""

    def __init__(self, rule: Rule) -> None:
        self.store, self.rule, self.seconds = FakeAlertStore(), rule, 0.0
        self.put(begin(rule, int(NOW.timestamp()) // 60 - 9, names=("topic:Macro", "topic:Gold")))
        self.notes = HearingNotes(self.store, lambda: [rule], self.errors, lambda: self.seconds)

    def put(self, state: RuleState) -> None:
        self.store.states[self.rule.name] = 1, state.encode()

    def errors(self) -> ClassifierErrors:
        raise ArtifactError("there is no model on this machine")

    async def said(self) -> list[str]:
        """Ask, let what is looked up come to its end, and ask again."""
        self.notes.notes()
        await ended(self.notes)
        return self.notes.notes()


async def ended(notes: HearingNotes) -> None:
    """Wait until nothing is being looked up."""
    assert notes._asking is not None
    await asyncio.wait([notes._asking], timeout=120)


def test_what_cannot_be_heard_is_said_and_looked_up_now_and_then() -> None:
    async def work() -> None:
        deaf = Rule(detector=DetectorSpec(support=60))
        scene = Scene(deaf)
        assert scene.notes.notes() == []  # nothing is waited for
        (note,) = await scene.said()
        assert note.startswith("can hear: 0 of 2 series; the others would need ")
        scene.store.states.clear()
        assert await scene.said() == [note]
        scene.seconds += ASKED_EVERY
        assert await scene.said() == []
        await scene.notes.close()

    asyncio.run(work())


def test_a_store_that_does_not_answer_is_told_of_elsewhere() -> None:
    class Away(FakeAlertStore):
        async def load(self, rule: str, known: tuple[int, RuleState] | None = None) -> tuple[int, RuleState | None]:
            raise StoreError("Postgres did not answer")

    async def work() -> None:
        notes = HearingNotes(Away(), lambda: [Rule()], lambda: ClassifierErrors(), lambda: 0.0)
        notes.notes()
        await ended(notes)
        assert notes.notes() == []
        await notes.close()

    asyncio.run(work())
