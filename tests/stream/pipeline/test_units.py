"""One grammar of durations, wherever they are written."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import SettingsError
from stream.pipeline.units import DAY, Duration, duration, whole_minutes

LENGTHS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


@pytest.mark.parametrize(
    ("text", "minutes"), [("15m", 15), ("1h30m", 90), ("2d", 2 * DAY), ("0m", 0), ("180s", 3), ("99999d", 99_999 * DAY)]
)
def test_durations(text: str, minutes: int) -> None:
    assert (duration(text), whole_minutes(text)) == (timedelta(minutes=minutes), minutes)


@pytest.mark.parametrize("text", ["", "5", "h", "1x", "1h 2m", "1h2", "-1h", "30m\n", "١m", "1m" * 30])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(SettingsError, match="is no duration"):
        duration(text)


@pytest.mark.parametrize("text", ["100000d", "99999d1s", "9" * 39 + "s"])
def test_what_is_too_long(text: str) -> None:
    with pytest.raises(SettingsError, match="is longer than 99999 days"):
        duration(text)


def test_seconds_that_make_no_whole_minute_are_refused_where_minutes_count() -> None:
    assert duration("90s") == timedelta(seconds=90)
    with pytest.raises(SettingsError, match="'90s' is no whole number of minutes"):
        whole_minutes("90s")


@given(st.lists(st.tuples(st.integers(0, 9999), st.sampled_from("dhms")), min_size=1, max_size=4))
def test_what_the_schema_takes_is_read(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{count}{unit}" for count, unit in parts)
    assert msgspec.convert(text, Duration) == text
    assert duration(text) == sum((count * LENGTHS[unit] for count, unit in parts), timedelta())
