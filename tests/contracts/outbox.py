"""What every Outbox of :mod:`stream.pipeline.notify` does, filled through its AlertStore; see ``alerts.py``."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec

from stream.pipeline.notify import AlertStore, Delivery, Outbox, payload
from tests.contracts.alerts import LEASE, NOW, RULE, Opened, document, firing, resolved, tick


class OutboxContract:
    """The suite of Outbox, filled through its AlertStore."""

    def test_a_delivery_is_due_at_once_and_complete(self, opened: Opened) -> None:
        fires = firing(evidence=[document(1)])

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(fires))
            assert await outbox.claim("webhook", NOW - timedelta(microseconds=1), LEASE, 10) == []
            assert await outbox.claim("someone else", NOW, LEASE, 10) == []
            (found,) = await outbox.claim("webhook", NOW, LEASE, 10)
            expected = Delivery(
                found.id, fires.alert_id, fires.message_id, "webhook", "alert.firing", payload(fires), 0
            )
            assert found == expected
            assert msgspec.json.decode(found.payload)["data"]["evidence"][0]["id"] == "d1"

        opened(work)

    def test_a_lease_keeps_others_away_until_it_ends(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing()))
            (mine,) = await outbox.claim("webhook", NOW, LEASE, 10)
            assert await outbox.claim("webhook", NOW + LEASE - timedelta(microseconds=1), LEASE, 10) == []
            assert await outbox.claim("webhook", NOW + LEASE, LEASE, 10) == [mine]
            assert await outbox.claim("webhook", NOW + LEASE, LEASE, 10) == []

        opened(work)

    def test_what_was_delivered_never_comes_again(self, opened: Opened) -> None:
        done = NOW + timedelta(seconds=1)

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing()))
            (mine,) = await outbox.claim("webhook", NOW, LEASE, 10)
            await outbox.delivered(mine, done)
            await outbox.delivered(mine, done + LEASE)
            await outbox.failed(mine, "late word of another worker", NOW)
            assert await outbox.claim("webhook", NOW + 10 * LEASE, LEASE, 10) == []
            (state,) = await self._states(store)
            assert (state.delivered_at, state.attempts, state.next_at, state.error) == (done, 0, None, None)

        opened(work)

    def test_a_failure_counts_once_and_comes_again_in_time(self, opened: Opened) -> None:
        again = NOW + timedelta(minutes=5)

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing()))
            (mine,) = await outbox.claim("webhook", NOW, LEASE, 10)
            await outbox.failed(mine, "answered 500", again)
            await outbox.failed(mine, "the same again", again + LEASE)
            assert await outbox.claim("webhook", again - timedelta(microseconds=1), LEASE, 10) == []
            (state,) = await self._states(store)
            assert (state.attempts, state.next_at, state.error) == (1, again, "answered 500")
            assert await outbox.claim("webhook", again, LEASE, 10) == [msgspec.structs.replace(mine, attempts=1)]

        opened(work)

    def test_resolved_never_overtakes_firing(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing(), resolved(), receivers=["webhook", "kafka"]))
            (first,) = await outbox.claim("webhook", NOW, LEASE, 10)
            assert first.type == "alert.firing"
            # Neither while it is leased, nor while it waits for another attempt ...
            assert await outbox.claim("webhook", NOW, LEASE, 10) == []
            await outbox.failed(first, "no", NOW + 5 * LEASE)
            assert await outbox.claim("webhook", NOW + LEASE, LEASE, 10) == []
            (again,) = await outbox.claim("webhook", NOW + 5 * LEASE, LEASE, 10)
            await outbox.delivered(again, NOW + 5 * LEASE)
            # ... but then; and what one receiver does is nothing to the other.
            assert [item.type for item in await outbox.claim("webhook", NOW + 5 * LEASE, LEASE, 10)] == [
                "alert.resolved"
            ]
            assert [item.type for item in await outbox.claim("kafka", NOW, LEASE, 10)] == ["alert.firing"]

        opened(work)

    def test_what_is_given_up_blocks_nothing(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing(), resolved()))
            (first,) = await outbox.claim("webhook", NOW, LEASE, 10)
            await outbox.failed(first, "410 gone", None)
            assert [item.type for item in await outbox.claim("webhook", NOW, LEASE, 10)] == ["alert.resolved"]
            states = await self._states(store)
            assert [(item.error, item.next_at) for item in states] == [("410 gone", None), (None, NOW)]

        opened(work)

    def test_one_alert_does_not_wait_for_another(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing("a"), firing("b"), firing("c")))
            first = await outbox.claim("webhook", NOW, LEASE, 1)
            rest = await outbox.claim("webhook", NOW, LEASE, 10)
            assert (len(first), len(rest)) == (1, 2)
            assert [item.id for item in first + rest] == sorted(item.id for item in first + rest)

        opened(work)

    def test_claimers_at_once_never_get_the_same(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(*(firing(f"s{n}") for n in range(60)), *(resolved("s0"),)))
            claims = await asyncio.gather(*(outbox.claim("webhook", NOW, LEASE, 7) for _ in range(12)))
            got = [item.id for claim in claims for item in claim]
            assert all(len(claim) <= 7 for claim in claims)
            assert len(got) == len(set(got))
            rest = [item.id for _ in range(9) for item in await outbox.claim("webhook", NOW, LEASE, 7)]
            assert len(set(got + rest)) == len(got + rest) == 60

        opened(work)

    async def _states(self, store: AlertStore) -> Any:
        story = await store.story(firing().alert_id)
        assert story is not None
        return story.deliveries
