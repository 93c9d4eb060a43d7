"""Names that are taken off the watchlist, renamed, or on the list of one worker alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify import Status
from stream.pipeline.rules import Listed, Rule
from stream.pipeline.windows.columns import Counts
from stream.settings import load_settings
from stream.worker.connections import Connections
from stream.worker.loops import paced_stages
from stream.worker.stage_names import StageName
from stream.worker.stages import Detect, retire
from tests.events import ENTRIES, EVENT, NAME, Said, quickly, says
from tests.stream.worker.test_any_pieces import Worker, _usual

BEGIN = EVENT - timedelta(hours=30)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WITHOUT: Mapping[str, Entry] = {name: entry for name, entry in ENTRIES.items() if name != "Acme"}
RULE = Rule(series=("entry:*",), keep_firing=240)  # nothing resolves by itself within these tests
OFF = EVENT + 20 * MINUTE  # what comes later is not counted where the name is off the list
DOCUMENTS = [*_usual(BEGIN), *quickly("s", EVENT, 30)]
COUNTED = [one for one in DOCUMENTS if one[0].published_at < OFF]


class Listing(Worker):
    """A worker whose list can be changed."""

    listed: Mapping[str, Entry] = ENTRIES

    def restart(self) -> None:
        super().restart()
        self._detect.entries = lambda: self.listed

    async def open(self) -> list[str]:
        return [alert.series for alert in await self.store.alerts(Status.FIRING, 9)]

    async def minutes(self, first: datetime, last: datetime) -> None:
        await self.go_on_by(MINUTE, first, last)


async def _worker(said: Sequence[Said] = COUNTED) -> Listing:
    worker = Listing([RULE], BEGIN)
    await worker.come(said)
    return worker


@pytest.mark.parametrize(("listed", "fires"), [(ENTRIES, True), (WITHOUT, False), ({}, True)])
def test_what_is_not_on_the_list_raises_nothing_of_what_is_in_its_windows(
    listed: Mapping[str, Entry], fires: bool
) -> None:
    """A list without entries says nothing: all would end by a file that was emptied by mistake."""

    async def work() -> None:
        change = EVENT + 5 * MINUTE  # a minute before it fires
        worker = await _worker([one for one in DOCUMENTS if one[0].published_at < change + 3 * MINUTE])
        await worker.go_on(change)
        worker.listed = listed
        await worker.minutes(change + MINUTE, EVENT + HOUR)
        assert await worker.open() == [NAME] * fires
        assert {name for _, name in await worker.store.latest_decisions()} == ({NAME} if fires else set())

    asyncio.run(work())


def test_what_fires_ends_when_its_name_has_been_off_the_list_for_ten_minutes() -> None:
    async def work() -> None:
        worker = await _worker()
        await worker.minutes(EVENT, OFF)
        (alert,) = await worker.store.alerts(Status.FIRING, 9)
        worker.listed = WITHOUT
        await worker.minutes(OFF, OFF + 9 * MINUTE)
        assert await worker.open() == [NAME]
        await worker.go_on(OFF + 11 * MINUTE)
        assert await worker.open() == []
        story = await worker.store.story(alert.id)
        assert story is not None
        last = story.transitions[-1].decision
        assert last is not None
        assert last.detail == "resolved: this is no longer on the watchlist"
        assert await worker.store.latest_decisions() == {}
        await worker.minutes(OFF + 12 * MINUTE, OFF + HOUR)
        assert len(await worker.store.alerts(None, 9)) == 1

    asyncio.run(work())


def test_a_list_that_was_short_for_some_minutes_ends_nothing() -> None:
    async def work() -> None:
        worker = await _worker()
        await worker.minutes(EVENT, OFF)
        worker.listed = WITHOUT
        await worker.minutes(OFF, OFF + 8 * MINUTE)
        worker.listed = dict(ENTRIES)
        await worker.minutes(OFF + 9 * MINUTE, OFF + HOUR)
        (alert,) = await worker.store.alerts(None, 9)
        assert alert.status is Status.FIRING

    asyncio.run(work())


def test_what_comes_back_goes_on_with_what_was_learned() -> None:
    again = EVENT + 40 * HOUR

    async def work() -> None:
        worker = await _worker([*COUNTED, *_usual(EVENT + 8 * HOUR), *quickly("again", again, 30)])
        await worker.go_on(OFF)
        worker.listed = WITHOUT
        await worker.go_on(OFF + MINUTE)
        await worker.go_on(EVENT + HOUR)
        worker.restart()
        await worker.go_on(EVENT + 2 * HOUR)
        worker.listed = ENTRIES
        _, state = await worker.store.load(RULE.name)
        assert state is not None
        assert (state.names, state.alert_states) == ((NAME,), {})
        await worker.go_on(again + HOUR)
        _, after = await worker.store.load(RULE.name)
        assert after is not None
        assert after.baselines.since.tolist() == state.baselines.since.tolist()
        assert [alert.status for alert in await worker.store.alerts(None, 9)] == [Status.FIRING, Status.RESOLVED]

    asyncio.run(work())


def test_a_worker_with_an_older_list_is_not_deaf_to_what_others_count(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        worker = await _worker(DOCUMENTS)
        worker.listed = WITHOUT
        await worker.minutes(BEGIN + HOUR, BEGIN + 2 * HOUR)
        await worker.go_on(EVENT)
        await worker.minutes(EVENT, EVENT + HOUR)
        assert await worker.open() == [NAME]

    with caplog.at_level(logging.WARNING):
        asyncio.run(work())
    assert caplog.text.count(f"series {NAME}: documents are counted there, and it is not on the watchlist") == 1


def test_workers_with_different_lists_do_not_raise_and_end_an_alert_in_turn() -> None:
    async def work() -> None:
        worker, other = await _worker(), Listing([RULE], BEGIN)
        other.store, other.windows = worker.store, worker.windows
        other.restart()
        await worker.go_on(EVENT)
        worker.listed = WITHOUT
        for minute in range(90):
            for one in (worker, other) if minute % 2 else (other, worker):
                await one.go_on(EVENT + minute * MINUTE)
        assert len(await worker.store.alerts(None, 99)) <= 2

    asyncio.run(work())


def test_the_stage_of_a_worker_asks_for_the_list_in_force(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("name\nAcme\n")
    for path, names in ((tmp_path / "list.csv", {"Acme"}), (None, set())):
        settings = load_settings(watchlist=path)
        stages = paced_stages(settings, Connections(settings), {StageName.DETECT})
        (detect,) = (stage for stage, _ in stages if isinstance(stage, Detect))
        assert detect.entries().keys() == names


def test_of_many_names_that_are_gone_all_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retire, "AT_ONCE", 2)

    async def work() -> None:
        names = ("Acme", "Bolt", "Corvo")
        worker = await _worker([says(f"{name}{n}", BEGIN + n * HOUR, name) for n in range(29) for name in names])
        await worker.go_on(EVENT)
        assert len(await worker.store.latest_decisions()) == 3
        worker.listed = {"Other": Entry(name="Other")}
        await worker.minutes(EVENT + MINUTE, EVENT + 12 * MINUTE)
        assert await worker.store.latest_decisions() == {}

    asyncio.run(work())


def test_which_series_documents_are_still_counted_for() -> None:
    names = ("topic:Macro", "entry:Acme", "entry:Old", "group:old", "entry:Odd")
    documents = np.zeros((5, 6), np.int64)
    documents[2, 2], documents[3, 3], documents[0] = 1, 1, 1
    listed = Listed(ENTRIES, taken=100)
    counts = Counts(names, 90, documents, documents, documents, step=5)  # the columns from 105 on come too late
    assert listed.note_counted(counts) == ["group:old"]
    assert listed.note_counted(counts) == []
    assert listed.others(names) == {"entry:Old", "entry:Odd"}
    assert Listed({}).note_counted(counts) == []
    assert (listed.is_sure(109), listed.is_sure(110)) == (False, True)
