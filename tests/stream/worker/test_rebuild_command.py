"""`bellwether rebuild` where the log no longer holds all: what stands there, and cannot be made again, stays."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from stream.adapters.redis.client import Client
from stream.cli.work.rebuild import print_rebuilt
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.units import DAY, DAY_MS
from stream.pipeline.windows.bucket import Bucket
from stream.pipeline.windows.contribution import Contribution
from stream.pipeline.windows.independence import WindowMember
from stream.settings import load_settings
from stream.worker.log_records import LogSource
from stream.worker.rebuild_command import Rebuilt, _rebuild_whole, _Stores, first_kept
from stream.worker.window_rebuild import _Tally, documents_standing, doubtful_days, project_again
from tests.fakes.alerts import FakeSeriesStore
from tests.fakes.windows import recount
from tests.stream.worker.test_window_rebuild import (
    FIRST,
    SPAN,
    Opened,
    Stores,
    _Log,
    _log,
    _read,
    opened,
    valkey,
)

__all__ = ["opened", "valkey"]
DAYS = [FIRST // DAY, FIRST // DAY + 1]


def _not_told(what: str, completed: int) -> None:
    """Nobody looks."""


def test_days_of_which_the_log_has_lost_documents_stay_in_redis_and_in_the_rows(opened: Opened) -> None:
    log = _log(300)
    of_the_second = [(number, document) for number, document in log if document.published_at.day == 2]

    async def work(client: Client, stores: Stores) -> None:
        windows, store = stores
        series = FakeSeriesStore()
        await windows.add(_read(log), {})
        await project_again(windows, series, DAYS)
        standing = await documents_standing(windows, series, DAYS)
        assert sum(standing.values()) == 300
        assert set(standing) == set(DAYS)
        # The first day is gone, or some of it; the second one is whole.
        for rest in (of_the_second, log[20:]):
            to = _Stores(LogSource(_Log(rest)), store, windows, series)
            rebuilt, kept = await _rebuild_whole(to, DAYS, standing, _not_told)
            assert kept == DAYS[:1]
            assert rebuilt.days == (DAYS[1],)
            assert await windows.minutes(SPAN) == recount(_read(log))
        # Nothing is left of it.
        rebuilt, kept = await _rebuild_whole(
            _Stores(LogSource(_Log([])), store, windows, series), DAYS, standing, _not_told
        )
        assert (rebuilt.days, kept) == ((), DAYS)
        assert await windows.minutes(SPAN) == recount(_read(log))
        # All of it, written again, is whole; and where nothing is asked for, what the log says counts.
        whole = _Stores(LogSource(_Log(log)), store, windows, series)
        assert (await _rebuild_whole(whole, DAYS, standing, _not_told))[1] == []
        forced, kept = await _rebuild_whole(_Stores(LogSource(_Log([])), store, windows, series), DAYS, {}, _not_told)
        assert (list(forced.days), kept) == (DAYS, [])
        assert await windows.minutes(SPAN) == {}
        assert await documents_standing(windows, series, DAYS) == standing, "the rows still stand"

    opened(work)


def test_windows_count_as_standing_where_rows_are_lost(opened: Opened) -> None:
    async def work(client: Client, stores: Stores) -> None:
        await stores[0].add(_read(_log(60)), {})
        standing = await documents_standing(stores[0], FakeSeriesStore(), DAYS)
        assert sum(standing.values()) == 60

    opened(work)


class _Counting:
    """A store of what is being built, for which all is new."""

    async def count(self, rows: Sequence[Contribution]) -> int:
        return len(rows)


def test_texts_that_are_not_read_do_not_make_up_for_lost_ones() -> None:
    """What stands is counted by topics, so 50 texts that nobody reads must not stand in for 50 that are lost."""
    tally = _Tally(cast(Any, _Counting()), {0: 100})
    rows = [
        Contribution(WindowMember(f"{number}", "story", "wire", 60_000, "neutral"), (series,), Bucket())
        for number in range(100)
        for series in ["topic:Macro" if number % 2 else "unread:de"]
    ]
    asyncio.run(tally.add(rows))
    assert tally.documents == 100
    assert tally.short == (0,)


def test_a_day_is_doubtful_where_documents_may_have_come_before_the_log_begins() -> None:
    assert doubtful_days([9, 10, 11], 10 * DAY_MS + 1, timedelta()) == [9, 10]
    assert doubtful_days([9, 10, 11], 10 * DAY_MS, timedelta()) == [9]
    assert doubtful_days([9, 10, 11], 10 * DAY_MS, timedelta(hours=1)) == [9, 10], "an hour ahead of the broker"


def test_days_are_rebuilt_as_far_back_as_windows_or_rows_are_kept() -> None:
    now = EPOCH + timedelta(days=1000.5)
    assert first_kept(load_settings(keep_hours=192, keep_days=90), now) == 910
    assert first_kept(load_settings(keep_hours=4800, keep_days=90), now) == 800


def test_what_stays_is_told_with_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = datetime(2026, 11, 30, 20, 46, tzinfo=UTC)
    rebuilt = Rebuilt(0, 1, 0, begins, [20_401, 20_402], 20_398, 2000)
    print_rebuilt(rebuilt, load_settings())
    out = capsys.readouterr().out
    assert "the log begins 2026-11-30 20:46 UTC: 2 days stay as they are (2025-11-09 to 2025-11-10)" in out
    assert "2,000 days before 2025-11-06 stay as they are: windows are kept for 192 hours" in out
    assert out.count("--force") == 2
    print_rebuilt(cast(Any, rebuilt), load_settings(language="zh"))
    assert "重建" in capsys.readouterr().out
    load_settings(language="en")
