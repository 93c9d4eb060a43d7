"""The store of sources: the contract on the fake and on a real Postgres, and what is kept there."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from stream.adapters.postgres import source_store
from stream.adapters.postgres.source_store import PostgresSourceStore
from stream.pipeline.feeds.ports import Health, Known, SourceStore
from tests.contracts.sources import LEASE, NOW, ONE, Opened, SourceStoreContract
from tests.fakes.sources import FakeSourceStore
from tests.postgres import opened_engine

DAY = timedelta(days=1)


class TestFake(SourceStoreContract):
    @pytest.fixture
    def opened(self) -> Opened:
        def run(work: Callable[[SourceStore], Awaitable[Any]]) -> None:
            async def with_store() -> None:
                await work(FakeSourceStore())

            asyncio.run(with_store())

        return run


class TestPostgres(SourceStoreContract):
    @pytest.fixture
    def opened(self, database: str) -> Opened:
        def run(work: Callable[[SourceStore], Awaitable[Any]]) -> None:
            async def with_store() -> None:
                async with opened_engine(database) as engine:
                    await work(PostgresSourceStore(engine))

            asyncio.run(with_store())

        return run

    def test_what_a_feed_still_has_is_kept_and_the_rest_is_bounded(
        self, opened: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(source_store, "KEEP_ITEMS", 3)

        async def work(store: SourceStore) -> None:
            (claim,) = await store.claim([ONE], NOW, LEASE, 1)

            async def save(days: float, *ids: str) -> set[str]:
                health = Health(tried_at=NOW + days * DAY)
                await store.save(claim, claim.position, health, {id_: Known(id_.encode()) for id_ in ids})
                return set(await store.known("one", list("abcdefg")))

            assert await save(0, "a", "b") == {"a", "b"}
            assert await save(20, "a") == {"a", "b"}
            assert await save(31, "c") == {"a", "c"}
            assert await save(32, "d", "e") == {"c", "d", "e"}

        opened(work)

    def test_two_workers_share_the_sources(self, database: str) -> None:
        async def work() -> None:
            async with opened_engine(database) as one, opened_engine(database) as two:
                first = await PostgresSourceStore(one).claim([ONE], NOW, LEASE, 1)
                assert len(first) == 1
                assert await PostgresSourceStore(two).claim([ONE], NOW, LEASE, 1) == []

        asyncio.run(work())
