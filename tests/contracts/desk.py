"""What every Desk of :mod:`stream.pipeline.notify` does, with its AlertStore and Outbox. ``opened`` takes a routing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from stream.pipeline.notify import (
    EXPIRES,
    AlertStore,
    Change,
    Delivery,
    Desk,
    Grouping,
    Outbox,
    Retention,
    Routing,
    Silence,
    Status,
    parse_matcher,
)
from stream.pipeline.notify.payload import Data, decode
from stream.pipeline.rules import Reason
from tests.contracts.alerts import LEASE, MINUTE, NOW, RULE, decision, document, firing, resolved, tick

HOUR = timedelta(hours=1)
INTERVAL = Grouping().interval


@dataclass
class Ports:
    """A store, its outbox, and a desk on both."""

    store: AlertStore
    outbox: Outbox
    desk: Desk
    routing: Routing
    version: int = 0

    async def commit(self, *changes: Change, now: datetime = NOW) -> None:
        """Commit these changes with the routing."""
        made = tick(*changes, receivers=lambda: self.routing, now=now)
        assert await self.store.commit(RULE, self.version, made)
        self.version += 1

    async def deliver(self, receiver: str = "pager", now: datetime = NOW) -> list[Delivery]:
        """Take all that is due, in order."""
        taken: list[Delivery] = []
        while claimed := await self.outbox.claim(receiver, now, LEASE, 100):
            for delivery in claimed:
                await self.outbox.delivered(delivery, now)
            taken += claimed
        return taken

    async def notifications(self, receiver: str = "pager", now: datetime = NOW) -> list[tuple[str, Data]]:
        """Take all that is due; return types and contents."""
        return [(item.type, decode(item.payload).data) for item in await self.deliver(receiver, now)]


OpenedDesk = Callable[[Callable[[Ports], Awaitable[Any]]], Any]


def silence(*matchers: str, hours: float = 2, **changes: Any) -> Silence:
    """A silence from NOW on."""
    made = Silence("s1", tuple(map(parse_matcher, matchers)), NOW, NOW + hours * HOUR, "Ann", "patch day", NOW)
    return msgspec.structs.replace(made, **changes)


class DeskContract:
    """The suite of Desk."""

    def test_an_acknowledgement_lasts_until_the_incident_ends(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            await ports.commit(firing())
            await ports.deliver()
            found = await ports.desk.acknowledge(firing().alert_id, "Ann", "on it", now=NOW + HOUR)
            assert found is not None
            (alert,) = found
            assert (alert.status, alert.acknowledged_by, alert.acknowledged_at) == (
                Status.ACKNOWLEDGED,
                "Ann",
                NOW + HOUR,
            )
            ((type_, data),) = await ports.notifications(now=NOW + HOUR)
            assert (type_, data.status, data.acknowledged_by) == ("alert.updated", "acknowledged", "Ann")
            # Nobody is reminded of it, a second person takes nothing away, and the detector cannot undo it.
            assert await ports.desk.remind(NOW + 100 * HOUR) == 0
            again = await ports.desk.acknowledge(firing().alert_id, "Bob", "", now=NOW + 2 * HOUR)
            assert again == [alert]
            await ports.commit(firing())
            assert await ports.notifications(now=NOW + 2 * HOUR) == []
            await ports.commit(resolved())
            assert [type_ for type_, _ in await ports.notifications(now=NOW + 3 * HOUR)] == ["alert.resolved"]
            story = await ports.store.story(alert.id)
            assert story is not None
            assert sorted((step.step, step.actor, step.reason) for step in story.transitions) == [
                ("acknowledged", "Ann", "on it"),
                ("firing", "bellwether", "firing"),
                ("resolved", "bellwether", "resolved"),
            ]
            late = await ports.desk.acknowledge(alert.id, "Cid", "", now=NOW + 4 * HOUR)
            assert late is not None
            assert (late[0].status, late[0].acknowledged_by) == (Status.RESOLVED, "Ann")
            assert await ports.desk.acknowledge("none such", "Ann", "", now=NOW) is None

        opened(work)

    def test_a_later_comment_is_kept_with_who_and_when(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            await ports.commit(firing())
            for hours, author, comment in ((1, "Ann", "on it"), (2, "Bob", "it is a rumour"), (3, "Ann", "denied")):
                for _ in range(2):  # a call may be repeated
                    at = NOW + hours * HOUR
                    found = await ports.desk.acknowledge(firing().alert_id, author, comment, now=at)
                    assert found is not None
                    assert (found[0].acknowledged_by, found[0].acknowledged_at) == ("Ann", NOW + HOUR)
            story = await ports.store.story(firing().alert_id)
            assert story is not None
            said = [(step.actor, step.reason, step.at) for step in story.transitions if step.actor != "bellwether"]
            assert said == [
                ("Ann", "on it", NOW + HOUR),
                ("Bob", "it is a rumour", NOW + 2 * HOUR),
                ("Ann", "denied", NOW + 3 * HOUR),
            ]
            # It changes nothing of the incident, so nobody is told.
            assert len(story.deliveries) == 2
            await ports.commit(resolved())
            late = await ports.desk.acknowledge(firing().alert_id, "Cid", "too late", now=NOW + 4 * HOUR)
            assert late is not None
            story = await ports.store.story(firing().alert_id)
            assert story is not None
            assert "Cid" not in {step.actor for step in story.transitions}

        opened(work)

    def test_a_group_is_acknowledged_as_one_unless_asked(self, opened: OpenedDesk) -> None:
        shared = [document(n) for n in range(3)]

        async def work(ports: Ports) -> None:
            await ports.commit(*(firing(name, evidence=shared) for name in ("topic:A", "entry:B", "entry:C")))
            one = firing("entry:B").alert_id
            found = await ports.desk.acknowledge(one, "Ann", "", now=NOW, alone=True)
            assert found is not None
            assert [alert.id for alert in found] == [one]
            assert len(await ports.store.alerts(Status.FIRING, 9)) == 2
            found = await ports.desk.acknowledge(one, "Bob", "", now=NOW)
            assert found is not None
            assert sorted(alert.acknowledged_by or "" for alert in found) == ["Ann", "Bob", "Bob"]

        opened(work)

    def test_what_nobody_acknowledged_is_repeated(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            await ports.commit(firing())
            await ports.deliver()
            assert await ports.desk.remind(NOW + 4 * HOUR - timedelta(microseconds=1)) == 0
            at = NOW + 4 * HOUR
            assert await ports.desk.remind(at) == 1
            assert await ports.desk.remind(at) == 0
            ((type_, data),) = await ports.notifications(now=at)
            assert (type_, data.repeat, data.alert_id) == ("alert.firing", 1, firing().alert_id)
            assert await ports.desk.remind(at + 4 * HOUR) == 1
            ((type_, data),) = await ports.notifications(now=at + 4 * HOUR)
            assert (type_, data.repeat) == ("alert.firing", 2)

        opened(work)

    def test_what_is_silenced_is_stored_and_says_so(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            await ports.desk.add_silence(silence("topic=Macro", "severity!=critical"))
            await ports.desk.add_silence(silence("topic=Other", author="Bob"))  # the same id: as it was
            await ports.commit(firing(), firing("topic:Loud"))
            assert [data.series for _, data in await ports.notifications()] == ["topic:Loud"]
            story = await ports.store.story(firing().alert_id)
            assert story is not None
            assert (story.alert.status, story.alert.silenced_by, story.alert.receivers) == (Status.FIRING, "s1", ())
            step = story.transitions[-1]
            assert (step.step, step.actor) == ("silenced:s1", "Ann")
            assert step.reason == "not notified: silence s1 by Ann: patch day"
            # Whoever was not told that it fired is not told that it resolved.
            await ports.commit(resolved())
            assert await ports.notifications() == []

        opened(work)

    def test_what_still_fires_when_its_silence_ends_is_told(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            await ports.desk.add_silence(silence("series=~topic:.*"))
            await ports.commit(firing())
            assert await ports.desk.remind(NOW + 2 * HOUR - timedelta(microseconds=1)) == 0
            assert await ports.desk.remind(NOW + 2 * HOUR) == 1
            assert await ports.desk.remind(NOW + 2 * HOUR) == 0
            assert [type_ for type_, _ in await ports.notifications(now=NOW + 2 * HOUR)] == ["alert.firing"]
            story = await ports.store.story(firing().alert_id)
            assert story is not None
            assert (story.alert.silenced_by, story.alert.receivers) == (None, ("pager",))
            assert story.transitions[-1].step == "unsilenced:s1"

        opened(work)

    def test_a_silence_is_ended_by_somebody(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            desk = ports.desk
            later = silence("topic=B", id="s2", starts_at=NOW + HOUR)
            await desk.add_silence(silence("topic=A"))
            await desk.add_silence(later)
            assert await desk.silences() == [later, silence("topic=A")]
            ended = await desk.end_silence("s1", "Bob", NOW + HOUR / 2)
            assert ended is not None
            assert (ended.ends_at, ended.ended_by) == (NOW + HOUR / 2, "Bob")
            assert await desk.end_silence("s1", "Cid", NOW + HOUR) == ended
            assert await desk.silences(since=NOW + HOUR / 2) == [later]
            never = await desk.end_silence("s2", "Bob", NOW + HOUR / 2)
            assert never is not None
            assert (never.starts_at, never.ends_at) == (NOW + HOUR / 2, NOW + HOUR / 2)
            assert await desk.end_silence("none such", "Bob", NOW) is None

        opened(work)

    def test_a_reminder_is_silenced_too(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            await ports.commit(firing())
            await ports.deliver()
            await ports.desk.add_silence(silence("topic=Macro", hours=6))
            assert await ports.desk.remind(NOW + 5 * HOUR) == 0
            assert await ports.desk.remind(NOW + 6 * HOUR) == 1
            # Whoever knows that it fires hears that it is over, silence or not.
            await ports.desk.add_silence(silence("topic=Macro", hours=20, id="s2"))
            await ports.commit(resolved(), now=NOW + 7 * HOUR)
            assert [type_ for type_, _ in await ports.notifications(now=NOW + 7 * HOUR)] == [
                "alert.firing",
                "alert.resolved",
            ]

        opened(work)

    def test_a_group_is_one_notification_that_grows_and_ends(self, opened: OpenedDesk) -> None:
        shared = [document(n, entries=("B",)) for n in range(4)]
        b = firing("entry:B", MINUTE + 3, [document(20 + n) for n in range(4)])

        async def work(ports: Ports) -> None:
            await ports.commit(firing("topic:A", evidence=shared), firing("entry:C", evidence=shared[2:]))
            ((type_, data),) = await ports.notifications()
            assert (type_, data.members_total, data.members_open) == ("alert.firing", 2, 2)
            # It shares no document, but the topic's documents name it.
            await ports.commit(b)
            assert await ports.notifications() == []
            ((type_, data),) = await ports.notifications(now=NOW + INTERVAL)
            assert (type_, data.members[0].series, data.members_total) == (
                "alert.updated",
                "topic:A" if data.alert_id == firing("topic:A").alert_id else "entry:C",
                3,
            )
            assert data.changes == (f"{b.alert_id}/firing",)
            await ports.commit(resolved("topic:A"), resolved("entry:C"), now=NOW + 2 * INTERVAL)
            ((type_, data),) = await ports.notifications(now=NOW + 2 * INTERVAL)
            assert (type_, data.members_open, data.series) == ("alert.updated", 1, "entry:B")
            await ports.commit(resolved("entry:B", MINUTE + 3), now=NOW + 2 * INTERVAL)
            ((type_, data),) = await ports.notifications(now=NOW + 2 * INTERVAL)
            assert (type_, data.members_open, data.status) == ("alert.resolved", 0, "resolved")
            story = await ports.store.story(b.alert_id)
            assert story is not None
            assert {member.series for member in story.members} == {"topic:A", "entry:C"}
            assert [item.type for item in story.deliveries] == [
                "alert.firing",
                "alert.updated",
                "alert.updated",
                "alert.resolved",
            ]

        opened(work)

    def test_an_event_that_spreads_is_told_at_intervals_and_nothing_is_lost(self, opened: OpenedDesk) -> None:
        """Thirty series in thirty minutes: not thirty messages. Each minute is a commit, as after a restart."""
        shared = [document(n) for n in range(4)]
        minute = timedelta(minutes=1)

        async def work(ports: Ports) -> None:
            notifications = []
            for n in range(30):
                now = NOW + n * minute
                await ports.commit(firing(f"topic:{n}", MINUTE + n, shared), now=now)
                notifications += [(n, type_, data) for type_, data in await ports.notifications(now=now)]
            assert [(n, type_) for n, type_, _ in notifications] == [
                (0, "alert.firing"),
                *((n, "alert.updated") for n in (5, 10, 15, 20, 25)),
            ]
            last = await ports.notifications(now=NOW + 30 * minute)
            notifications += [(30, type_, data) for type_, data in last]
            assert [data.members_total for *_, data in notifications] == [1, 5, 10, 15, 20, 25, 30]
            steps = [step for *_, data in notifications for step in data.changes]
            assert steps == [f"{firing(f'topic:{n}', MINUTE + n).alert_id}/firing" for n in range(30)]

        opened(work)

    def test_what_is_urgent_takes_along_what_waits(self, opened: OpenedDesk) -> None:
        shared = [document(n) for n in range(4)]
        first, second, third = (firing(name, MINUTE, shared) for name in ("topic:A", "topic:B", "topic:C"))
        risen = decision(Reason.ESCALATED, "topic:B", after=2)
        risen = msgspec.structs.replace(risen, severity="page", level=30)

        async def work(ports: Ports) -> None:
            await ports.commit(first)
            assert [type_ for type_, _ in await ports.notifications()] == ["alert.firing"]
            at = NOW + INTERVAL / 5
            await ports.commit(second, now=at)
            assert await ports.notifications(now=at) == []
            await ports.commit(Change(RULE, risen), now=at)
            ((type_, data),) = await ports.notifications(now=at)
            assert (type_, data.severity, data.members_total) == ("alert.updated", "page", 2)
            assert data.changes == (f"{second.alert_id}/firing", f"{second.alert_id}/severity:page")
            # The next one waits from then on, and does not come twice.
            await ports.commit(third, now=at + INTERVAL / 2)
            assert await ports.notifications(now=at + INTERVAL - timedelta(microseconds=1)) == []
            ((_, data),) = await ports.notifications(now=at + INTERVAL)
            assert data.changes == (f"{third.alert_id}/firing",)
            assert await ports.notifications(now=at + 9 * INTERVAL) == []

        opened(work)

    def test_of_a_group_at_most_one_update_waits(self, opened: OpenedDesk) -> None:
        shared = [document(n) for n in range(4)]

        async def work(ports: Ports) -> None:
            await ports.commit(firing("topic:0", MINUTE, shared))
            await ports.deliver()
            for n in range(1, 5):
                await ports.commit(firing(f"topic:{n}", MINUTE + n, shared), now=NOW + n * INTERVAL / 9)
                (waiting,) = await ports.outbox.deliveries("pager", undelivered=True, limit=9)
                assert (waiting.type, waiting.next_at) == ("alert.updated", NOW + INTERVAL)

        opened(work)

    def test_the_end_of_a_group_waits_for_nothing(self, opened: OpenedDesk) -> None:
        shared = [document(n) for n in range(4)]
        names = ("topic:A", "topic:B")

        async def work(ports: Ports) -> None:
            await ports.commit(*(firing(name, MINUTE, shared) for name in names))
            await ports.deliver()
            await ports.commit(resolved("topic:A"), now=NOW + INTERVAL / 5)
            assert await ports.notifications(now=NOW + INTERVAL / 5) == []
            await ports.commit(resolved("topic:B"), now=NOW + INTERVAL / 2)
            ((type_, data),) = await ports.notifications(now=NOW + INTERVAL / 2)
            assert (type_, data.members_open) == ("alert.resolved", 0)
            assert data.changes == tuple(f"{resolved(name).alert_id}/resolved" for name in names)
            assert await ports.notifications(now=NOW + 9 * INTERVAL) == []
            assert await ports.outbox.deliveries("pager", undelivered=True, limit=9) == []

        opened(work)

    def test_an_acknowledgement_is_told_at_once_with_what_waits(self, opened: OpenedDesk) -> None:
        shared = [document(n) for n in range(4)]

        async def work(ports: Ports) -> None:
            await ports.commit(firing("topic:A", MINUTE, shared))
            await ports.deliver()
            await ports.commit(firing("topic:B", MINUTE + 1, shared), now=NOW + INTERVAL / 5)
            await ports.desk.acknowledge(firing("topic:A").alert_id, "Ann", "", now=NOW + INTERVAL / 4)
            ((type_, data),) = await ports.notifications(now=NOW + INTERVAL / 4)
            assert (type_, data.acknowledged_by, len(data.changes)) == ("alert.updated", "Ann", 3)
            assert await ports.notifications(now=NOW + 9 * INTERVAL) == []

        opened(work)

    def test_a_severity_that_rose_is_not_held_back_by_what_waits_behind_it(self, opened: OpenedDesk) -> None:
        shared = [document(n) for n in range(4)]
        risen = msgspec.structs.replace(decision(Reason.ESCALATED, "topic:A", after=1), severity="page", level=30)
        later = NOW + timedelta(seconds=30)

        async def work(ports: Ports) -> None:
            await ports.commit(firing("topic:A", MINUTE, shared))
            await ports.deliver()
            await ports.commit(Change(RULE, risen), now=NOW)
            (claimed,) = await ports.outbox.claim("pager", NOW, LEASE, 9)
            await ports.outbox.failed(claimed, "busy", later)
            await ports.commit(firing("topic:B", MINUTE + 1, shared), now=NOW)
            assert await ports.outbox.settle("pager", NOW) == 0
            assert [data.severity for _, data in await ports.notifications(now=later)] == ["page"]
            ((_, data),) = await ports.notifications(now=NOW + INTERVAL)
            assert data.changes == (f"{firing('topic:B', MINUTE + 1).alert_id}/firing",)

        opened(work)

    def test_who_comes_in_place_of_a_receiver_that_is_gone_is_told(self, opened: OpenedDesk) -> None:
        renamed = Routing(("team",), known=frozenset({"team"}))

        async def work(ports: Ports) -> None:
            await ports.commit(firing("a"), firing("b"), firing("c"))
            await ports.deliver()
            await ports.desk.acknowledge(firing("b").alert_id, "Ann", "", now=NOW, alone=True)
            await ports.commit(resolved("c"))
            ports.routing = renamed
            # What fires, and nobody has taken on; it is told of it once, and reminded.
            for hours, reminder in ((0, 0), (0, None), (4, 1)):
                now = NOW + hours * HOUR
                assert await ports.desk.remind(now) == (reminder is not None)
                told = await ports.notifications("team", now=now)
                assert [(type_, data.series, data.repeat) for type_, data in told] == [
                    ("alert.firing", "a", reminder)
                ] * (reminder is not None)
            await ports.commit(resolved("a"), resolved("b"), now=NOW + 5 * HOUR)
            ends = await ports.outbox.claim("team", NOW + 5 * HOUR, LEASE, 9)
            ended = [(one.type, decode(one.payload).data.series, one.unannounced) for one in ends]
            assert ended == [("alert.resolved", "a", False), ("alert.resolved", "b", True)]
            story = await ports.store.story(firing("a").alert_id)
            assert story is not None
            assert (story.alert.receivers, story.told) == (("pager", "team"), ("pager", "team"))

        opened(work)

    def test_only_who_took_it_was_told(self, opened: OpenedDesk) -> None:
        async def work(ports: Ports) -> None:
            ports.routing = Routing(("pager", "chat"))
            await ports.commit(firing())
            await ports.deliver("chat")
            story = await ports.store.story(firing().alert_id)
            assert story is not None
            assert (story.alert.receivers, story.told) == (("pager", "chat"), ("chat",))

        opened(work)

    def test_what_is_urgent_does_not_wait_for_the_retry_of_what_failed(self, opened: OpenedDesk) -> None:
        later, soon = NOW + 2 * HOUR, NOW + INTERVAL / 5
        shared = [document(n) for n in range(3)]

        async def work(ports: Ports) -> None:
            await ports.commit(firing("entry:A", evidence=shared))
            (first,) = await ports.outbox.claim("pager", NOW, LEASE, 9)
            await ports.outbox.failed(first, "answered 503", later)
            await ports.commit(firing("entry:B", evidence=shared), now=soon)  # an update, which waits for others
            assert await ports.deliver(now=soon) == []
            await ports.desk.acknowledge(firing("entry:A").alert_id, "Ann", "", now=soon)
            told = await ports.notifications(now=soon)
            assert [type_ for type_, _ in told] == ["alert.firing", "alert.updated"]
            assert told[1][1].acknowledged_by == "Ann"

        opened(work)

    def test_what_was_acknowledged_is_quiet_when_its_silence_ends(self, opened: OpenedDesk) -> None:
        risen = msgspec.structs.replace(decision(Reason.ESCALATED, after=5), severity="critical", level=30)

        async def work(ports: Ports) -> None:
            await ports.desk.add_silence(silence("topic=Macro"))
            await ports.commit(firing())
            await ports.desk.acknowledge(firing().alert_id, "Ann", "", now=NOW + HOUR)
            assert await ports.desk.remind(NOW + 3 * HOUR) == 0
            assert await ports.notifications(now=NOW + 3 * HOUR) == []
            # But a severity that rose in a silence is told when that ends: nobody knows of it.
            await ports.desk.add_silence(silence("topic=Macro", id="s2", hours=5))
            await ports.commit(Change(RULE, risen), now=NOW + 4 * HOUR)
            assert await ports.notifications(now=NOW + 4 * HOUR) == []
            assert await ports.desk.remind(NOW + 5 * HOUR) == 1
            ((type_, data),) = await ports.notifications(now=NOW + 5 * HOUR)
            assert (type_, data.severity, data.status) == ("alert.firing", "critical", "acknowledged")

        opened(work)

    def test_what_is_old_is_forgotten_in_two_steps(self, opened: OpenedDesk) -> None:
        kept = Retention(evidence=10 * HOUR, alerts=100 * HOUR, erased=100 * HOUR)
        over = resolved().at

        async def work(ports: Ports) -> None:
            await ports.desk.add_silence(silence("topic=Nothing", starts_at=over - HOUR, ends_at=over))
            await ports.commit(firing(evidence=[document(1)]), resolved(), firing("open", evidence=[document(2)]))
            await ports.deliver()
            assert await ports.desk.forget(kept, over + 10 * HOUR) == 0
            assert await ports.desk.forget(kept, over + 11 * HOUR) == 3  # a document, two payloads
            assert await ports.desk.forget(kept, over + 11 * HOUR) == 0
            story = await ports.store.story(firing().alert_id)
            assert story is not None
            assert (story.evidence, len(story.transitions), len(story.deliveries)) == ((), 2, 2)
            found = await ports.outbox.delivery(story.deliveries[0].id)
            assert found is not None
            assert found[1] == b""
            assert not await ports.outbox.retry(story.deliveries[0].id, NOW)
            assert await ports.desk.forget(kept, over + 101 * HOUR) == 2
            assert [alert.series for alert in await ports.store.alerts(None, 9)] == ["open"]
            assert await ports.desk.silences() == []

        opened(work)

    def test_what_waits_for_a_receiver_that_is_gone_is_given_up(self, opened: OpenedDesk) -> None:
        kept = Retention(*[timedelta(days=9)] * 3)

        async def work(ports: Ports) -> None:
            await ports.commit(firing())
            assert await ports.desk.forget(kept, NOW + EXPIRES - timedelta(microseconds=1)) == 0
            assert await ports.desk.forget(kept, NOW + EXPIRES) == 1
            (state,) = await ports.outbox.deliveries("pager", undelivered=True, limit=9)
            assert (state.next_at, state.error) == (None, "not sent: 24 hours old")

        opened(work)

    def test_a_severity_that_rises_is_told_once_even_if_acknowledged(self, opened: OpenedDesk) -> None:
        worse = decision(Reason.KEEP_FIRING, after=5)
        risen = Change(RULE, msgspec.structs.replace(worse, reason=Reason.ESCALATED, severity="critical"))

        async def work(ports: Ports) -> None:
            await ports.commit(firing())
            await ports.desk.acknowledge(firing().alert_id, "Ann", "", now=NOW)
            await ports.deliver()
            await ports.commit(risen)
            ((type_, data),) = await ports.notifications()
            assert (type_, data.severity, data.status) == ("alert.updated", "critical", "acknowledged")
            await ports.commit(risen)
            assert await ports.notifications() == []
            (alert,) = await ports.store.alerts(Status.ACKNOWLEDGED, 9)
            assert alert.severity == "critical"
            story = await ports.store.story(alert.id)
            assert story is not None
            assert "severity:critical" in [step.step for step in story.transitions]

        opened(work)
