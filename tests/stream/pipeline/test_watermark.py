from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from stream.pipeline.classify import Origin
from stream.pipeline.documents import milliseconds
from stream.pipeline.watermark import IDLE_AFTER_MS, JUMP_MS, LATE_FOR_MS, Progress, follow, pair_of, watermark
from tests.contracts.windows import scored

TIMES = st.integers(0, 10**6)
PAIRS = st.dictionaries(st.sampled_from("abc"), st.builds(Progress, TIMES, TIMES, TIMES))
HOUR = 3_600_000
DAYS = st.integers(0, 48 * HOUR)


@given(PAIRS, TIMES, TIMES)
def test_it_never_goes_back(progress: dict[str, Progress], now: int, previous: int) -> None:
    assert watermark(progress, now, previous) >= previous


def test_a_single_clock_gone_wild_moves_nothing_while_another_partition_lives() -> None:
    assert watermark({"good": Progress(0, 60_000, 100), "wild": Progress(0, 9 * 10**12, 100)}, now=100) == 60_000


def test_the_slowest_partition_decides_until_it_falls_silent() -> None:
    progress = {"slow": Progress(0, 60_000, 0), "fast": Progress(0, 600_000, IDLE_AFTER_MS)}
    assert watermark(progress, now=IDLE_AFTER_MS - 1) == 60_000
    assert watermark(progress, now=IDLE_AFTER_MS) == 600_000


def test_when_all_are_silent_time_goes_on_at_the_pace_of_the_clock() -> None:
    assert watermark({"a": Progress(0, 60_000, 1000)}, now=1000 + 300_000) == 360_000


def test_a_claim_that_nobody_contradicts_counts_when_its_partition_is_silent() -> None:
    progress = {"a": Progress(0, 60_000, 0, claim=5 * HOUR)}
    assert watermark(progress, now=IDLE_AFTER_MS - 1) == 60_000
    assert watermark(progress, now=IDLE_AFTER_MS) == 5 * HOUR + IDLE_AFTER_MS


@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=30))
def test_a_partition_never_goes_back_and_never_beyond_what_the_broker_has_seen(moves: list[tuple[int, int]]) -> None:
    progress, arrived = Progress(0, 0, 0), 0
    for at, later in moves:
        arrived = max(arrived, later)
        moved = progress.moved(at, arrived, arrived)
        assert progress.latest <= moved.latest <= max(progress.latest, arrived)
        assert moved.claim == 0 or moved.latest < moved.claim <= arrived
        progress = moved


@given(wild=st.integers(1, 48 * HOUR), steps=st.integers(1, 20), live=st.booleans())
def test_one_clock_gone_wild_drags_neither_live_traffic_nor_a_replay(wild: int, steps: int, live: bool) -> None:
    start, step = 100 * HOUR, 30_000
    broker = 0 if live else 1000 * HOUR  # how long after their own times the broker gets the documents
    progress = Progress(start, start, 0)
    for number in range(1, steps + 1):
        at = start + number * step
        progress = progress.moved(at + JUMP_MS + wild, at + broker, number).moved(at, at + broker, number)
        assert progress.latest == at
        assert not progress.is_late(at)


def test_sparse_documents_of_a_replay_move_on_one_behind_the_other() -> None:
    progress = Progress(0, 0, 0)
    for hour in range(1, 6):
        progress = progress.moved(hour * HOUR, 10**13, hour)
        assert (progress.latest, progress.claim) == ((hour - 1) * HOUR, hour * HOUR)


def test_live_documents_move_on_at_once_however_rare() -> None:
    assert Progress(0, 0, 0).moved(30 * HOUR, 30 * HOUR + 1000, 1).latest == 30 * HOUR


def test_what_is_late_depends_on_its_own_partition_alone() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    now = milliseconds(at)
    known = {"0/news/1": Progress(0, now + LATE_FOR_MS + 1, 0), "0/news/2": Progress(0, now, 0)}
    for partition, late in ((1, True), (2, False), (3, False)):
        document = scored(1, published_at=at, origin=Origin("news", partition, 7, now))
        assert pair_of(document, 0) == f"0/news/{partition}"
        assert follow(known, pair_of(document, 0), document, now, LATE_FOR_MS) is late
    assert set(known) == {"0/news/1", "0/news/2", "0/news/3"}
