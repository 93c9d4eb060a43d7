"""How many series can be heard, as the worker's metrics say it."""

import asyncio

from stream import metrics
from stream.pipeline.detect import ClassifierErrors, DetectorSpec
from stream.pipeline.rules import Rule, RuleState, begin
from stream.worker.stages import Detect, Hear
from stream.worker.stages.measures import LOOK_EVERY
from tests.contracts.alerts import NOW
from tests.fakes.alerts import FakeAlertStore
from tests.stream.worker.test_detection import FACTS, _quiet, _windows

MINUTE = int(NOW.timestamp()) // 60


def _state(rule: Rule, *names: str) -> tuple[Rule, RuleState]:
    return rule, begin(rule, MINUTE - 9, names=names)


def _measured() -> tuple[float | None, ...]:
    names = "bellwether_series_heard", "bellwether_series"
    needs = [
        metrics.REGISTRY.get_sample_value("bellwether_unheard_series_need", {"what": what})
        for what in ("negatives", "minutes")
    ]
    return (*(metrics.REGISTRY.get_sample_value(name) for name in names), *needs)


def test_what_can_be_heard_and_what_the_first_of_the_others_needs() -> None:
    deaf, heard = Rule(name="deaf", detector=DetectorSpec(support=60)), Rule(name="heard")

    def look(*known: tuple[Rule, RuleState]) -> tuple[float | None, ...]:
        assert asyncio.run(Hear(lambda: known, ClassifierErrors()).tick()) is False
        return _measured()

    found = look(_state(deaf, "topic:Macro", "topic:Gold"), _state(heard, "topic:Gold"))
    assert found == (1, 2, 60, 15)
    assert look() == found  # while nothing is known, what was known stands
    assert look(_state(heard, "topic:Gold")) == (1, 1, None, None)


def test_a_look_is_taken_as_soon_as_there_is_something_and_then_now_and_then() -> None:
    seconds, asked, rule = [0.0], list[int](), Rule()
    known: list[tuple[Rule, RuleState]] = []

    def states() -> list[tuple[Rule, RuleState]]:
        return known

    async def work() -> None:
        hear = Hear(states, ClassifierErrors(), lambda: seconds[0])
        await hear.tick()
        for names, after in ((("a",), 1.0), (("a", "b"), LOOK_EVERY - 1), (("a", "b"), 1.0)):
            known[:], seconds[0] = [_state(rule, *names)], seconds[0] + after
            await hear.tick()
            asked.append(int(_measured()[1] or 0))

    asyncio.run(work())
    assert asked == [1, 1, 2]


def test_the_states_are_those_that_the_detector_has_stored() -> None:
    async def work() -> None:
        windows, store = await _windows(_quiet()), FakeAlertStore()
        detect = Detect(lambda: (Rule(),), windows, store, ["webhook"], FACTS)
        assert detect.states() == []
        while await detect.tick():
            pass
        [(rule, state)] = detect.states()
        assert (rule.name, list(state.names)) == (Rule().name, ["topic:Financials"])
        await Hear(detect.states, FACTS.errors).tick()
        assert _measured()[1] == 1

    asyncio.run(work())
