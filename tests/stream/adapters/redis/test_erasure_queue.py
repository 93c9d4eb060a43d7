"""Texts that are to go, in a real Valkey: they come twice, and go out of the windows of both generations."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from stream.adapters.redis import erasure_queue
from stream.adapters.redis.erasure_queue import RedisErasureQueue
from stream.adapters.redis.rebuild_store import RedisRebuildStore
from stream.adapters.redis.window_store import RedisWindowStore
from stream.embedded.valkey import Valkey
from stream.pipeline.documents.erasure import Erasure
from stream.pipeline.windows.contribution import contribution_of
from tests.stream.worker.test_detection import START, _scored

MINUTE = int(START.timestamp()) // 60
SERIES = "topic:Financials"
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(Path(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


def test_what_is_to_go_comes_once_and_once_more(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with Redis.from_url(valkey.url) as client:
            queue, items = RedisErasureQueue(client, "queue"), [Erasure("a", "s", 1), Erasure("b")]
            await queue.note(items)
            await queue.note(items)
            assert await queue.due(9) == [(item, False) for item in await _sorted(queue)]
            await queue.done(await queue.due(9))
            assert await queue.due(9) == []
            monkeypatch.setattr(erasure_queue, "AGAIN_AFTER", 0)
            await queue.note([Erasure("c")])
            await queue.done(await queue.due(9))
            again = await queue.due(9)
            assert again == [(Erasure("c"), True)]
            await queue.done(again)
            assert await queue.due(9) == []

    asyncio.run(work())


async def _sorted(queue: RedisErasureQueue) -> list[Erasure]:
    return [item for item, _ in await queue.due(9)]


def test_a_text_goes_out_of_the_windows_also_while_they_are_rebuilt(valkey: Valkey) -> None:
    documents = [_scored(f"d{n}", START, f"s{n}", f"The bank number {n} is failing", True) for n in range(3)]
    rows = [contribution_of(document) for document in documents]

    async def work() -> None:
        async with Redis.from_url(valkey.url) as client:
            windows, queue = RedisWindowStore(client, "gone"), RedisErasureQueue(client, "gone")
            rebuilds = RedisRebuildStore(client, "gone")
            await windows.add(rows, {})
            before = await windows.window(MINUTE, MINUTE + 1)
            assert await rebuilds.begin(None)
            await rebuilds.count(rows)
            assert await queue.remove({"d1": frozenset({MINUTE}), "d9": frozenset({MINUTE, MINUTE + 5})}) == 2
            assert await queue.remove({"d1": frozenset({MINUTE})}) == 0
            assert {item.id for item in await windows.evidence(SERIES, MINUTE, MINUTE + 1)} == {"d0", "d2"}
            await rebuilds.switch({})
            assert {item.id for item in await windows.evidence(SERIES, MINUTE, MINUTE + 1)} == {"d0", "d2"}
            assert await windows.window(MINUTE, MINUTE + 1) == before  # the counts stay
            assert await queue.remove({f"d{n}": frozenset({MINUTE}) for n in range(3)}) == 2
            assert await windows.evidence(SERIES, MINUTE, MINUTE + 1) == []

    asyncio.run(work())
