"""The suite of the port ProofStore. A subclass gives the fixture ``proven``."""

from collections.abc import Awaitable, Callable
from typing import Any

from stream.pipeline.progress.proofs import RAW, SCORED, Baseline, ProofStore, ProvenBaseline
from stream.pipeline.progress.watermark import Progress, Proof, watermark
from stream.pipeline.windows.continuity import ContinuityStore
from stream.pipeline.windows.store import WindowStore

Work = Callable[[ProofStore, WindowStore, ContinuityStore], Awaitable[Any]]
Opened = Callable[[Work], Any]
RAWS, SCOREDS = {"news": 1, "social": 2}, {"scored": 1}


class ProofStoreContract:
    """What every :class:`stream.pipeline.progress.proofs.ProofStore` does."""

    def test_what_classify_proves_is_told_to_aggregate_and_then_holds_for_both(self, opened: Opened) -> None:
        async def work(store: ProofStore, windows: WindowStore, continuity: ContinuityStore) -> None:
            began = await store.prove(RAW, RAWS, [])
            assert not began.raw
            await store.prove(RAW, RAWS, [ProvenBaseline("news/0", began)])
            told = await store.prove(SCORED, SCOREDS, [])
            assert told.raw == {"news/0": began.proof}
            assert (await windows.event_time()).proofs == {}
            await store.prove(SCORED, SCOREDS, [ProvenBaseline("0", told)])
            known = await windows.event_time()
            assert known.pairs == {"0/news/0", "0/social/0", "0/social/1"}
            assert known.proofs == {"0/news/0": began.proof}
            assert known.now >= told.proof.at >= began.proof.at

        opened(work)

    def test_a_proof_never_goes_back(self, opened: Opened) -> None:
        async def work(store: ProofStore, windows: WindowStore, continuity: ContinuityStore) -> None:
            now = (await store.prove(RAW, RAWS, [])).proof.at
            for at in (now - 1000, now - 5000, now - 2000):
                await store.prove(RAW, RAWS, [ProvenBaseline("news/0", Baseline(Proof(at)))])
                await store.prove(SCORED, SCOREDS, [ProvenBaseline("0", Baseline(Proof(at), {"news/0": Proof(at)}))])
            told = await store.prove(SCORED, SCOREDS, [])
            assert told.raw["news/0"].at == now - 1000
            assert (await windows.event_time()).proofs["0/news/0"].at == now - 1000

        opened(work)

    def test_a_proof_of_a_time_to_come_gives_way(self, opened: Opened) -> None:
        """The store's clock was ahead, and was set right."""

        async def work(store: ProofStore, windows: WindowStore, continuity: ContinuityStore) -> None:
            now = (await store.prove(RAW, RAWS, [])).proof.at
            for at in (now + 7_200_000, now):
                await store.prove(SCORED, SCOREDS, [ProvenBaseline("0", Baseline(Proof(at), {"news/0": Proof(at)}))])
            assert (await windows.event_time()).proofs["0/news/0"].at == now

        opened(work)

    def test_what_was_handled_and_is_lost_proves_nothing(self, opened: Opened) -> None:
        """The store came back older, and the worker lives."""

        async def work(store: ProofStore, windows: WindowStore, continuity: ContinuityStore) -> None:
            began = await store.prove(RAW, RAWS, [])
            await store.prove(RAW, RAWS, [ProvenBaseline("news/0", began, 9)])  # What it wrote is in the log.
            told = await store.prove(SCORED, SCOREDS, [])
            await continuity.reach({0: range(5)})
            await store.prove(SCORED, SCOREDS, [ProvenBaseline("0", told, 6)])
            assert (await windows.event_time()).proofs == {}
            await store.prove(SCORED, SCOREDS, [ProvenBaseline("0", told, 5)])
            assert (await windows.event_time()).proofs == {"0/news/0": began.proof}

        opened(work)

    def test_partitions_that_were_added_count_at_once(self, opened: Opened) -> None:
        async def work(store: ProofStore, windows: WindowStore, continuity: ContinuityStore) -> None:
            await store.prove(RAW, {"news": 1}, [])
            await store.prove(SCORED, {"scored": 1}, [])
            await store.prove(RAW, {"news": 2}, [])
            await store.prove(RAW, {"news": 1}, [])  # another worker, which has not heard of it yet
            assert (await windows.event_time()).pairs == {"0/news/0", "0/news/1"}

        opened(work)

    def test_event_time_keeps_the_best_pace_and_the_clock_of_the_broker(self, opened: Opened) -> None:
        async def work(store: ProofStore, windows: WindowStore, continuity: ContinuityStore) -> None:
            assert (await store.prove(RAW, RAWS, [])).proof.event == 0
            await windows.add([], {"0/news/0": Progress(1, 2, 3)}, pace=-4000)
            await windows.add([], {}, pace=-9000)
            await windows.add([], {})
            proof = (await store.prove(RAW, RAWS, [])).proof
            assert proof.at - proof.event == 6000
            behind = (await store.prove(RAW, RAWS, [], broker=-60_000)).proof
            assert behind.at - behind.event == 66_000
            assert (await store.prove(RAW, RAWS, [])).proof.event >= behind.event
            known = await windows.event_time()
            assert known.now - known.limit == 60_000
            assert watermark(known) == 0

        opened(work)
