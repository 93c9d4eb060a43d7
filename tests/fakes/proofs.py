"""Proofs kept beside the windows of a :class:`~tests.fakes.windows.FakeWindowStore`."""

from collections.abc import Mapping, Sequence

from stream.pipeline.progress.proofs import RAW, Baseline, ProvenBaseline, proof_at
from stream.pipeline.progress.watermark import Proof
from tests.fakes.continuity import FakeContinuityStore
from tests.fakes.windows import FakeWindowStore


class FakeProofStore:
    """Never forgets how many partitions there were; the real one does after ten minutes.

    Args:
        continuity: of the windows; None: they are never set back.
    """

    def __init__(self, windows: FakeWindowStore, continuity: FakeContinuityStore | None = None) -> None:
        self._windows, self._continuity = windows, continuity
        self._raw: dict[str, Proof] = {}

    async def prove(
        self, kind: str, partitions: Mapping[str, int], proven: Sequence[ProvenBaseline], broker: int | None = None
    ) -> Baseline:
        windows, now = self._windows, self._windows.now
        assert now is not None
        counts = windows.partitions.setdefault(kind, {})
        for topic, count in partitions.items():
            counts[topic] = max(count, counts.get(topic, 0))
        for item in proven:
            if kind == RAW:
                self._raw[item.partition] = _newer(self._raw.get(item.partition), item.baseline.proof, now)
            elif await self._holds(int(item.partition), item.handled):
                old = windows.proven.get(int(item.partition))
                if old is None or _newer(old.proof, item.baseline.proof, now) is item.baseline.proof:
                    windows.proven[int(item.partition)] = item.baseline
        windows.broker = windows.broker if broker is None else broker
        return Baseline(proof_at(now, windows.pace, windows.broker), dict(self._raw))

    async def _holds(self, partition: int, handled: int) -> bool:
        return self._continuity is None or (await self._continuity.reached()).get(partition, 0) >= handled


def _newer(old: Proof | None, new: Proof, now: int) -> Proof:
    return new if old is None or old.at < new.at or old.at > now else old
