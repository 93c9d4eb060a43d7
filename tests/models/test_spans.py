"""Where names stand, from a text as it came to tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.spans import normalised_spans, tokens_of
from models.text import normalise


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("AT&amp;T shares fall", "AT&amp;T", ["AT&T"]),
        ("<p>Loss at <b>McDonald&#39;s</b></p>", "McDonald&#39;s", ["McDonald's"]),
        ("Berkshire&nbsp;Hathaway up", "Berkshire&nbsp;Hathaway", ["Berkshire Hathaway"]),
        ("  Profit \n\n of Nestlé ", "Nestlé", ["Nestlé"]),
        ("Ｎｅｓｔｌé rises", "Ｎｅｓｔｌé", ["Nestlé"]),
        ("Com\u00admerz\u200bbank sinks", "Com\u00admerz\u200bbank", ["Commerzbank"]),
        ("https://a.b/c?d=1 $TSLA sinks", "$TSLA", ["$TSLA"]),
        ("$TSLA sinks", "TSLA", ["TSLA"]),
        ("贵州茅台 下跌", "茅台", ["茅台"]),
        ("see https://x.y/Apple now", "Apple", []),  # within a link nothing of it is read
        ("a \U000f5a17 sign and Acme", "Acme", ["Acme"]),  # a text that holds the mark
        ("Acme", "Acme", ["Acme"]),
    ],
)
def test_a_name_is_followed_over_the_normalisation(text: str, name: str, found: list[str]) -> None:
    start = text.index(name)
    plain, (places,) = normalised_spans(text, [[(start, start + len(name))]])
    assert plain == normalise(text)
    assert [plain[first:last] for first, last in places] == found


def test_places_that_are_none_are_left_out() -> None:
    for places in ([], [(0, 0)], [(-1, 2)], [(2, 99)], [(3, 2)], [(1, 2)]):
        assert normalised_spans("a b", [places]) == ("a b", [[]])
    text = "@Acme and Acme"  # a mention is not read: the nearest other place counts for it
    assert normalised_spans(text, [[(1, 5)], [(10, 14)]]) == ("@user and Acme", [[(10, 14)], [(10, 14)]])


@given(st.text(alphabet="aB&;<>p $@/\u200b\u00e9 ", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_any_place_gives_places_within_the_text(text: str, one: int, other: int) -> None:
    plain, (places,) = normalised_spans(text, [[(min(one, other), max(one, other))]])
    assert plain == normalise(text)
    assert all(0 <= start < stop <= len(plain) for start, stop in places)


def test_the_tokens_of_a_name_share_a_character_with_it() -> None:
    offsets = [(0, 0), (0, 4), (4, 6), (7, 10), (11, 12), (12, 13), (0, 0)]
    assert tokens_of([(0, 6), (12, 13)], offsets) == [1, 2, 5]
    assert tokens_of([(5, 8)], offsets) == [2, 3]
    assert tokens_of([(6, 7)], offsets) == []
    assert tokens_of([(11, 12), (0, 1)], offsets) == [4, 1]
    assert tokens_of([(0, 3)], []) == []
