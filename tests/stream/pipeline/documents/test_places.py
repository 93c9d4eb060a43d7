"""Where a name stands in the text as it came, for one that was found in its cleaned form."""

import pytest

from stream.pipeline.documents.places import Found, places_of


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
