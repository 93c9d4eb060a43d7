"""Which hits count, and that a text of nothing but hits takes steps in proportion to its length."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.pipeline.documents.hits import Hit, counted
from stream.pipeline.documents.names import written
from stream.pipeline.documents.relevance import relevance_of
from stream.pipeline.documents.watchlist import Entry, Watchlist

PLACES = st.tuples(st.integers(0, 12), st.integers(1, 5), st.integers(0, 2)).map(
    lambda one: Hit(one[0], one[0] + one[1], one[2], "name")
)


@given(st.sets(PLACES, max_size=12), st.lists(PLACES, max_size=5))
def test_the_sweep_says_what_comparing_all_with_all_says(names: set[Hit], exclusions: list[Hit]) -> None:
    def hidden(hit: Hit) -> bool:
        return any(one.start <= hit.start and hit.end <= one.end and one[:2] != hit[:2] for one in names)

    def excluded(hit: Hit) -> bool:
        return any(one.entry == hit.entry and one.start < hit.end and hit.start < one.end for one in exclusions)

    assert counted(names, exclusions) == [hit for hit in sorted(names) if not hidden(hit) and not excluded(hit)]


WATCHED = Watchlist(
    [
        Entry(name="Apple", tickers=("AAPL",), exclude=("Apple pie",)),
        Entry(name="Tencent", tickers=("0700.HK", "700")),
        Entry(name="工行"),
        Entry(name="3M"),
    ]
)


def steps(run: Callable[[], object]) -> int:
    """Return how many functions, those of C too, ``run`` calls; a turn of a generator is a call."""
    count = 0

    def counting(_frame: object, event: str, _of: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counting)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("unit", ["AAPL ", "Apple pie, Apple ", "工行，", "3M workers, 3M ", "HK:0700, $700 "])
def test_twice_the_hits_take_twice_the_steps(unit: str) -> None:
    WATCHED.find(unit * 3)  # loads what is loaded once
    once, twice = (steps(lambda text=unit * count: WATCHED.find(text)) for count in (300, 600))  # type: ignore[misc]
    assert twice < 2.2 * once


def test_twice_the_sentences_take_twice_the_steps() -> None:
    def relevance(count: int) -> float:
        return relevance_of("", "Apple. " * count, [], [(at * 7, at * 7 + 5) for at in range(count)])

    assert steps(lambda: relevance(400)) < 2.2 * steps(lambda: relevance(200))


@pytest.mark.parametrize("unit", ["A.com.", "a.com-"])
def test_what_only_begins_like_an_address_is_none(unit: str) -> None:
    assert written(f"Acme {unit * 3}z").plain == f"Acme {unit.replace('-', ' ') * 3}z"
