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
        ("a<!-- b <p>c", "a<!-- b\nc"),  # without an end
    ],
)
def test_comments_scripts_and_styles_go(text: str, wanted: str) -> None:
    assert clean(text) == wanted
