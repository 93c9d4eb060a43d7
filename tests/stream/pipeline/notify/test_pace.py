"""Whatever happens in a group: every step is told once, and what is not urgent at intervals."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.pipeline.notify import Change, Grouping, Routing
from stream.pipeline.notify.payload import Data, decode
from stream.pipeline.rules import Decision, Reason
from tests.contracts.alerts import LEASE, MINUTE, NOW, RULE, decision, document, tick
from tests.fakes.alerts import FakeAlertStore, FakeOutbox

SERIES, MINUTES = 5, 40
INTERVAL = Grouping().interval
ROUTING = Routing(("pager",), repeat=None)
# By minute: series -> what happens to it. What makes no sense, such as a severity of what does not fire, is left out.
histories = st.lists(
    st.dictionaries(st.integers(0, SERIES - 1), st.sampled_from(["fires", "rises", "resolves"]), max_size=3),
    min_size=MINUTES,
    max_size=MINUTES,
)


def _changes(history: list[dict[int, str]]) -> list[list[Change]]:
    """Return the changes of each minute; each series fires once, and all that is open resolves in the end."""
    firing: dict[int, int] = {}
    risen: set[int] = set()
    over: set[int] = set()
    made: list[list[Change]] = []
    for minute, wanted in enumerate([*history, dict.fromkeys(range(SERIES), "resolves")]):
        now: list[Change] = []
        for series, what in wanted.items():
            if what == "fires" and series not in firing:
                firing[series] = minute
                now.append(_change(Reason.FIRING, series, minute, minute))
            elif what == "rises" and series in firing and series not in risen | over:
                risen.add(series)
                risen_to = _change(Reason.ESCALATED, series, firing[series], minute)
                worse: Decision = msgspec.structs.replace(risen_to.decision, severity="page", level=30)
                now.append(msgspec.structs.replace(risen_to, decision=worse))
            elif what == "resolves" and series in firing and series not in over:
                over.add(series)
                now.append(_change(Reason.RESOLVED, series, firing[series], minute))
        made.append(now)
    return made


def _change(reason: Reason, series: int, fired: int, minute: int) -> Change:
    made = decision(reason, f"topic:{series}", MINUTE + fired, minute - fired)
    return Change(RULE, made, tuple(document(n) for n in range(3)))


async def _told(minutes: list[list[Change]]) -> list[tuple[datetime, str, Data]]:
    """Commit each minute, deliver what is due every minute, and go on until nothing can be left."""
    store, told = FakeAlertStore(), []
    outbox = FakeOutbox(store)
    for number in range(len(minutes) + 30):
        now = NOW + timedelta(minutes=number)
        if number < len(minutes):
            made = tick(*minutes[number], receivers=lambda: ROUTING, now=now)
            assert await store.commit(RULE, number, made)
        while claimed := await outbox.claim("pager", now, LEASE, 9):
            for item in claimed:
                await outbox.delivered(item, now)
                told.append((now, item.type, decode(item.payload).data))
    assert await outbox.deliveries("pager", undelivered=True, limit=9) == []
    return told


@settings(max_examples=150, deadline=None)
@given(histories)
def test_every_step_is_told_once_and_what_is_not_urgent_at_intervals(history: list[dict[int, str]]) -> None:
    minutes = _changes(history)
    told = asyncio.run(_told(minutes))
    groups: dict[str, list[tuple[datetime, str, Data]]] = {}
    for item in told:
        groups.setdefault(item[2].group_id, []).append(item)
    steps = [step for *_, data in told for step in data.changes]
    assert sorted(steps) == sorted(f"{change.alert_id}/{change.step}" for minute in minutes for change in minute)
    happened: dict[str, Any] = {
        f"{change.alert_id}/{change.step}": NOW + timedelta(minutes=number)
        for number, minute in enumerate(minutes)
        for change in minute
    }
    for messages in groups.values():
        assert [type_ for _, type_, _ in messages[:-1]] == ["alert.firing", *["alert.updated"] * (len(messages) - 2)]
        assert messages[-1][1] == "alert.resolved"
        for (before, *_), (at, type_, data) in pairwise(messages):
            assert max(at - happened[step] for step in data.changes) <= INTERVAL
            if type_ == "alert.resolved" or any("severity:" in step for step in data.changes):
                assert at == max(happened[step] for step in data.changes)
            elif data.level == 20 and any(
                one.status == "firing" and f"{one.alert_id}/firing" not in data.changes for one in data.members
            ):
                assert at - before >= INTERVAL
