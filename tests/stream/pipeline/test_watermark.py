from hypothesis import given
from hypothesis import strategies as st

from stream.pipeline.watermark import IDLE_AFTER_MS, Progress, watermark

TIMES = st.integers(0, 10**6)
PAIRS = st.dictionaries(st.sampled_from("abc"), st.builds(Progress, TIMES, TIMES, TIMES))


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
