"""Which hits count, and that a text of nothing but hits takes steps in proportion to its length."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Set
from types import FrameType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classifier import Prediction
from stream.pipeline.documents.addresses import without_addresses
from stream.pipeline.documents.entities import entities_of
from stream.pipeline.documents.hits import Hit, counted
from stream.pipeline.documents.names import written
from stream.pipeline.documents.places import NamedPart, Span
from stream.pipeline.documents.relevance import relevance_of
from stream.pipeline.documents.sentences import ends_of_sentences
from stream.pipeline.documents.sources import Neighbours, is_source
from stream.pipeline.documents.watchlist import Entry, Watchlist
from tests.growth import SQUARE, growth

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


def _events(run: Callable[[], object], watched: Set[str], ask: Callable[[], Any], watch: Callable[[Any], None]) -> int:
    count = 0

    def counting(_frame: FrameType, event: str, _of: object) -> Any:
        nonlocal count
        count += event in watched
        return counting

    before = ask()
    watch(counting)
    try:
        run()
    finally:
        watch(before)
    return count


def steps(run: Callable[[], object]) -> int:
    """Return how many functions, those of C too, ``run`` calls; a turn of a generator is a call."""
    return _events(run, {"call", "c_call"}, sys.getprofile, sys.setprofile)


def turns(run: Callable[[], object]) -> int:
    """Return how many lines of Python ``run`` comes by, each turn of a loop anew: not every step is a call."""
    return _events(run, {"line"}, sys.gettrace, sys.settrace)


@pytest.mark.parametrize("unit", ["AAPL ", "Apple pie, Apple ", "工行，", "3M workers, 3M ", "HK:0700, $700 "])
def test_twice_the_hits_take_twice_the_steps(unit: str) -> None:
    WATCHED.find(unit * 3)  # loads what is loaded once
    once, twice = (steps(lambda text=unit * count: WATCHED.find(text)) for count in (300, 600))  # type: ignore[misc]
    assert twice < 2.2 * once


def test_twice_the_sentences_take_twice_the_steps() -> None:
    def relevance(count: int) -> float:
        return relevance_of("", "Apple. " * count, [], [(at * 7, at * 7 + 5) for at in range(count)])

    assert steps(lambda: relevance(400)) < 2.2 * steps(lambda: relevance(200))


@pytest.mark.parametrize("unit", [*".!?…。！？", "!?", '."', "!)", "!か", "?]", "! "])
def test_signs_that_end_a_sentence_take_time_in_proportion(unit: str) -> None:
    assert growth(lambda text: list(ends_of_sentences(text)), unit) < SQUARE


class _Asked(NamedTuple):
    """Stands for a pattern, and notes the texts of which it is asked for all."""

    texts: list[str]

    def finditer(self, text: str, start: int, stop: int) -> Iterator[re.Match[str]]:
        self.texts.extend([text] if (start, stop) == (0, len(text)) else [])
        return iter(())


def test_sentences_are_looked_for_where_a_name_stands_in_the_body_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()
    monkeypatch.setattr("stream.pipeline.documents.sentences._END", _Asked(asked))
    title, body = NamedPart("Apple fell.", {"Apple": [(0, 5)]}), NamedPart("Tencent rose.", {"Tencent": [(0, 7)]})
    entities_of([], title, body._replace(places={"Apple": [(0, 7)]}), WHOLE, False)
    assert not asked
    entities_of([], title, body, WHOLE, False)
    assert asked == [body.text]


def test_a_run_of_signs_ends_one_sentence() -> None:
    assert list(ends_of_sentences('So?!" said he... No.) Yes!！か No!')) == [5, 16, 21, 27]


@pytest.mark.parametrize("unit", ["A.com.", "a.com-"])
def test_what_only_begins_like_an_address_is_none(unit: str) -> None:
    assert written(f"Acme {unit * 3}z").plain == f"Acme {unit.replace('-', ' ') * 3}z"


@pytest.mark.parametrize("unit", ["A.com+", "a.com+", ".com", "b.news-A.com+", "x@A.com+"])
def test_twice_the_domains_take_twice_the_turns(unit: str) -> None:
    def hidden(count: int) -> Callable[[], object]:
        return lambda: without_addresses(unit * count, frozenset({"a.com"}))

    assert turns(hidden(800)) < 3 * turns(hidden(400))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("a.com+b.com z", "a.com+b.com"),  # the first is a name of the list, both together are none
        ("a.com z", ""),
        ("A.com+b.com z", ""),
        ("A.com+b.com b.com", "b.com"),
        ("A.com+b.com,b.com+A.com", "b.com"),
    ],
)
def test_capitals_hold_for_what_follows_them_without_a_gap(text: str, hidden: str) -> None:
    assert without_addresses(text, frozenset({"a.com"})).count("\0") == len(hidden)


WHOLE = Prediction("neutral", {"negative": 0.1, "neutral": 0.8, "positive": 0.1})


@pytest.mark.parametrize("unit", ["$AAPL ", "Apple says Tencent. ", "Apple: 3M ", "工行：Apple，"])
@pytest.mark.parametrize("of_title", [True, False])
def test_twice_the_names_that_are_told_of_take_twice_the_turns(unit: str, of_title: bool) -> None:
    def named(count: int) -> Callable[[], object]:
        part, nothing = NamedPart(unit * count, WATCHED.places(unit * count)), NamedPart("", {})
        headline, rest = (part, nothing) if of_title else (nothing, part)
        return lambda: entities_of([], headline, rest, WHOLE, not of_title)

    assert turns(named(600)) < 3 * turns(named(300))


def test_no_more_places_are_looked_at_than_tell_that_a_name_is_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Span]()

    def is_no_source(_text: str, place: Span, _others: object = ()) -> bool:
        asked.append(place)
        return False

    monkeypatch.setattr("stream.pipeline.documents.relevance.is_source", is_no_source)
    relevance_of("Apple. " * 9, "", [(at * 7, at * 7 + 5) for at in range(9)], [])
    assert asked == [(0, 5)]


def test_twice_the_entries_of_a_title_take_twice_the_turns() -> None:
    def titled(count: int) -> Callable[[], object]:
        title = NamedPart("Apple " * count, {str(at): [(at * 6, at * 6 + 5)] for at in range(count)})
        return lambda: entities_of([], title, NamedPart("", {}), WHOLE, False)

    assert turns(titled(600)) < 3 * turns(titled(300))


NAMED = ("Apple", "Tencent", "高盛")
SAID = st.lists(
    st.sampled_from((*NAMED, *"：\n称", ": ", " says ", ". ", ", ", " cuts ", " to sell", "x" * 60, "上调")),
    max_size=14,
)


@given(SAID)
def test_those_near_a_name_and_the_last_say_what_all_others_say(pieces: list[str]) -> None:
    text = "".join(pieces)
    spans = [(at, name) for at in range(len(text)) for name in NAMED if text.startswith(name, at)]
    for start, name in spans:
        others = [(at, at + len(other)) for at, other in spans if other != name]
        place = (start, start + len(name))
        assert is_source(text, place, Neighbours(others)) == is_source(text, place, others)
