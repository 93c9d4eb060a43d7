import pytest

from stream.pipeline.progress.liveness import BLIND_AFTER, LOOKED_WITHIN, Liveness, Offsets, Partition, Position

NEWS, OTHER = Partition("bw.news", 0), Partition("bw.news", 1)
EVERY = 5


def watched(liveness: Liveness, until: int, since: int = 0, **positions: Position) -> None:
    """Observe the same positions every five seconds; the keyword ``p1`` is partition 1."""
    offsets = Offsets({Partition("bw.news", int(name[1:])): position for name, position in positions.items()})
    for now in range(since, until + 1, EVERY):
        liveness.observe({"g": offsets}, now)


def test_lag_without_a_commit_is_a_stall_and_a_commit_ends_it() -> None:
    liveness = Liveness(60)
    watched(liveness, 60, p0=Position(10, 510))
    assert liveness.describe_stalls(60) == []
    assert liveness.describe_stalls(61) == ["g: bw.news/0: 500 records wait, none was committed for 61 s"]
    assert liveness.describe_stalls(61, longer_than=180) == []
    liveness.observe({"g": Offsets({NEWS: Position(11, 510)})}, 62)
    assert liveness.describe_stalls(75) == []


def test_one_partition_that_stands_is_seen_among_others_that_move() -> None:
    liveness = Liveness(60)
    for now in range(0, 3601, EVERY):
        liveness.observe({"g": Offsets({NEWS: Position(100 * now, 200 * now), OTHER: Position(7, 5007)})}, now)
    (standing,) = liveness.stalls(3600)
    assert (standing.group, standing.partition, standing.waiting, standing.seconds) == ("g", OTHER, 5000, 3600)
    assert liveness.problems(3600) == ["g: bw.news/1: 5000 records wait, none was committed for 3600 s"]


def test_groups_that_read_the_same_topic_are_told_apart() -> None:
    liveness = Liveness(60)
    for now in range(0, 101, EVERY):
        moving, standing = Offsets({NEWS: Position(now, 200)}), Offsets({NEWS: Position(0, 1)})
        liveness.observe({"classify": moving, "aggregate": standing}, now)
    assert liveness.describe_stalls(100) == ["aggregate: bw.news/0: 1 record waits, none was committed for 100 s"]


@pytest.mark.parametrize(
    "quiet",
    [
        Position(10, 10),
        Position(None, 0),
        Position(None, 100, 100),  # never read, and all of it has expired
        Position(50, 100, 100),  # read in part, and the rest has expired
    ],
)
def test_a_quiet_stream_is_no_stall(quiet: Position) -> None:
    liveness = Liveness(60)
    watched(liveness, 1000, p0=quiet)
    assert liveness.problems(1010) == []


def test_what_no_group_has_read_yet_counts_from_the_oldest_record() -> None:
    assert Offsets({NEWS: Position(None, 10, 4), OTHER: Position(2, 5)}).lag == 9
    assert Offsets({NEWS: Position(None, 10, 4), OTHER: Position(2, 5)}).committed == 2


def test_a_partition_that_comes_later_stands_from_then_on() -> None:
    liveness = Liveness(60)
    watched(liveness, 100, p0=Position(5, 5))
    watched(liveness, 160, since=105, p0=Position(5, 5), p1=Position(None, 3))
    assert liveness.describe_stalls(164) == []
    assert liveness.describe_stalls(166) == ["g: bw.news/1: 3 records wait, none was committed for 61 s"]


def test_a_broker_that_is_gone_shows_also_after_lag_zero_and_comes_back() -> None:
    liveness = Liveness(60, began=0)
    assert liveness.problems(BLIND_AFTER) == []
    assert liveness.problems(BLIND_AFTER + 1) == [
        "broker: the offsets were not read for 21 s, so nothing is known: it does not answer"
    ]
    watched(liveness, 100, p0=Position(5, 5))
    assert liveness.problems(110) == []
    liveness.failed("Kafka at k:9092 did not return offsets: refused")
    (problem,) = liveness.problems(700)
    assert problem.startswith("broker: the offsets were not read for 600 s")
    assert problem.endswith("refused")
    watched(liveness, 705, since=705, p0=Position(5, 5))
    assert liveness.problems(710) == []


def test_time_in_which_nobody_looked_is_not_standing() -> None:
    liveness = Liveness(60)
    watched(liveness, 30, p0=Position(5, 9))
    watched(liveness, 630, since=630, p0=Position(5, 9))  # the broker was away, or this process was stopped
    assert liveness.describe_stalls(630) == []
    assert liveness.stalls(630, longer_than=0)[0].seconds == 30 + LOOKED_WITHIN
    watched(liveness, 660, since=635, p0=Position(5, 9))
    assert liveness.stalls(660)[0].seconds == 60 + LOOKED_WITHIN


def test_a_topic_that_is_missing_or_was_made_again_shows() -> None:
    liveness = Liveness(60)
    liveness.observe({"g": Offsets({NEWS: Position(5000, 20)}, missing=("bw.social",))}, 0)
    assert liveness.problems(1) == [
        "g: the topic bw.social is not there: bellwether topics create",
        "g: bw.news/0: 5000 records are committed, but the log ends at 20: it was cut, or the topic was deleted and "
        "made again",
    ]
