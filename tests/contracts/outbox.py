"""What every Outbox of :mod:`stream.pipeline.notify` does, filled through its AlertStore; see ``alerts.py``."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec

from stream.pipeline.notify import EXPIRES, AlertStore, Delivery, Outbox
from stream.pipeline.notify.payload import decode
from tests.contracts.alerts import LEASE, MINUTE, NOW, RULE, Opened, document, firing, resolved, tick


class OutboxContract:
    """The suite of Outbox, filled through its AlertStore."""

    def test_a_delivery_is_due_at_once_and_complete(self, opened: Opened) -> None:
        fires = firing(evidence=[document(1)])

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(fires))
            assert await outbox.claim("webhook", NOW - timedelta(microseconds=1), LEASE, 10) == []
            assert await outbox.claim("someone else", NOW, LEASE, 10) == []
            (found,) = await outbox.claim("webhook", NOW, LEASE, 10)
            id_, payload = fires.alert_id, found.payload
            assert found == Delivery(found.id, id_, fires.message_id, "webhook", "alert.firing", payload, 0, id_)
            assert decode(payload).data.evidence[0].id == "d1"

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

    def test_what_is_no_news_is_given_up(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing(), firing("open", MINUTE + 300), receivers=["webhook", "kafka"]))
            assert await outbox.settle("webhook", NOW) == 0
            (mine, _) = await outbox.claim("webhook", NOW, LEASE, 10)
            await store.commit(RULE, 1, tick(resolved(), receivers=["webhook", "kafka"]))
            # What somebody is sending just now is theirs; when they have failed, it is news no more.
            assert await outbox.settle("webhook", NOW) == 0
            await outbox.failed(mine, "answered 500", NOW + LEASE)
            assert await outbox.settle("webhook", NOW) == 1
            assert [item.type for item in await outbox.claim("webhook", NOW, LEASE, 10)] == ["alert.resolved"]
            assert [item.type for item in await outbox.claim("kafka", NOW, LEASE, 10)] == ["alert.firing"] * 2
            first = (await self._states(store))[0]
            assert (first.next_at, first.delivered_at, first.error) == (
                None,
                None,
                "not sent: the incident had resolved",
            )

        opened(work)

    def test_an_end_whose_beginning_was_not_taken_says_so(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            names = ["webhook", "kafka"]
            await store.commit(RULE, 0, tick(firing(), receivers=names))
            (told,) = await outbox.claim("kafka", NOW, LEASE, 10)
            assert not told.unannounced
            await outbox.delivered(told, NOW)
            await store.commit(RULE, 1, tick(resolved(), receivers=names))
            assert await outbox.settle("webhook", NOW) == 1
            for receiver, unannounced in (("webhook", True), ("kafka", False)):
                (end,) = await outbox.claim(receiver, NOW, LEASE, 10)
                assert (end.type, end.unannounced) == ("alert.resolved", unannounced)

        opened(work)

    def test_what_is_a_day_old_is_given_up(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing()))
            assert await outbox.settle("webhook", NOW + EXPIRES - timedelta(microseconds=1)) == 0
            assert await outbox.settle("webhook", NOW + EXPIRES) == 1
            (state,) = await self._states(store)
            assert (state.next_at, state.error) == (None, "not sent: 24 hours old")

        opened(work)

    def test_one_sent_again_is_as_old_as_it_is_and_has_a_schedule_of_its_own(self, opened: Opened) -> None:
        again = NOW + 3 * EXPIRES

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing()))
            (mine,) = await outbox.claim("webhook", NOW, LEASE, 10)
            await outbox.failed(mine, "answered 500", None)
            assert await outbox.retry(mine.id, again)
            assert await outbox.settle("webhook", again + LEASE) == 0
            (mine,) = await outbox.claim("webhook", again + LEASE, LEASE, 10)
            await outbox.failed(mine, "answered 500", again + EXPIRES / 3)
            assert await outbox.settle("webhook", again + EXPIRES / 3) == 0
            (state,) = await self._states(store)
            assert (state.created_at, state.attempts) == (NOW, 1)
            # Its receiver was disabled, and nobody tried it when its time had come.
            assert await outbox.settle("webhook", again + EXPIRES) == 1

        opened(work)

    def test_a_disabled_receiver_gets_nothing_until_it_is_enabled(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing(), receivers=["webhook", "kafka"]))
            await outbox.disable("webhook", "answered 410", "bellwether", NOW)
            await outbox.disable("webhook", "another reason", "someone", NOW + LEASE)
            (standing,) = await outbox.disabled_receivers()
            assert (standing.name, standing.disabled_at, standing.reason) == ("webhook", NOW, "answered 410")
            assert await outbox.claim("webhook", NOW, LEASE, 10) == []
            assert len(await outbox.claim("kafka", NOW, LEASE, 10)) == 1
            assert await outbox.enable("webhook")
            assert not await outbox.enable("webhook")
            assert not await outbox.enable("web\0hook")
            assert (await outbox.disabled_receivers(), len(await outbox.claim("webhook", NOW, LEASE, 10))) == ([], 1)

        opened(work)

    def test_deliveries_are_listed_and_tried_again(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing(), receivers=["webhook", "kafka"]))
            (mine,) = await outbox.claim("webhook", NOW, LEASE, 10)
            await outbox.failed(mine, "answered 500", None)
            (queue,) = [item for item in await outbox.queues() if item.receiver == "webhook"]
            assert (queue.queued, queue.oldest, queue.given_up, queue.failing) == (0, None, 1, None)
            assert [item.receiver for item in await outbox.deliveries(None, undelivered=True, limit=9)] == [
                "kafka",
                "webhook",
            ]
            assert [item.id for item in await outbox.deliveries("webhook", undelivered=False, limit=9)] == [mine.id]
            found = await outbox.delivery(mine.id)
            assert found is not None
            assert (found[0].error, found[1]) == ("answered 500", mine.payload)
            assert await outbox.retry(mine.id, NOW + LEASE)
            assert await outbox.claim("webhook", NOW + LEASE, LEASE, 10) == [mine]
            await outbox.delivered(mine, NOW + LEASE)
            assert not await outbox.retry(mine.id, NOW)
            assert not await outbox.retry(mine.id + 1000, NOW)
            assert await outbox.delivery(mine.id + 1000) is None
            assert await outbox.deliveries("webhook", undelivered=True, limit=9) == []

        opened(work)

    def test_what_was_not_tried_counts_no_attempt(self, opened: Opened) -> None:
        later = NOW + LEASE / 2

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing()))
            (mine,) = await outbox.claim("webhook", NOW, LEASE, 10)
            await outbox.put_off(mine, "its turn comes later", later)
            assert await outbox.claim("webhook", later - timedelta(microseconds=1), LEASE, 10) == []
            (state,) = await self._states(store)
            assert (state.attempts, state.next_at, state.error) == (0, later, "its turn comes later")
            assert await outbox.claim("webhook", later, LEASE, 10) == [mine]
            await outbox.delivered(mine, later)
            await outbox.put_off(mine, "late word", later)
            (state,) = await self._states(store)
            assert (state.delivered_at, state.next_at) == (later, None)

        opened(work)

    def test_what_failed_is_made_due_a_few_at_a_time(self, opened: Opened) -> None:
        later = NOW + EXPIRES / 2

        async def work(store: AlertStore, outbox: Outbox) -> None:
            alerts = [firing(name, MINUTE + 300 * n) for n, name in enumerate("abcd")]
            await store.commit(RULE, 0, tick(*alerts, receivers=["webhook", "kafka"]))
            for name in ("webhook", "kafka"):
                for one in (await outbox.claim(name, NOW, LEASE, 10))[:3]:
                    await outbox.failed(one, "answered 503", later)
            assert await outbox.hasten("webhook", NOW, 2) == 2
            first = await outbox.claim("webhook", NOW, LEASE, 10)
            assert [(one.id, one.attempts) for one in first] == sorted((one.id, 1) for one in first)
            assert len(first) == 2
            # Neither what is being sent, nor what has not failed, nor what another receiver did not take.
            assert await outbox.hasten("webhook", NOW, 10) == 1
            assert await outbox.hasten("webhook", NOW, 10) == 0
            assert await outbox.claim("kafka", NOW, LEASE, 10) == []

        opened(work)

    def test_a_queue_knows_since_when_it_fails(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing("a")))
            await store.commit(RULE, 1, tick(firing("b"), now=NOW + LEASE))
            (queue,) = await outbox.queues()
            assert (queue.queued, queue.oldest, queue.failing) == (2, NOW, None)
            mine = await outbox.claim("webhook", NOW + LEASE, LEASE, 10)
            await outbox.failed(mine[1], "answered 500", NOW + 5 * LEASE)
            (queue,) = await outbox.queues()
            assert (queue.queued, queue.oldest, queue.failing, queue.taken_at) == (2, NOW, NOW + LEASE, None)
            await outbox.delivered(mine[0], NOW + 2 * LEASE)
            (queue,) = await outbox.queues()
            assert (queue.queued, queue.failing, queue.taken_at) == (1, NOW + LEASE, NOW + 2 * LEASE)

        opened(work)

    def test_what_was_overtaken_is_not_tried_again(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            names = ["webhook", "kafka", "chat"]
            await store.commit(RULE, 0, tick(firing(), receivers=names))
            first = {name: (await outbox.claim(name, NOW, LEASE, 10))[0] for name in names}
            for one in first.values():
                await outbox.failed(one, "answered 500", None)
            await store.commit(RULE, 1, tick(resolved(), receivers=names))
            assert await outbox.retry(first["webhook"].id, NOW)  # the end waits behind it
            (again,) = await outbox.claim("webhook", NOW, LEASE, 10)
            assert again.type == "alert.firing"
            for name in ("kafka", "chat"):
                (end,) = await outbox.claim(name, NOW, LEASE, 10)
                assert not await outbox.retry(first[name].id, NOW)  # it is being sent
                by = await outbox.overtaken_by(first[name].id, NOW)
                assert (by and by.id, by and by.next_at, by and by.delivered_at) == (end.id, NOW, None)
                if name == "kafka":
                    await outbox.delivered(end, NOW)
                else:
                    await outbox.failed(end, "answered 500", None)
                assert not await outbox.retry(first[name].id, NOW)
                by = await outbox.overtaken_by(first[name].id, NOW)
                taken = NOW if name == "kafka" else None
                assert (by and by.id, by and by.next_at, by and by.delivered_at) == (end.id, None, taken)
            assert await outbox.overtaken_by(end.id, NOW) is None
            assert await outbox.retry(end.id, NOW)
            (state,) = [item for item in await outbox.deliveries("chat", undelivered=True, limit=9) if item.next_at]
            assert state.type == "alert.resolved"

        opened(work)

    async def _states(self, store: AlertStore) -> Any:
        story = await store.story(firing().alert_id)
        assert story is not None
        return story.deliveries
