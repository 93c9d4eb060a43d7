"""What a rule looks back on is read once, and is what reading all of it again gives."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from stream.pipeline.detect import DetectorSpec, Kind
from stream.pipeline.rules import Rule, RuleState, begin
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.columns import Counts
from stream.pipeline.windows.contribution import Contribution
from stream.pipeline.windows.independence import WindowMember
from stream.worker.stages.past import Past
from tests.fakes.windows import FakeWindowStore

DRIFT = Rule(detector=DetectorSpec(kind=Kind.DRIFT, windows=(1440,), every=60))
SLOW = Rule(detector=DetectorSpec(windows=(360, 1440), every=15), without=("topic:Other",))
FIRST = 29_000_040  # a multiple of an hour
TOPICS = ("topic:Macro", "topic:Other", "entry:A")


class Reading(FakeWindowStore):
    """Remembers how many minutes were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    async def counts(self, first: int, last: int, step: int) -> Counts:
        self.asked.append(last - first)
        return await super().counts(first, last, step)


def _said(number: int, minute: int) -> Contribution:
    sentiment = ("negative", "neutral", "positive")[number % 3]
    member = WindowMember(f"d{number}", f"s{number}", f"o{number % 40}", minute * 60_000, sentiment)
    return Contribution(member, (TOPICS[number % 3 if number > 300 else 0],), Bucket(documents=1))


def _equal(one: Counts, other: Counts) -> bool:
    arrays = ("documents", "negatives", "positives", "heard")
    same = all((getattr(one, name) == getattr(other, name)).all() for name in arrays)
    return same and (one.names, one.first, one.step) == (other.names, other.first, other.step)


@pytest.mark.parametrize("rule", [Rule(), SLOW, DRIFT], ids=["minutes", "slow", "drift"])
def test_what_was_read_once_is_kept_and_late_documents_are_seen(rule: Rule) -> None:
    pick, every = np.random.default_rng(5), rule.detector.every
    minutes = np.sort(pick.integers(FIRST, FIRST + 3000, 900)).tolist()

    async def work() -> None:
        windows = Reading()
        past, state = Past(windows), begin(rule, FIRST)
        told = 0
        for until in range(FIRST + 1560, FIRST + 1560 + 12 * every, every):
            come = [number for number, minute in enumerate(minutes) if told <= number and minute < until]
            # One in twenty comes fourteen minutes late.
            late = [_said(10_000 + n, until - every - 13) for n in come[::20]]
            await windows.add([*(_said(n, minutes[n]) for n in come), *late], {})
            told = come[-1] + 1 if come else told
            found = await past.counts(rule, state, until)
            assert _equal(found, await Past(windows).counts(rule, state, until))
            assert "topic:Other" not in found.names or rule is not SLOW
            state = _after(state, found, until)
        # The first reading asks for all, those after it for what is new, and for what late documents may have changed.
        mine = windows.asked[::2]
        assert mine[0] >= rule.detector.lookback
        assert all(asked <= min(rule.detector.lookback + every, 30 + 2 * every) for asked in mine[1:])

    asyncio.run(work())


def _after(state: RuleState, counts: Counts, until: int) -> RuleState:
    return replace(state, evaluated=until, names=counts.names)


def test_other_steps_or_a_past_that_does_not_reach_are_read_anew() -> None:
    async def work() -> None:
        windows = Reading()
        await windows.add([_said(n, FIRST + n) for n in range(200)], {})
        past = Past(windows)
        state = replace(begin(DRIFT, FIRST), evaluated=FIRST + 3000)
        await past.counts(DRIFT, state, FIRST + 3060)
        for other in (replace(state, evaluated=FIRST + 60), replace(state, evaluated=FIRST + 9000)):
            await past.counts(DRIFT, other, other.evaluated + 60)
            assert windows.asked[-1] == DRIFT.detector.lookback + 60
        await past.counts(SLOW, state, FIRST + 3015)
        past.clear()
        await past.counts(SLOW, state, FIRST + 3015)
        assert windows.asked[-1] == windows.asked[-2] == SLOW.detector.lookback + 15

    asyncio.run(work())
