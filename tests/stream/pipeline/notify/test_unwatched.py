"""Rules that name what the watchlist does not have."""

from __future__ import annotations

from time import perf_counter

import pytest

from stream.pipeline.documents.watchlist import Entry
from stream.pipeline.notify.unwatched import doubts_of_watched
from stream.pipeline.rules.rule import Rule

ENTRIES = {
    entry.name: entry
    for entry in (
        Entry(name="Orbeline Motors", group="cars"),
        Entry(name="Castermere", group="banks", by_topic=True),
        Entry(name="平安银行", group="银行"),
    )
}


@pytest.mark.parametrize(
    ("glob", "told"),
    [
        ("entry:Orbeline", "did you mean 'entry:Orbeline Motors'?"),
        ("entry:castermere", "did you mean 'entry:Castermere'?"),
        ("entry:Zq*", "nothing for series 'entry:Zq*'"),
        ("entry:平安", "nothing for series 'entry:平安'"),
        ("group:bank", "did you mean 'group:banks'?"),
        ("group:Cars", "did you mean 'group:cars'?"),
        ("entry:Orbeline Motors/topic:Macro", "it needs `by_topic: true`"),
        ("entry:平安*/topic:Macro", "it needs `by_topic: true`"),
        ("entry:Castermer/topic:Macro", "did you mean 'entry:Castermere/topic:Macro'?"),
        ("entry:Zzz/topic:Macro", "nothing for series 'entry:Zzz/topic:Macro'"),
        ("group:cars/topic:Macro", "only an entry has series by topic, no group"),
    ],
)
def test_what_no_entry_has_is_told(glob: str, told: str) -> None:
    (said,) = doubts_of_watched([Rule(name="a", series=("topic:*", glob))], ENTRIES)
    assert said.startswith("rule 'a': ")
    assert told in said


@pytest.mark.parametrize(
    "glob",
    [
        "*", "e*", "entry:*", "group:*", "group:?*", "topic:Macroo", "watchlist:all", "entry:Orb*", "entry:[CO]*",
        "group:银行", "entry:Castermere/topic:Of one's own model", "entry:Castermere/topic:*", "*Bank*",
        "entry:Cas*/topic:Of one's own model", "entry:*/topic:自己的", "entry:[C]astermere/topic:Own*",
    ],
)  # fmt: skip
def test_what_an_entry_can_have_is_no_doubt(glob: str) -> None:
    assert doubts_of_watched([Rule(series=(glob,))], ENTRIES) == []


def test_a_rule_that_is_left_with_nothing_is_told() -> None:
    rule = Rule(name="a", series=("entry:Orb*",), without=("entry:Orbeline Motors",))
    assert doubts_of_watched([rule], ENTRIES) == [
        "rule 'a': it watches nothing, for 'without' leaves out all that the watchlist has of 'series'"
    ]


def test_a_rule_is_left_with_topics_of_ones_own_model() -> None:
    rule = Rule(name="a", series=("entry:Castermere*", "entry:Castermere/topic:Own"), without=("entry:Castermere",))
    assert doubts_of_watched([rule], ENTRIES) == []
    assert doubts_of_watched([Rule(series=("entry:Cas*/topic:Own",), without=("entry:*/topic:O*",))], ENTRIES)


def test_a_long_list_takes_time_in_proportion() -> None:
    entries = {name: Entry(name=name, by_topic=True) for name in (f"Company {i} Holdings" for i in range(10_000))}
    rules = [Rule(name=f"r{i}", series=(f"entry:Firm {i} Holding", "group:?x")) for i in range(60)]
    begin = perf_counter()
    said = doubts_of_watched(rules, entries)
    assert perf_counter() - begin < 20  # 6 s for each rule before hints were bounded
    assert len(said) == 120
    assert "did you mean" in said[0]
    assert "did you mean" not in said[-2]


def test_without_a_watchlist_nothing_is_said() -> None:
    assert doubts_of_watched([Rule(series=("entry:Acme",))], {}) == []
