"""Clocks that differ are said; a stage that proves compares them; topics of producers' times are named."""

import asyncio
import logging
from collections.abc import Sequence

import pytest
from prometheus_client import generate_latest

from stream import metrics
from stream.adapters.kafka.positions import ConsumerPositions
from stream.clocks import BOUND, BROKER, STORE, Clocks
from stream.errors import BrokerError, StoreError
from stream.pipeline.progress.proofs import RAW, ConsumerPosition
from stream.worker.stages import Prove, Stamped
from tests.fakes.proofs import FakeProofStore
from tests.fakes.windows import FakeWindowStore

NOW = 1_000_000.0  # seconds


@pytest.mark.parametrize("wrong", [-7200.0, -BOUND - 1, BOUND + 1, 7200.0])
def test_a_clock_that_is_off_is_said_and_measured_until_it_is_right(
    wrong: float, caplog: pytest.LogCaptureFixture
) -> None:
    clocks = Clocks(lambda: NOW + wrong)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            clocks.compare(STORE, NOW + wrong, NOW, NOW + wrong)
    assert len(caplog.records) == 1
    assert f"{abs(wrong):.0f} s" in caplog.text
    with pytest.raises(StoreError, match="ahead of" if wrong > 0 else "behind"):
        asyncio.run(clocks.check())
    assert clocks.store_now() == pytest.approx(NOW)
    shown = generate_latest(metrics.REGISTRY).decode()
    assert f'bellwether_clock_offset_seconds{{to="redis"}} {wrong}' in shown
    clocks.compare(STORE, NOW, NOW, NOW)
    asyncio.run(clocks.check())


def test_the_way_to_another_clock_and_back_is_no_difference() -> None:
    clocks = Clocks(lambda: NOW)
    clocks.compare(BROKER, NOW - 40, NOW - 39, NOW)
    assert clocks.ahead_of(BROKER) == 0
    clocks.compare(STORE, NOW - 1, NOW - 3, NOW)
    assert clocks.ahead_of(STORE) == 2
    assert clocks.broker_ahead_of_store == 2000


class _Consumer:
    """Has read all three records of its only partition."""

    sent = 0.0

    async def positions(self) -> ConsumerPositions:
        return ConsumerPositions({("news", 0): ConsumerPosition(3, 3, self.sent, None)}, {"news": 1})


def test_a_stage_proves_what_the_store_told_before_the_fetch_and_compares_the_clocks() -> None:
    windows = FakeWindowStore(int(NOW * 1000))
    store, consumer, clocks = FakeProofStore(windows), _Consumer(), Clocks(lambda: NOW + 60)
    steady = [0.0]
    stage = Prove("prove raw", RAW, consumer, store, clocks, lambda: steady[0])

    async def work() -> None:
        await stage.tick()
        assert clocks.ahead_of(STORE) == 60
        windows.now = int(NOW * 1000) + 5000
        await stage.tick()  # the fetch was sent before the store told the time
        assert not (await store.prove(RAW, {}, [])).raw
        consumer.sent = steady[0] = 1.0
        await stage.tick()
        consumer.sent = 2.0
        windows.now += 5000
        await stage.tick()
        assert (await store.prove(RAW, {}, [])).raw["news/0"].at == int(NOW * 1000) + 5000

    asyncio.run(work())


def test_topics_that_producers_stamp_are_named_once_and_a_broker_that_is_away_is_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers: list[Sequence[str] | BrokerError] = [BrokerError("away"), ["a", "b"], ["a", "b"], [], ["a"]]

    def find() -> Sequence[str]:
        answer = answers.pop(0)
        if isinstance(answer, BrokerError):
            raise answer
        return answer

    async def work() -> None:
        stage = Stamped(find, lambda: kept.pop(0))
        while answers:
            assert not await stage.tick()

    kept = ["scored keeps", "scored keeps", "", "scored keeps"]  # is not asked while the broker is away
    with caplog.at_level(logging.WARNING):
        asyncio.run(work())
    told = [record.getMessage().split(":")[0] for record in caplog.records]
    assert told == ["away", "a, b", "scored keeps", "a", "scored keeps"]
    assert "bellwether topics create --alter" in caplog.text
