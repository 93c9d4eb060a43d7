from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from stream.pipeline.documents.document import milliseconds
from stream.pipeline.documents.record import Origin
from stream.pipeline.progress.proofs import event_time
from stream.pipeline.progress.watermark import (
    HISTORY,
    IDLE_AFTER_MS,
    JUMP_MS,
    LATE_FOR_MS,
    UNDER_WAY_MS,
    EventTime,
    Progress,
    ProgressTracker,
    Proof,
    Stamp,
    pair_of,
    watermark,
)
from tests.contracts.windows import scored

NAMES = st.sampled_from("abc")
TIMES = st.integers(0, 10**6)
PROGRESS = st.dictionaries(NAMES, st.builds(Progress, TIMES, TIMES, TIMES))
PROOFS = st.dictionaries(NAMES, st.builds(Proof, TIMES, TIMES))
HOUR = 3_600_000
DAYS = st.integers(0, 48 * HOUR)


def known(progress: dict[str, Progress], proofs: dict[str, Proof], now: int, more: str = "") -> EventTime:
    """What the store knows; ``more`` are pairs that have brought nothing."""
    return EventTime(now, now, progress, proofs, frozenset([*progress, *more]))


@given(PROGRESS, PROOFS, TIMES, TIMES)
def test_it_never_goes_back_and_never_passes_the_clock(
    progress: dict[str, Progress], proofs: dict[str, Proof], now: int, previous: int
) -> None:
    mark = watermark(known(progress, proofs, now), previous)
    assert mark >= previous
    assert mark <= max(previous, now)


@given(PROGRESS, PROOFS, TIMES, TIMES)
def test_however_long_nothing_is_proven_nothing_moves(
    progress: dict[str, Progress], proofs: dict[str, Proof], now: int, later: int
) -> None:
    before = known(progress, proofs, 10**6 + now)
    assert watermark(known(progress, proofs, before.now + later)) == watermark(before)


@given(PROGRESS, PROOFS, TIMES, NAMES)
def test_no_pair_is_passed_beyond_what_it_has_come_to_and_what_is_proven_of_it(
    progress: dict[str, Progress], proofs: dict[str, Proof], now: int, name: str
) -> None:
    """Whatever is told of the others."""
    mark, proof = watermark(known(progress, proofs, now, "abc")), proofs.get(name)
    latest = progress[name].latest if name in progress else 0
    assert mark <= max(latest, 0 if proof is None or proof.at > now else max(proof.at, proof.event))


@given(PROGRESS, PROOFS, TIMES, NAMES, st.builds(Proof, TIMES, TIMES))
def test_a_newer_proof_never_takes_anything_back(
    progress: dict[str, Progress], proofs: dict[str, Proof], now: int, name: str, newer: Proof
) -> None:
    old = proofs.get(name, Proof(0))
    both = Proof(max(old.at, newer.at), max(old.event, newer.event))
    now = max(now, both.at)
    before = known(progress, proofs, now, "abc")
    assert watermark(known(progress, {**proofs, name: both}, now, "abc")) >= watermark(before)


def test_a_single_clock_gone_wild_moves_nothing_while_another_partition_lives() -> None:
    progress = {"good": Progress(0, 60_000, 100), "wild": Progress(0, 9 * 10**12, 100)}
    assert watermark(known(progress, {}, 10**13)) == 60_000


def test_the_slowest_partition_decides_until_it_is_proven_silent() -> None:
    progress = {"slow": Progress(0, 60_000, 0), "fast": Progress(0, 600_000, 900_000)}
    for proofs, mark in (
        ({}, 60_000),  # away for a quarter of an hour, but nobody has read
        ({"slow": Proof(IDLE_AFTER_MS - 1, 500_000)}, 60_000),
        ({"slow": Proof(IDLE_AFTER_MS, 500_000)}, 500_000),
        ({"slow": Proof(900_000, 880_000)}, 600_000),
    ):
        assert watermark(known(progress, proofs, 900_000)) == mark


def test_when_all_are_silent_time_goes_on_at_the_pace_of_the_clock_as_far_as_is_proven() -> None:
    progress = {"a": Progress(0, 60_000, 100_000)}
    for proven in (105_000, 300_000):
        assert watermark(known(progress, {"a": Proof(proven)}, 900_000)) == proven - 40_000 - UNDER_WAY_MS


def test_a_partition_that_has_brought_nothing_holds_until_it_is_proven_to_have_had_nothing() -> None:
    progress = {"a": Progress(0, 60_000, 100_000)}
    assert watermark(known(progress, {"a": Proof(300_000)}, 300_000, more="b")) == 0
    both = {"a": Proof(300_000), "b": Proof(290_000)}
    assert watermark(known(progress, both, 300_000, more="b")) == 250_000 - UNDER_WAY_MS
    # While documents come, all that is known of a silent one is what the stream had come to then.
    assert watermark(known(progress, {"b": Proof(101_000, 59_000)}, 300_000, more="b")) == 59_000


def test_a_claim_that_nobody_contradicts_counts_when_its_partition_is_proven_silent() -> None:
    progress = {"a": Progress(0, 60_000, 6 * HOUR, claim=5 * HOUR)}
    for silent, mark in ((IDLE_AFTER_MS - 1, 60_000), (IDLE_AFTER_MS, 5 * HOUR + IDLE_AFTER_MS - UNDER_WAY_MS)):
        assert watermark(known(progress, {"a": Proof(6 * HOUR + silent)}, 7 * HOUR)) == mark


def test_a_clock_of_the_store_that_was_ahead_and_is_set_right_stops_nothing_and_drags_nothing() -> None:
    ahead = {"a": Progress(0, 60_000, 9_000_000)}  # seen by a clock two hours ahead
    assert watermark(known(ahead, {"a": Proof(9_000_000, 9_000_000)}, 200_000)) == 60_000
    assert watermark(known(ahead, {"a": Proof(190_000, 180_000)}, 200_000)) == 180_000


def test_event_time_passes_neither_the_stores_clock_nor_the_brokers() -> None:
    progress, proofs = {"a": Progress(0, 600_000, 0)}, {"a": Proof(590_000, 590_000)}
    assert watermark(EventTime(600_000, 580_000, progress, proofs, frozenset("a"))) == 580_000


@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=30))
def test_a_partition_never_goes_back_and_never_beyond_what_the_broker_has_seen(moves: list[tuple[int, int]]) -> None:
    progress, arrived = Progress(0, 0, 0), 0
    for at, later in moves:
        arrived = max(arrived, later)
        moved = progress.advanced(at, arrived, arrived)
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
        progress = progress.advanced(at + JUMP_MS + wild, at + broker, number).advanced(at, at + broker, number)
        assert progress.latest == at
        assert not progress.is_late(at)


def test_sparse_documents_of_a_replay_move_on_one_behind_the_other() -> None:
    progress = Progress(0, 0, 0)
    for hour in range(1, 6):
        progress = progress.advanced(hour * HOUR, 10**13, hour)
        assert (progress.latest, progress.claim) == ((hour - 1) * HOUR, hour * HOUR)


def test_live_documents_move_on_at_once_however_rare() -> None:
    assert Progress(0, 0, 0).advanced(30 * HOUR, 30 * HOUR + 1000, 1).latest == 30 * HOUR


AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = milliseconds(AT)


def test_what_is_late_depends_on_its_own_partition_alone() -> None:
    before = {"0/news/1": Progress(0, NOW + LATE_FOR_MS + 1, 0), "0/news/2": Progress(0, NOW, 0)}
    tracker = ProgressTracker(before)
    for partition, late in ((1, True), (2, False), (3, False)):
        document = scored(1, published_at=AT, origin=Origin("news", partition, 7, NOW))
        assert pair_of(document, 0) == f"0/news/{partition}"
        assert tracker.advance(document, Stamp(0, NOW + 60_000, by_broker=False)) is late
    assert set(tracker.moved) == {"0/news/1", "0/news/2", "0/news/3"}


@given(ahead=st.integers(LATE_FOR_MS, 5 * HOUR), by_broker=st.booleans())
def test_a_producer_whose_clock_runs_ahead_drags_nothing_where_the_broker_stamps_the_scored_topic(
    ahead: int, by_broker: bool
) -> None:
    """Its raw records bear its own clock, sixteen minutes and more ahead, and so do its documents."""
    wild = scored(1, published_at=datetime.fromtimestamp((NOW + ahead) / 1000, UTC), origin=_at(NOW + ahead))
    usual = scored(2, published_at=AT, origin=_at(NOW))
    tracker = ProgressTracker({})
    tracker.advance(usual, Stamp(0, NOW, by_broker))
    tracker.advance(wild, Stamp(0, NOW, by_broker))
    assert (tracker.moved["0/news/1"].latest == NOW) is by_broker
    assert tracker.advance(usual, Stamp(0, NOW, by_broker)) is (ahead > LATE_FOR_MS and not by_broker)


def test_the_pace_is_that_of_the_freshest_document_that_moved_a_pair_on() -> None:
    tracker = ProgressTracker({})
    for behind, pace in ((9000, -9000), (400, -400), (2000, -400)):
        at = datetime.fromtimestamp((NOW - behind) / 1000, UTC)
        tracker.advance(scored(1, published_at=at, origin=_at(NOW)), Stamp(0, NOW, by_broker=True))
        assert tracker.pace == pace
    # A single one that claims to be of another time in a replay of last month is no measure.
    replay = ProgressTracker({"0/news/1": Progress(0, NOW - 700 * HOUR, 0)})
    wild = scored(1, published_at=datetime.fromtimestamp((NOW - 100 * HOUR) / 1000, UTC), origin=_at(NOW))
    replay.advance(wild, Stamp(0, NOW, by_broker=True))
    assert replay.pace is None


def _at(arrived: int) -> Origin:
    return Origin("news", 1, 7, arrived)


@given(st.lists(st.tuples(st.booleans(), DAYS), max_size=20))
def test_history_makes_nothing_late_and_moves_nothing(moves: list[tuple[bool, int]]) -> None:
    """Whatever is brought in, and when: the documents of the stream are late, or not, as they are without it."""
    alone, beside = ProgressTracker({}), ProgressTracker({})
    for number, (is_history, at) in enumerate(moves):
        document = scored(number, published_at=datetime.fromtimestamp(at / 1000, UTC), history=is_history)
        stamp = Stamp(0, 48 * HOUR, by_broker=True)
        late = beside.advance(document, stamp)
        assert late == (False if is_history else alone.advance(document, stamp))
    times = [at for is_history, at in moves if is_history]
    noted = beside.moved.pop(HISTORY, None)
    assert beside.moved == alone.moved
    assert beside.pace == alone.pace
    assert (noted is None) == (not times)
    assert noted is None or (noted.first, noted.latest) == (min(times), max(times))


def test_history_is_no_pair_and_alone_it_says_how_far_event_time_is() -> None:
    history = {HISTORY: Progress(HOUR, 3 * HOUR, 5)}
    partitions = {"raw": {"news": 1}, "scored": {"scored": 1}}
    alone = event_time((9 * HOUR, 0), history, {}, partitions)
    assert alone.pairs == {"0/news/0"}
    assert watermark(alone) == 3 * HOUR
    assert watermark(event_time((2 * HOUR, 0), history, {}, partitions)) == 2 * HOUR
    live = history | {"0/news/0": Progress(8 * HOUR, 8 * HOUR, 8 * HOUR)}
    assert watermark(event_time((9 * HOUR, 0), live, {}, partitions)) == 8 * HOUR
