"""What every AlertStore of :mod:`stream.pipeline.notify` does. ``opened`` runs a coroutine on a fresh pair."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from stream.errors import StoreError
from stream.pipeline.detect import Observation
from stream.pipeline.documents.record import Origin
from stream.pipeline.notify import (
    Alert,
    AlertStore,
    Change,
    Outbox,
    ReplayRecord,
    RoutingSource,
    RuleTick,
    Status,
    Tick,
    moment_of,
)
from stream.pipeline.notify.payload import Before, decode
from stream.pipeline.rules import AlertState, Decision, Reason, Rule, RuleState, begin
from stream.pipeline.units import DAY
from stream.pipeline.windows.earlier import Earlier
from stream.pipeline.windows.evidence import Evidence
from tests.contracts.states import states_over_midnight

Opened = Callable[[Callable[[AlertStore, Outbox], Awaitable[Any]]], Any]
RULE = "negative-surge"
MINUTE = 29_000_000
NOW = datetime(2026, 3, 2, 9, 30, 0, 123_456, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def decision(reason: Reason, series: str = "topic:Macro", fired: int | None = MINUTE, after: int = 0) -> Decision:
    """A decision taken ``after`` minutes."""
    seen = Observation(series, (fired or MINUTE) + after, 15, 40, 30, 0.251234, 3.1, 17.000001)
    return Decision(reason, seen, fired)


def document(number: int, **changes: Any) -> Evidence:
    """A document of the evidence."""
    fields: dict[str, Any] = {
        "id": f"d{number}",
        "source": "wire",
        "published_at": moment_of(MINUTE) + timedelta(milliseconds=number),
        "text": f"“Ünrest” {number}\n'; DROP TABLE alerts; -- %s :x",
        "negative": 0.9 - number / 100,
        "negative_of_text": 0.25 if number % 2 else None,
    }
    return Evidence(**{**fields, **changes})


def firing(series: str = "topic:Macro", fired: int = MINUTE, evidence: Sequence[Evidence] = ()) -> Change:
    """The alert of ``series`` fires."""
    return Change(RULE, decision(Reason.FIRING, series, fired), tuple(evidence))


def resolved(series: str = "topic:Macro", fired: int = MINUTE) -> Change:
    """It resolves half an hour later."""
    return Change(RULE, decision(Reason.RESOLVED, series, fired, 30))


def replace_rule(change: Change, rule: str = "other") -> Change:
    """The same, by another rule."""
    return msgspec.structs.replace(change, rule=rule)


def tick(*changes: Change, receivers: RoutingSource = ("webhook",), evaluated: int = MINUTE, **fields: Any) -> Tick:
    """A tick with these changes."""
    state = begin(Rule(), MINUTE - 9, names=("topic:Macro",))
    state.baselines.level_documents[:], state.baselines.share_negatives[:] = 123.456789012345 / 3, 1e-9
    state = replace(
        state, evaluated=evaluated, alert_states={"topic:Macro": AlertState(fired=MINUTE, last_over=MINUTE)}
    )
    defaults: dict[str, Any] = {"state": state, "changes": changes, "latest": {}, "receivers": receivers, "now": NOW}
    return Tick(**{**defaults, **fields})


class AlertStoreContract:
    """The suite of AlertStore."""

    def test_the_state_comes_back_with_its_version(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            assert await store.load(RULE) == (0, None)
            for version in range(3):
                made = tick(evaluated=MINUTE + version)
                assert await store.commit(RULE, version, made)
                assert await store.load(RULE) == (version + 1, made.state)
            assert await store.load("another") == (0, None)

        opened(work)

    def test_a_state_comes_back_from_whatever_is_known_of_it(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            known: list[tuple[int, RuleState]] = []
            for version, state in enumerate(states_over_midnight(DAY + 12)):
                before = known[-1][1] if known else None
                assert await store.commit(RULE, version, tick(state=state, before=before))
                known.append((version + 1, state))
                for one in (None, *known[-1:], known[0], known[len(known) // 2]):
                    found = await store.load(RULE, one)
                    assert found == (version + 1, state)
            assert len(known) == 20

        opened(work)

    @pytest.mark.parametrize("version", [0, 2, 7])
    def test_another_version_writes_nothing(self, opened: Opened, version: int) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            first = tick()
            assert await store.commit(RULE, 0, first)
            late = tick(firing(), latest={"topic:Macro": decision(Reason.FIRING)}, evaluated=MINUTE + 5)
            assert not await store.commit(RULE, version, late)
            assert await store.load(RULE) == (1, first.state)
            await self._holds_nothing(store, outbox)

        opened(work)

    def test_no_state_and_a_version_writes_nothing(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            assert not await store.commit(RULE, 1, tick(firing()))
            assert await store.load(RULE) == (0, None)
            await self._holds_nothing(store, outbox)

        opened(work)

    def test_ticks_of_two_rules_are_told_together_or_not_at_all(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            proof = [document(n) for n in range(3)]
            other = replace_rule(firing("entry:Acme", evidence=proof))
            first = RuleTick(RULE, 0, tick(firing(evidence=proof)))
            assert not await store.commit_together([first, RuleTick("other", 1, tick(other))])
            assert await store.load(RULE) == (0, None)
            await self._holds_nothing(store, outbox)
            assert await store.commit_together([first, RuleTick("other", 0, tick(other))])
            assert [(await store.load(rule))[0] for rule in (RULE, "other")] == [1, 1]
            (sent,) = await outbox.claim("webhook", NOW, LEASE, 10)
            assert {member.series for member in decode(sent.payload).data.members} == {"topic:Macro", "entry:Acme"}
            heads = {alert.series: alert.heads for alert in await store.alerts(None, 9)}
            assert heads == {"topic:Macro": False, "entry:Acme": True}
            # The entry's alert is over, so the topic's stands for the event, and in the end the entry's again.
            for version, change in enumerate([replace_rule(resolved("entry:Acme")), resolved()], 1):
                assert await store.commit(change.rule, 1, tick(change, now=NOW + version * LEASE))
                (head,) = [alert.series for alert in await store.alerts(None, 9) if alert.heads]
                assert head == ["topic:Macro", "entry:Acme"][version - 1]

        opened(work)

    def test_of_many_at_once_one_commits(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            for version in range(3):
                ticks = [tick(firing(f"s{n}", MINUTE + version)) for n in range(8)]
                done = await asyncio.gather(*(store.commit(RULE, version, made) for made in ticks))
                assert sorted(done) == [False] * 7 + [True]
                assert (await store.load(RULE))[0] == version + 1
                assert len(await store.alerts(None, 100)) == version + 1
                (alert,) = await store.alerts(Status.FIRING, 100)
                assert await store.commit(f"close {version}", 0, tick(resolved(alert.series, MINUTE + version)))

        opened(work)

    def test_a_story_tells_everything_in_order(self, opened: Opened) -> None:
        origin = Origin("bellwether.news", 3, 1 << 40, 1_772_400_000_000)
        documents = [
            document(0, author="A", url="https://x.y/z?%s", truncated=True, origin=origin),
            *map(document, range(1, 10)),
        ]
        fires, resolves = firing(evidence=documents), resolved()
        later = NOW + timedelta(minutes=30)

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(fires, receivers=["webhook", "kafka"]))
            await store.commit(RULE, 1, tick(resolves, receivers=["webhook", "kafka"], now=later))
            story = await store.story(fires.alert_id)
            assert story is not None
            assert story.alert == Alert(
                fires.alert_id,
                RULE,
                "topic:Macro",
                Status.RESOLVED,
                moment_of(MINUTE),
                moment_of(MINUTE + 30),
                group_id=fires.alert_id,
                created_at=NOW,
                published_at=documents[-1].published_at,
                receivers=("webhook", "kafka"),
                head=fires.alert_id,
            )
            assert story.members == ()
            assert [(step.status, step.at, step.recorded_at, step.decision) for step in story.transitions] == [
                (Status.FIRING, moment_of(MINUTE), NOW, fires.decision),
                (Status.RESOLVED, moment_of(MINUTE + 30), later, resolves.decision),
            ]
            assert list(story.evidence) == documents
            assert [(item.receiver, item.type, item.message_id, item.created_at) for item in story.deliveries] == [
                (receiver, f"alert.{change.status}", change.message_id, at)
                for change, at in ((fires, NOW), (resolves, later))
                for receiver in ("webhook", "kafka")
            ]
            assert {(item.attempts, item.delivered_at, item.error) for item in story.deliveries} == {(0, None, None)}
            assert await store.story("none such") is None

        opened(work)

    def test_what_was_written_before_is_no_evidence(self, opened: Opened) -> None:
        earlier = Earlier(30, 3, 2, moment_of(MINUTE - 9000), (document(7, title="“Ünrest”"), document(8)))
        fires = msgspec.structs.replace(firing(evidence=[document(1)]), earlier=earlier)
        old = firing("topic:Markets", evidence=[document(9)])

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(fires, old))
            await store.commit(RULE, 1, tick(resolved()))
            for change, kept in ((fires, earlier), (old, None)):
                story = await store.story(change.alert_id)
                assert story is not None
                assert (story.alert.earlier, story.evidence) == (kept, change.evidence)
            told = [decode(item.payload).data for item in await outbox.claim("webhook", NOW, LEASE, 10)]
            assert {data.alert_id for data in told} == {fires.alert_id, old.alert_id}
            for data in told:
                if data.alert_id == old.alert_id:
                    assert data.earlier is msgspec.UNSET
                    continue
                assert isinstance(data.earlier, Before)
                assert (data.earlier.days, data.earlier.documents, data.earlier.last) == (30, 3, earlier.last)
                before = [(item.id, item.title) for item in data.earlier.evidence]
                assert before == [("d7", "“Ünrest”"), ("d8", msgspec.UNSET)]
                assert [item.id for item in data.evidence] == ["d1"]

        opened(work)

    def test_fired_and_resolved_in_one_tick(self, opened: Opened) -> None:
        again = MINUTE + 60

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(firing(), resolved(), firing(fired=again)))
            found = await store.alerts(None, 10)
            assert [alert.status for alert in found] == [Status.FIRING, Status.RESOLVED]
            assert [alert.fired_at for alert in found] == [moment_of(again), moment_of(MINUTE)]

        opened(work)

    def test_a_second_open_alert_is_refused_and_nothing_written(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            first = tick(firing())
            await store.commit(RULE, 0, first)
            with pytest.raises(StoreError):
                await store.commit(RULE, 1, tick(firing("other"), firing(fired=MINUTE + 1), evaluated=MINUTE + 9))
            assert [alert.id for alert in await store.alerts(None, 10)] == [firing().alert_id]
            assert await store.load(RULE) == (1, first.state)
            assert len(await outbox.claim("webhook", NOW, LEASE, 10)) == 1
            # Another rule may watch the same series.
            other = Change("other rule", decision(Reason.FIRING))
            assert await store.commit("other rule", 0, tick(other))

        opened(work)

    def test_repeats_are_harmless(self, opened: Opened) -> None:
        made = tick(
            firing(evidence=[document(1, scored_at=NOW, origin=Origin("t", 0, 1, 1_772_400_000_123))]), resolved()
        )

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, made)
            assert not await store.commit(RULE, 0, made)
            before = await store.story(firing().alert_id)
            assert before is not None
            at = datetime(2026, 3, 1, 21, 20, 0, 123_000, tzinfo=UTC)
            assert (before.alert.scored_at, before.alert.ingested_at) == (NOW, at)
            # As after a state that was lost and computed again, with other evidence, receivers and wall clock.
            again = firing(evidence=[document(2), document(3)])
            repeated = tick(again, resolved(), receivers=["webhook", "new"], now=NOW + LEASE)
            assert await store.commit(RULE, 1, repeated)
            assert await store.story(firing().alert_id) == before
            assert await outbox.claim("new", NOW + LEASE, LEASE, 10) == []

        opened(work)

    def test_a_resolution_without_its_beginning_is_kept(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(resolved()))
            (alert,) = await store.alerts(Status.RESOLVED, 10)
            assert (alert.fired_at, alert.resolved_at) == (moment_of(MINUTE), moment_of(MINUTE + 30))

        opened(work)

    def test_alerts_come_newest_first_by_status(self, opened: Opened) -> None:
        changes = [firing(f"s{n}", MINUTE + n) for n in (3, 1, 4, 2)]

        async def work(store: AlertStore, outbox: Outbox) -> None:
            assert await store.alerts(None, 10) == []
            await store.commit(RULE, 0, tick(*changes, resolved("s2", MINUTE + 2), resolved("s4", MINUTE + 4)))
            assert [alert.series for alert in await store.alerts(None, 3)] == ["s4", "s3", "s2"]
            assert [alert.series for alert in await store.alerts(Status.FIRING, 10)] == ["s3", "s1"]
            assert [alert.series for alert in await store.alerts(Status.RESOLVED, 1)] == ["s4"]

        opened(work)

    def test_what_is_open_is_found_however_old_it_is(self, opened: Opened) -> None:
        changes = [firing(f"s{n}", MINUTE + n) for n in range(6)]
        over = [resolved(f"s{n}", MINUTE + n) for n in (1, 4, 5)]

        async def work(store: AlertStore, outbox: Outbox) -> None:
            assert await store.open_alerts() == []
            await store.commit(RULE, 0, tick(*changes, *over))
            assert [alert.series for alert in await store.open_alerts()] == ["s3", "s2", "s0"]

        opened(work)

    def test_alerts_are_found_by_the_beginning_of_their_id(self, opened: Opened) -> None:
        changes = [firing(f"s{n}", MINUTE + n) for n in range(40)]
        ids = {change.alert_id for change in changes}

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(*changes))
            for key in ids:
                for length in (1, 8, 36):
                    found = await store.ids_with_prefix(key[:length], 100)
                    assert set(found) == {other for other in ids if other.startswith(key[:length])}
            assert len(await store.ids_with_prefix("", 7)) == 7
            for text in ("%", "_", "\\", "' OR 1=1 --", "z", "\0"):
                assert await store.ids_with_prefix(text, 9) == []

        opened(work)

    def test_the_latest_decision_of_every_series_comes_back(self, opened: Opened) -> None:
        first = {"a": decision(Reason.TOO_FEW, "a", None), "b'%s": decision(Reason.KEEP_FIRING, "b'%s")}
        second = {"a": decision(Reason.EXPECTED, "a", None, 1)}

        async def work(store: AlertStore, outbox: Outbox) -> None:
            assert await store.latest_decisions() == {}
            await store.commit(RULE, 0, tick(latest=first))
            await store.commit(RULE, 1, tick(latest=second))
            assert await store.latest_decisions() == {(RULE, name): made for name, made in {**first, **second}.items()}

        opened(work)

    def test_the_latest_decisions_of_two_rules_are_two(self, opened: Opened) -> None:
        calm, loud = decision(Reason.EXPECTED, "a", None), decision(Reason.KEEP_FIRING, "a")

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit("x", 0, tick(latest={"a": calm}))
            await store.commit("b", 0, tick(latest={"a": loud}))
            assert await store.latest_decisions() == {("x", "a"): calm, ("b", "a"): loud}
            await store.commit("b", 1, tick(forgotten=["a"]))
            assert await store.latest_decisions() == {("x", "a"): calm}

        opened(work)

    def test_the_latest_decision_of_a_forgotten_series_goes(self, opened: Opened) -> None:
        first = {name: decision(Reason.EXPECTED, name, None) for name in ("a", "b'%s", "c")}

        async def work(store: AlertStore, outbox: Outbox) -> None:
            await store.commit(RULE, 0, tick(latest=first))
            assert not await store.commit(RULE, 0, tick(forgotten=["c"]))
            await store.commit(RULE, 1, tick(latest={"a": first["a"]}, forgotten=["b'%s", "none such"]))
            assert await store.latest_decisions() == {(RULE, name): first[name] for name in "ac"}

        opened(work)

    def test_how_far_the_detector_is_over_all_rules(self, opened: Opened) -> None:
        async def work(store: AlertStore, outbox: Outbox) -> None:
            assert await store.last_evaluated_minute() == 0
            await store.commit(RULE, 0, tick(evaluated=MINUTE + 7))
            await store.commit("another", 0, tick(evaluated=MINUTE + 3))
            assert await store.last_evaluated_minute() == MINUTE + 7

        opened(work)

    def test_the_first_record_of_an_alert_is_kept(self, opened: Opened) -> None:
        first = ReplayRecord("rule", "artifact", b"\0\xff")

        async def work(store: AlertStore, outbox: Outbox) -> None:
            fires = msgspec.structs.replace(firing(), record=first)
            await store.commit(RULE, 0, tick(fires))
            assert await store.replay_record(fires.alert_id) == first
            again = msgspec.structs.replace(fires, record=ReplayRecord("other", "artifact", b""))
            resolves = msgspec.structs.replace(resolved(), record=ReplayRecord("other", "artifact", b""))
            await store.commit(RULE, 1, tick(again, resolves))
            assert await store.replay_record(fires.alert_id) == first
            assert await store.replay_record("none such") is None

        opened(work)

    async def _holds_nothing(self, store: AlertStore, outbox: Outbox) -> None:
        assert await store.alerts(None, 10) == []
        assert await store.latest_decisions() == {}
        assert await outbox.claim("webhook", NOW, LEASE, 10) == []
