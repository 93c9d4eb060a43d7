"""A document's text as people read it: no tags, no entities, and nothing lost that only looks like them."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stream.pipeline.documents.readable import readable


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("can&#39;t", "can't"),
        ("can&amp;#39;t", "can't"),
        ("can&amp;amp;#x27;t", "can't"),
        ("can&#39t pay", "can't pay"),
        ("can&#146;t", "can’t"),
        ("AT&amp;T &amp R&D", "AT&T & R&D"),
        ("a&nbsp;b\u00a0c\u202fd", "a b c d"),
        ("&ldquo;Hi&rdquo;&hellip; 5 &euro;", "“Hi”… 5 €"),
        ("<b>Acme</b> <i class='x'>falls</i>", "Acme falls"),
        ("A<b>c</b>me", "Acme"),
        ('<p class="a">One</p><p>Two<br/>Three', "One\nTwo\nThree"),
        ("<a href='https://x.test/?a=1&b=2' title=\"x > y\">Link</a> text", "Link text"),
        ("<td>A</td><td>B</td>", "A B"),
        ("&lt;p&gt;Hello&lt;/p&gt;", "Hello"),
        ("<!-- x > y -->Hello<!doctype html>", "Hello"),
        ("<script>if (a < b) alert(1)</script>Hello<STYLE type=a>p{}</STYLE>", "Hello"),
        ("<![CDATA[Hello]]>", "Hello"),
        ('The rest is cut <a href="https://x.te', "The rest is cut"),
        ("com\u00adpany\u200b\ufeff a\u200db", "company ab"),
        ("<META> rises <b>again</b>", "<META> rises again"),
    ],
)
def test_tags_and_entities_go(text: str, wanted: str) -> None:
    assert readable(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "a < b", "a<b and c>d", "<3 it", "x<y>z", "<TSLA> up", "<META> up", "<T>", "<!channel>", "<@U1>", "<a@b.test>",
        "https://x.test/?a=1&copy=2&reg=3&lt=4", "R&D, AT&T; S&P", "&notaname;", "5 <i and j> 3", "<>", "< b >", "<b",
        "👩\u200d💻", "می\u200cخواهم", "  two\n\n lines ", "<img src=x>", "&", "Read <https://x.test/a>",
    ],
)  # fmt: skip
def test_what_is_no_tag_and_no_entity_stays(text: str) -> None:
    assert readable(text) == text


PIECE = st.sampled_from(
    ["<", ">", "<b>", "</p>", "&lt;", "&gt;", "&amp;", "&#60;", "b", "script", "<!--", "-->", " ", "&"]
)


@given(st.lists(st.one_of(PIECE, st.text(max_size=3)), max_size=12).map("".join))
@example("&lt;b&gt;&#32;&lt;/b&gt;")
def test_of_any_text_something_is_left_to_see(text: str) -> None:
    assert bool(readable(text).strip()) == bool(text.strip())


@given(st.text(st.characters(exclude_characters="&<\u00a0\u2007\u202f\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff")))
def test_plain_text_stays_to_the_letter(text: str) -> None:
    assert readable(text) == text


@pytest.mark.parametrize(
    "piece", ["<", "<b", "<b ", '<a x="', "<a href=", "<a b", "<!--", "<script>", "&amp;", "&", "<p ="]
)
def test_a_long_text_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    readable(piece * 500)  # as long as evidence may be
    assert time.process_time() - started < 5  # a hundredth of a second; what goes back takes minutes
