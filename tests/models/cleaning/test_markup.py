"""What markup costs. What it does is tested where people read it, in tests/stream/pipeline/documents/test_readable."""

import time

import pytest

from models.classifier import MAX_CHARACTERS
from models.text import clean

PIECES = [
    "<",
    "<b",
    "<b ",
    '<a x="',
    "<a x='",
    "<a href=",
    "<a b",
    "<a = ",
    "= ",
    "<!--",
    "<script>",
    "<style>",
    "<style",
    "<svg>",
    "<o:p>",
    "<a:b ",
    "<!DOCTYPE a [",
    "&",
    "&amp;",
]


@pytest.mark.parametrize("piece", [*PIECES, "<p =", "<p>a", "<!--<script>", "--> <!--", "&lt;b&gt;", "&#x", "\u200b<"])
def test_the_longest_text_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    clean(("<a " + piece * MAX_CHARACTERS)[:MAX_CHARACTERS])
    assert time.process_time() - started < 15  # some tenths of a second; what goes back takes minutes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a<!-- x --><script>if (a<b) {}</script><STYLE type=x>p {}</Style >b", "ab"),
        ("a<!-- <script> -->b<script><!-- </script>c", "abc"),
        ("a<svg xmlns='x'><path d='M0'/><title>Icon</title></svg>b", "ab"),
        # Without an end: code hides the rest, words do not.
        ("a<!-- b <p>c", "a b\nc"),
        ("a<style>.a{color: red} " + ".b{color: red} " * 2000, "a"),
        ("a<script>var x = 1; " * 2, "a"),
        ("a<!--[if mso]><p class=x>b", "a"),
        ("Hackers put <script> tags into Acme's site", "Hackers put tags into Acme's site"),
    ],
)
def test_comments_scripts_and_styles_go(text: str, wanted: str) -> None:
    assert clean(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<p class=MsoNormal>Acme<o:p></o:p></p>" + "<o:p>&nbsp;</o:p>" * 30 + "falls", "Acme\nfalls"),
        ("a<o:p/><media:content url='x'/><st1:City w:st=\"on\">b</st1:City>", "ab"),
        ("a <svg w='1'><path d='M0 0'/><g><rect x='1'/></g>b", "a b"),  # without an end
        ("<NYSE:T> and <nasdaq:aapl> fall", "<NYSE:T> and <nasdaq:aapl> fall"),
        ("<https://x.test/a> <mailto:a@x.test> <t:1:R>", "<https://x.test/a> <mailto:a@x.test> <t:1:R>"),
    ],
)
def test_names_with_a_prefix_and_drawings_are_tags(text: str, wanted: str) -> None:
    assert clean(text) == wanted


@pytest.mark.parametrize("subset", ["", " [ ... ]", " [\n<!ENTITY a 'b'>\n]", " [ <!ELEMENT p ANY> ] "])
def test_a_declaration_goes_whole(subset: str) -> None:
    assert clean(f"<!DOCTYPE html{subset}>Acme falls") == "Acme falls"
