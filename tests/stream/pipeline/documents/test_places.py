"""Where a name stands in the text as it came, for one that was found in its cleaned form."""

from random import Random

import pytest

from stream.pipeline.documents.places import Found, behind_names, places_of
from stream.pipeline.documents.watchlist import Entry, Watchlist

ACME = Watchlist([Entry(name="Acme Bank")])
WORDS = ("market", "quiet", "trader", "desk", "rates", "news", "oil", "bond", "rose", "gold", "week", "board", "plan")
_random = Random(7)
SENTENCES = [" ".join(_random.choices(WORDS, k=_random.randint(5, 20))).capitalize() + "." for _ in range(400)]


@pytest.mark.parametrize(
    ("text", "plain", "name", "stands"),
    [
        ("Shares of AT&amp;T fall", "Shares of AT&T fall", "AT&T", "AT&amp;T"),
        ("<b>Acme</b> falls", "Acme falls", "Acme", "Acme"),
        ("At  \u00d8rsted: loss", "At Orsted: loss", "Orsted", "\u00d8rsted"),
        ("\u00c6gir &#8211; loss", "AEgir - loss", "AEgir", "\u00c6gir"),
        ("Ac\u00adme and Acme fall", "Acme and Acme fall", "Acme", "Ac\u00adme"),
        ("\u8d35\u5dde \u8305\u53f0\u4e0b\u8dcc", "\u8d35\u5dde\u8305\u53f0\u4e0b\u8dcc",
         "\u8d35\u5dde\u8305\u53f0", "\u8d35\u5dde \u8305\u53f0"),
    ],
)  # fmt: skip
def test_a_name_is_placed_in_the_text_as_it_came(text: str, plain: str, name: str, stands: str) -> None:
    start = plain.index(name)
    ((begin, end),) = places_of(text, plain, [Found("x", start, start + len(name))])["x"]
    assert text[begin:end] == stands


@pytest.mark.parametrize("between", [" ", "\n\n", "  ", "<br>", " - "])
@pytest.mark.parametrize(
    "beginning",
    [
        "",
        "Johnson & Johnson. ",
        "https://a.b/" + "c" * 300 + " ",
        "@desk ",
        "Stra\u00dfe. ",
        "caf\u00e9 ",
        "&amp;amp; ",
    ],
)
def test_a_name_far_behind_is_placed_exactly(between: str, beginning: str) -> None:
    text = beginning + between.join([*SENTENCES, "Acme Bank fell.", *SENTENCES[:50], "So did ACME  BANK."])
    spans = ACME.places(text)["Acme Bank"]
    assert [text[start:end] for start, end in spans] == ["Acme Bank", "ACME  BANK"]


def test_where_the_forms_have_nothing_in_common_a_name_has_a_place_all_the_same() -> None:
    ((start, end),) = places_of("x" * 9000, "y" * 20_000 + "Acme", [Found("Acme", 20_000, 20_004)])["Acme"]
    assert 0 <= start < end <= 9000


def test_a_cut_goes_behind_the_names_that_overlap_there() -> None:
    assert behind_names(5, [(3, 9), (8, 12)]) == 12
    assert [behind_names(at, [(3, 9)]) for at in (3, 4, 9)] == [3, 9, 9]
