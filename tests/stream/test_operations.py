"""What people ask for, over in-memory ports: looked up whatever else there is."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from stream.errors import NotFoundError, UsageError
from stream.operations import Operations, SilenceRequest
from stream.operations.alerts import MAX_COUNTED
from stream.pipeline.notify import Alert, Routing, Status
from tests.contracts.alerts import LEASE, NOW, RULE, firing, resolved, tick
from tests.fakes.alerts import FakeAlertStore, FakeDesk, FakeOutbox

OLD = NOW - timedelta(days=30)


def _operations(store: FakeAlertStore) -> Operations:
    desk = FakeDesk(store, Routing)
    outbox = FakeOutbox(store)
    return Operations(
        store=store, desk=desk, outbox=outbox, names=list, receivers=dict, routing=Routing, clock=lambda: NOW
    )


def _store(count: int, *alerts: Alert) -> FakeAlertStore:
    """A store with so many newer alerts that are over, and these."""
    store = FakeAlertStore()
    newer = (Alert(f"new-{n:06}", "r", f"topic:{n}", Status.RESOLVED, NOW, NOW) for n in range(count))
    store.alerts_by_id = {alert.id: alert for alert in (*newer, *alerts)}
    return store


def test_a_silence_names_what_is_open_however_old_it_is() -> None:
    open_ = [
        Alert("a", "r", "topic:Macro", Status.FIRING, OLD),
        Alert("b", "r2", "topic:Macro", Status.ACKNOWLEDGED, OLD),
        Alert("c", "r", "topic:Other", Status.FIRING, OLD),
    ]
    asked = SilenceRequest(["topic=Macro"], NOW + timedelta(hours=1), "results day")
    _, held = asyncio.run(_operations(_store(10_001, *open_)).silence(asked, "Ann"))
    assert [alert.id for alert in held] == ["a", "b"]


@pytest.mark.parametrize("comment", ["", "\0", " \0\n"])
def test_a_comment_of_nothing_is_none(comment: str) -> None:
    asked = SilenceRequest(["topic=Macro"], NOW + timedelta(hours=1), comment)
    with pytest.raises(UsageError, match="a silence needs a comment"):
        asyncio.run(_operations(_store(0)).silence(asked, "Ann"))


def test_an_old_alert_is_found_by_the_beginning_of_its_id() -> None:
    operations = _operations(_store(10_001, Alert("0ld-1234", "r", "topic:Macro", Status.RESOLVED, OLD, OLD)))
    assert asyncio.run(operations.story("0ld")).alert.id == "0ld-1234"
    for beginning, problem in (
        ("new-00000", "10 alerts begin so"),
        ("new", f"{MAX_COUNTED} alerts or more"),
        ("%", "no such"),
    ):
        with pytest.raises(NotFoundError, match=problem):
            asyncio.run(operations.story(beginning))


@pytest.mark.parametrize(
    ("status", "limit", "ids"),
    [(None, 1, ["new", "head"]), (None, 9, ["new", "old", "head"]), (Status.FIRING, 1, ["new"])],
)
def test_the_head_of_what_is_listed_is_listed_too(status: Status | None, limit: int, ids: list[str]) -> None:
    alerts = [
        Alert("new", "r", "topic:Macro", Status.FIRING, NOW, group_id="g", head="head"),
        Alert("old", "r", "topic:Other", Status.FIRING, NOW - timedelta(minutes=1), group_id="g", head="head"),
        Alert("head", "r", "entry:Acme", Status.ACKNOWLEDGED, NOW - timedelta(minutes=2), group_id="g", head="head"),
    ]
    found = asyncio.run(_operations(_store(0, *alerts)).alerts_with_heads(status, limit))
    assert [alert.id for alert in found] == ids


def test_deliveries_of_a_receiver_that_never_was_are_no_empty_list() -> None:
    with pytest.raises(NotFoundError, match="receiver 'typo': no such receiver; there are none"):
        asyncio.run(_operations(_store(0)).deliveries("typo", undelivered=True, limit=9))
    assert asyncio.run(_operations(_store(0)).deliveries(None, undelivered=True, limit=9)) == []


async def _given_up(store: FakeAlertStore, outbox: FakeOutbox) -> int:
    await store.commit(RULE, 0, tick(firing(), receivers=["desk"]))
    (one,) = await outbox.claim("desk", NOW, LEASE, 9)
    await outbox.failed(one, "answered 500", None)
    return one.id


def test_a_delivery_that_was_given_up_is_retried_after_its_receiver_is_enabled() -> None:
    async def work() -> None:
        store = FakeAlertStore()
        operations, outbox = _operations(store), FakeOutbox(store)
        id_ = await _given_up(store, outbox)
        await outbox.disable("desk", "loud", "ann", NOW)
        with pytest.raises(UsageError, match="disabled; run `bellwether receivers enable desk`, then retry it"):
            await operations.retry(id_)
        await outbox.enable("desk")
        assert (await operations.retry(id_)).next_at == NOW
        await outbox.disable("desk", "loud", "ann", NOW)
        with pytest.raises(UsageError, match="its receiver is disabled; `bellwether receivers enable desk` lets it go"):
            await operations.retry(id_)

    asyncio.run(work())


def test_it_is_told_which_later_news_forbids_a_retry() -> None:
    async def work() -> None:
        store = FakeAlertStore()
        operations, outbox = _operations(store), FakeOutbox(store)
        id_ = await _given_up(store, outbox)
        await store.commit(RULE, 1, tick(resolved(), receivers=["desk"]))
        (end,) = await outbox.claim("desk", NOW, LEASE, 9)
        with pytest.raises(UsageError, match=f"being sent now; see `bellwether deliveries show {end.id}`"):
            await operations.retry(id_)
        await outbox.failed(end, "answered 500", None)
        # Whether its receiver is disabled or not: the end is what to send.
        await outbox.disable("desk", "loud", "ann", NOW)
        with pytest.raises(UsageError, match=f"given up after it; send that: `bellwether deliveries retry {end.id}`"):
            await operations.retry(id_)
        await outbox.delivered(msgspec.structs.replace(end, attempts=1), NOW)
        with pytest.raises(UsageError, match="its receiver has had later news"):
            await operations.retry(id_)
        with pytest.raises(UsageError, match="it was delivered at"):
            await operations.retry(end.id)

    asyncio.run(work())
