"""Stage ``prove``: says up to which time all was read, beside a stage that reads from Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from stream.adapters.kafka.positions import ConsumerPositions
from stream.clocks import STORE, Clocks
from stream.pipeline.progress.proofs import RAW, ProofStore, Prover


class Consumer(Protocol):
    """The part of the consumer that this stage uses."""

    async def positions(self) -> ConsumerPositions:
        """Return its position in each partition that is assigned to it now."""


class Prove:
    """Runs a :class:`~stream.pipeline.progress.proofs.Prover` between the consumer of one stage and the store.

    Args:
        name: of the loop.
        kind: RAW or SCORED, what the consumer reads.
        clocks: compared with the store's at each tick.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        consumer: Consumer,
        store: ProofStore,
        clocks: Clocks,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._kind, self._consumer, self._store, self._clocks = kind, consumer, store, clocks
        self._steady, self._prover = steady, Prover()

    async def tick(self) -> bool:
        """Keep what is newly proven, and ask for the time that is to be proven next."""
        consumer = await self._consumer.positions()
        positions = {
            f"{topic}/{number}" if self._kind == RAW else str(number): position
            for (topic, number), position in consumer.by_partition.items()
        }
        proven, partitions = self._prover.find_proven(positions), dict(consumer.partitions)
        asked_at = self._clocks.clock()
        baseline = await self._store.prove(self._kind, partitions, proven, self._clocks.broker_ahead_of_store)
        self._clocks.compare(STORE, asked_at, baseline.proof.at / 1000, self._clocks.clock())
        self._prover.set_baseline(baseline, self._steady())
        return False
