"""What every SourceStore of :mod:`stream.pipeline.feeds.ports` does."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from stream.pipeline.feeds.ports import Claim, Health, Known, Position, SourceStore, Turn
from stream.pipeline.feeds.sources import Source, SourceSpec, SourcesSpec, sources_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LEASE, SECOND = timedelta(minutes=2), timedelta(seconds=1)
Opened = Callable[[Callable[[SourceStore], Awaitable[Any]]], Any]


def source(name: str, url: str = "") -> Source:
    spec = SourceSpec(name=name, url=url or f"https://example.org/{name}")
    return sources_of(SourcesSpec(sources=(spec,)))[0]


ONE = source("one")


class SourceStoreContract:
    """The suite of SourceStore."""

    def test_a_new_source_is_due_at_once_and_claimed_once(self, opened: Opened) -> None:
        async def work(store: SourceStore) -> None:
            (claim,) = await store.claim([ONE], NOW, LEASE, 10)
            assert (claim.position, claim.health) == (Position(url=ONE.url, address=ONE.url), Health())
            assert await store.claim([ONE], NOW + LEASE - SECOND, LEASE, 10) == []
            (later,) = await store.claim([ONE], NOW + LEASE, LEASE, 10)
            assert later.lease > claim.lease

        opened(work)

    def test_only_named_sources_are_claimed_and_the_longest_due_first(self, opened: Opened) -> None:
        a, b, c = (source(name) for name in "abc")

        async def work(store: SourceStore) -> None:
            for at, one in ((2, a), (0, b), (1, c)):
                (claim,) = await store.claim([one], NOW, LEASE, 10)
                assert await store.release(claim, NOW + at * SECOND)
            later = NOW + 5 * SECOND
            assert [claim.name for claim in await store.claim([a, b], later, LEASE, 1)] == ["b"]
            assert [claim.name for claim in await store.claim([a, b, c], later, LEASE, 9)] == ["c", "a"]

        opened(work)

    def test_what_is_saved_comes_back_to_the_byte(self, opened: Opened) -> None:
        position = Position(
            url=ONE.url, address="https://example.org/new", etag='W/"\u00e9 ', last_modified="", cursor="9"
        )
        health = Health(
            kind="RSS 2.0", tried_at=NOW, succeeded_at=NOW, new_at=NOW, failures=2, error="x", looks=3, unchanged=1,
            documents=9, arrivals=4, longest_gap=1.5,
        )  # fmt: skip

        async def work(store: SourceStore) -> None:
            claim = await self._claim(store)
            assert await store.save(claim, position, health, {})
            assert await store.release(claim, NOW + LEASE)
            (again,) = await store.claim([ONE], NOW + LEASE, LEASE, 1)
            assert (again.position, again.health) == (position, health)
            assert (await store.health())["one"] == (health, NOW + LEASE)

        opened(work)

    def test_who_lost_a_claim_stores_nothing(self, opened: Opened) -> None:
        async def work(store: SourceStore) -> None:
            lost = await self._claim(store)
            (mine,) = await store.claim([ONE], NOW + LEASE, LEASE, 1)
            health = Health(tried_at=NOW, documents=1)
            assert not await store.save(lost, lost.position, health, {"a": Known(b"1")})
            assert not await store.release(lost, NOW)
            assert await store.renew(lost, NOW + 5 * LEASE) is None
            assert await store.known("one", ["a"]) == {}
            assert await store.save(mine, mine.position, health, {"a": Known(b"1")})

        opened(work)

    def test_a_renewed_claim_keeps_others_away(self, opened: Opened) -> None:
        async def work(store: SourceStore) -> None:
            claim = await store.renew(await self._claim(store), NOW + 3 * LEASE)
            assert claim is not None
            assert claim.until == NOW + 3 * LEASE
            assert await store.claim([ONE], NOW + 2 * LEASE, LEASE, 1) == []

        opened(work)

    def test_items_are_known_by_source_with_what_they_last_said(self, opened: Opened) -> None:
        async def work(store: SourceStore) -> None:
            claim, health = await self._claim(store), Health(tried_at=NOW)
            await store.save(claim, claim.position, health, {"a": Known(b"1"), "b": Known(b"2")})
            await store.save(claim, claim.position, health, {"a": Known(b"3", 1)})
            assert await store.known("one", ["a", "b", "c"]) == {"a": Known(b"3", 1), "b": Known(b"2")}
            assert await store.known("two", ["a"]) == {}

        opened(work)

    def test_another_address_begins_anew_and_forgets_no_item(self, opened: Opened) -> None:
        moved = source("one", "https://example.org/other")

        async def work(store: SourceStore) -> None:
            claim = await self._claim(store)
            old = msgspec.structs.replace(claim.position, etag='"1"', address="https://example.org/moved")
            await store.save(claim, old, Health(tried_at=NOW, disabled="gone"), {"a": Known(b"1")})
            (again,) = await store.claim([moved], NOW, LEASE, 1)
            assert (again.position, again.health) == (Position(url=moved.url, address=moved.url), Health())
            assert not await store.save(claim, old, Health(), {})
            assert await store.known("one", ["a"]) == {"a": Known(b"1")}

        opened(work)

    def test_a_stream_goes_on_at_another_host(self, opened: Opened) -> None:
        stream = msgspec.structs.replace(ONE, type="jetstream")
        moved = msgspec.structs.replace(stream, url="wss://example.org/other")

        async def work(store: SourceStore) -> None:
            (claim,) = await store.claim([stream], NOW, LEASE, 1)
            await store.save(claim, msgspec.structs.replace(claim.position, cursor="17"), Health(tried_at=NOW), {})
            (again,) = await store.claim([moved], NOW, LEASE, 1)
            assert again.position == Position(url=moved.url, address=moved.url, cursor="17")

        opened(work)

    def test_a_disabled_source_is_left_alone_until_it_is_enabled(self, opened: Opened) -> None:
        async def work(store: SourceStore) -> None:
            claim = await self._claim(store)
            await store.save(claim, claim.position, Health(tried_at=NOW, disabled="gone", failures=3), {})
            await store.release(claim, NOW)
            assert await store.claim([ONE], NOW + LEASE, LEASE, 1) == []
            assert await store.enable("one", NOW)
            assert not await store.enable("two", NOW)
            (again,) = await store.claim([ONE], NOW + LEASE, LEASE, 1)
            assert (again.health.disabled, again.health.failures) == (None, 0)

        opened(work)

    def test_turns_at_a_host_keep_their_distance_and_a_barred_host_gives_none(self, opened: Opened) -> None:
        async def work(store: SourceStore) -> None:
            assert [await store.turn("h", NOW, SECOND) for _ in range(3)] == [Turn(NOW + n * SECOND) for n in range(3)]
            assert await store.turn("other", NOW, SECOND) == Turn(NOW)
            await store.bar("h", NOW + LEASE)
            await store.bar("h", NOW + SECOND)
            await store.bar("new", NOW + LEASE)
            for host in ("h", "new"):
                assert await store.turn(host, NOW, SECOND) == Turn(NOW + LEASE, True)
                assert await store.turn(host, NOW + LEASE, SECOND) == Turn(NOW + LEASE)

        opened(work)

    def test_workers_that_claim_at_once_share_the_sources(self, opened: Opened) -> None:
        sources = [source(f"s{number}") for number in range(30)]

        async def work(store: SourceStore) -> None:
            await store.claim(sources, NOW, LEASE, 0)
            claims = await asyncio.gather(*(store.claim(sources, NOW, LEASE, 10) for _ in range(5)))
            names = [claim.name for some in claims for claim in some]
            assert len(names) == len(set(names))
            rest = await store.claim(sources, NOW, LEASE, 30)
            assert len(names) + len(rest) == 30

        opened(work)

    async def _claim(self, store: SourceStore) -> Claim:
        (claim,) = await store.claim([ONE], NOW, LEASE, 1)
        return claim
