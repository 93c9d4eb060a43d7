"""Feeds as they are found: each format, odd dates, odd ids, odd encodings, and what is no feed at all."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stream.errors import FeedError
from stream.pipeline.documents.document import AHEAD_FOR, parse_document
from stream.pipeline.documents.limits import MAX_TEXT_BYTES
from stream.pipeline.feeds.dates import read_date
from stream.pipeline.feeds.documents import canonical, documents_of
from stream.pipeline.feeds.parse import parse_feed
from stream.pipeline.feeds.xml_text import mended

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ADDRESS = "https://example.org/news/feed.xml"


def _rss(*items: str, head: str = '<rss version="2.0">', encoding: str = "utf-8") -> bytes:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"{head}<channel><title>Wire</title>{inner}</channel></rss>".encode(encoding)


def _documents(content: bytes, content_type: str = "") -> list[dict[str, Any]]:
    made = documents_of(parse_feed(content, content_type), "example.org", ADDRESS, NOW, AHEAD_FOR)
    return [json.loads(one.content) for one in made if one.content]


RDF = """<?xml version="1.0" encoding="iso-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Bank</title></channel>
<item rdf:about="https://example.org/1"><title>Z\u00fcrich lowers</title><link>https://example.org/1</link>
<dc:date>2026-06-29T10:00:00+02:00</dc:date></item></rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>A</title><entry><id>urn:1</id>
<title type="html">&lt;b&gt;Gewinn&lt;/b&gt; f\u00e4llt</title><link href="/1"/><link rel="self" href="s"/>
<updated>2026-06-29T08:00:00Z</updated><author><name>N. N.</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Um <b>drei</b> Prozent</div></content></entry></feed>"""
JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "J",
    "language": "en",
    "items": [
        {
            "id": 7,
            "url": "https://example.org/7",
            "title": "Up",
            "content_html": "<p>by 3&nbsp;%</p>",
            "date_published": "2026-06-29T10:00:00+02:00",
            "authors": [{"name": "Ann"}, {"name": "Bob"}],
        }
    ],
}


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (
            _rss("<title>Up</title><description>&lt;p&gt;by &amp;amp;euro;3&lt;/p&gt;</description><guid>1</guid>"),
            "RSS 2.0",
            {"title": "Up", "body": "by €3"},
        ),
        (_rss("<title>Up</title>", head='<rss version="0.91">'), "RSS 0.91", {"title": "Up"}),
        (
            RDF.encode("latin-1"),
            "RSS 1.0",
            {"title": "Zürich lowers", "published_at": "2026-06-29T08:00:00+00:00", "url": "https://example.org/1"},
        ),
        (
            ATOM.encode(),
            "Atom 1.0",
            {
                "title": "Gewinn fällt",
                "body": "Um drei Prozent",
                "lang": "de",
                "author": "N. N.",
                "url": "https://example.org/1",
                "published_at": "2026-06-29T08:00:00+00:00",
            },
        ),
        (
            json.dumps(JSON).encode(),
            "JSON Feed 1.1",
            {"title": "Up", "body": "by 3 %", "author": "Ann, Bob", "lang": "en", "url": "https://example.org/7"},
        ),
        (b"\xef\xbb\xbf" + _rss("<title>\u20ac 3</title>"), "RSS 2.0", {"title": "€ 3"}),
        # It says UTF-8, or nothing, and is not.
        (_rss("<title>\u20ac 3</title>", encoding="cp1252"), "RSS 2.0", {"title": "€ 3"}),
        (_rss("<title><![CDATA[A &amp; B]]></title>"), "RSS 2.0", {"title": "A & B"}),
    ],
)
def test_each_format_gives_a_document(content: bytes, kind: str, expected: dict[str, Any]) -> None:
    assert parse_feed(content, "text/xml; charset=utf-8").kind == kind
    (document,) = _documents(content, "text/xml; charset=utf-8")
    assert {name: document.get(name) for name in expected} == expected
    assert document["source"] == "example.org"
    assert parse_document(json.dumps(document).encode(), NOW).id == document["id"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"<!DOCTYPE html><html><body>Service unavailable</body></html>", "it is an HTML page"),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "neither RSS"),
        (b"Service unavailable", "neither RSS"),
        (b'{"error": "no"}', "no JSON Feed: the feed: the field 'version' is missing"),
        (b'{"version": "2"}', "does not name jsonfeed.org"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [3]}', "no JSON Feed"),
        (b"{" * 100_000, "no JSON Feed"),
        (b"/etc/passwd", "neither RSS"),
        (b"\x00\x01\x02", "neither RSS"),
    ],
)
def test_what_is_no_feed_says_so(content: bytes, said: str) -> None:
    with pytest.raises(FeedError, match=said):
        parse_feed(content)


def test_entities_load_nothing_and_do_not_grow() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    external = '<!ENTITY file SYSTEM "file:///etc/passwd">'
    head = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{levels}{external}]><rss version="2.0">'
    feed = parse_feed(_rss("<title>a&e9;b</title>", "<title>c&file;d</title>", head=head))
    assert sum(len(item.title) for item in feed.items) < 1000
    assert "root:" not in str(feed)


def test_entities_of_the_feed_itself_stay_as_they_are_written() -> None:
    head = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c "<rss>">]><rss version="2.0">'
    assert [one["title"] for one in _documents(_rss("<title>&b; falls</title>", head=head))] == ["&b; falls"]


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("AT&T falls & R&D", "AT&T falls & R&D"),
        ("S&P 500 &mdash; caf&eacute;&nbsp;5 &lt; 6", "S&P 500 \u2014 caf\u00e9 5 < 6"),
        ("3 < 5, <5%", "3 < 5, <5%"),
        ("App\x01le\x0bfalls&#8;", "Apple falls"),
        ("<![CDATA[AT&T <b>up</b>]]>", "AT&T up"),
    ],
)
def test_what_no_xml_allows_is_read_and_no_damage(title: str, read: str) -> None:
    content = _rss(f"<title>{title}</title><link>https://example.org/?a=1&copy=2</link><dc:date>2026-06-29</dc:date>")
    (document,) = _documents(b"<br>\n\xef\xbb\xbf<?xml version='1.0'?><!-- <rss> -->" + content + b"<script>&</script>")
    assert (document["title"], document["url"]) == (read, "https://example.org/?a=1&copy=2")
    assert document["published_at"] == "2026-06-29T00:00:00+00:00"
    assert parse_feed(content).damage is None


@pytest.mark.parametrize(
    ("encoding", "declared", "answer"),
    [
        ("gbk", "", ""),
        ("gbk", "utf-8", ""),
        ("gb18030", "gb2312", "text/xml; charset=ISO-8859-1"),
        ("gbk", "", "text/xml; charset=GBK"),
        ("utf-8", "gb2312", ""),
        ("utf-8", "utf-8", "text/html; charset=latin1"),
        ("utf-16", "utf-8", ""),
        ("big5", "big5", ""),
        ("shift_jis", "Shift_JIS", ""),
        ("iso2022_jp", "iso-2022-jp", ""),
    ],
)
def test_an_encoding_is_found_whatever_a_feed_says(encoding: str, declared: str, answer: str) -> None:
    title = (
        "\u53f0\u7063\u682a\u4fa1"
        if encoding in ("big5", "shift_jis", "iso2022_jp")
        else "\u4e07\u79d1\u503a\u5238\u8fdd\u7ea6\uff0c\u80a1\u4ef7\u4e0b\u8dcc"
    )
    title = title[:3] if encoding == "big5" else title
    head = f'\n<?xml version="1.0" encoding="{declared}"?><rss version="2.0">' if declared else '<rss version="2.0">'
    (document,) = _documents(_rss(f"<title>{title}</title>", head=head.lstrip(), encoding=encoding), answer)
    assert document["title"] == title


def test_one_broken_sign_leaves_the_others() -> None:
    utf8 = _rss("<title>Z\u00fcrich \u4e2d\u6587 \u4e2d\u6587@</title>")
    assert _documents(utf8.replace(b"@", b"\x92"))[0]["title"] == "Z\u00fcrich \u4e2d\u6587 \u4e2d\u6587\u2019"
    assert _documents(utf8.replace(b"@", b"\xe4\xb8"))[0]["title"] == "Z\u00fcrich \u4e2d\u6587 \u4e2d\u6587"
    gbk = _rss(
        "<title>" + "\u4e07\u79d1" * 20 + "@</title>", head='<?xml version="1.0" encoding="gbk"?><rss>', encoding="gbk"
    )
    assert _documents(gbk.replace(b"@", b"\xcd"))[0]["title"].startswith("\u4e07\u79d1" * 20)


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<guid>g1</guid>", None),
        ("<guid>tag:example.org,2026:1</guid>", None),
        ("<guid>https://example.org/1</guid>", "https://example.org/1"),
        ("<guid>/1</guid>", "https://example.org/1"),
        ("<guid isPermaLink='false'>https://example.org/1</guid>", None),
        ("<guid>g1</guid><link>2.html</link>", "https://example.org/news/2.html"),
        ("<link>www.example.org/3</link>", "https://www.example.org/3"),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>https://[/</link>", None),
        (f"<link>https://example.org/{'a' * 3000}</link>", None),
    ],
)
def test_a_url_is_an_address_that_can_be_followed(item: str, url: str | None) -> None:
    assert [one.get("url") for one in _documents(_rss(f"<title>T</title>{item}"))] == [url]


def test_the_first_date_that_can_be_read_counts_and_chinese_sites_write_their_own_time() -> None:
    dates = "<pubDate>unknown</pubDate><dc:date>2026-06-29T10:00:00Z</dc:date>"
    assert _documents(_rss(f"<title>T</title>{dates}"))[0]["published_at"] == "2026-06-29T10:00:00+00:00"
    chinese = "<language>zh-cn</language><item><title>T</title><pubDate>2026-06-29 10:00:00</pubDate></item>"
    content = f"<rss version='2.0'><channel>{chinese}</channel></rss>".encode()
    assert _documents(content)[0]["published_at"] == "2026-06-29T02:00:00+00:00"


def test_pictures_alone_are_no_text() -> None:
    picture = "&lt;img src='https://example.org/1.png'/&gt;"
    assert "body" not in _documents(_rss(f"<title>T</title><description>{picture}</description>"))[0]
    assert _documents(_rss(f"<title/><description>{picture}</description>")) == []


def test_one_odd_value_of_a_json_feed_leaves_the_others() -> None:
    odd = [
        {"id": 1, "title": "Up", "date_published": 1782727200, "authors": ["Ann", {"name": 5}, None]},
        {"id": "x", "title": 5, "tags": 3, "language": {}, "authors": "Bob"},
        {"id": "y", "content_text": None},
        None,
    ]
    content = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": 3, "items": odd}).encode()
    assert [one["title"] for one in _documents(content)] == ["Up", "5"]
    assert _documents(content)[0]["published_at"] == "2026-06-29T10:00:00+00:00"
    assert _documents(content)[0]["author"] == "Ann, 5"
    refused = documents_of(parse_feed(content), "s", ADDRESS, NOW, AHEAD_FOR)
    assert [one.refusal is None for one in refused] == [True, True, False, False]
    half = content.replace(b'"Up"', b'"Up\\ud83d\n"')
    assert _documents(half)[0]["title"] == "Up"


def test_a_feed_that_ends_too_early_gives_what_came_and_says_so() -> None:
    whole = _rss("<title>Up</title><guid>1</guid>", "<title>Down by</title><guid>2</guid>")
    feed = parse_feed(whole[: whole.index(b"n by")])
    assert "ends too early" in str(feed.damage)
    assert feed.items[0].title == "Up"
    assert parse_feed(whole).damage is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Mon, 29 Jun 2026 10:00:00 +0200", "2026-06-29T08:00:00"),
        ("Mon, 29 Jun 2026 10:00:00 MEST", "2026-06-29T08:00:00"),
        ("Mon, 29 Jun 2026 10:00 EST", "2026-06-29T15:00:00"),
        ("29 Jun 26 10:00:00 GMT", "2026-06-29T10:00:00"),
        ("Mon, 29 Jun 2026 10:00:00", "2026-06-29T10:00:00"),
        ("2026-06-29T10:00:00", "2026-06-29T10:00:00"),
        ("2026-06-29", "2026-06-29T00:00:00"),
        ("2016/6/29", "2016-06-29T00:00:00"),  # feedparser makes the first of November of it
        ("2016/6/29 9:05", "2016-06-29T09:05:00"),
        ("Mon, 29 Jun 2026 9:05:00 GMT", "2026-06-29T09:05:00"),
        ("Monday, June 29, 2026 9:05 PM", "2026-06-29T21:05:00"),
        ("June 29, 2026", "2026-06-29T00:00:00"),
        ("Mon,29-Jun-2026 10:00:00 GMT+8", "2026-06-29T02:00:00"),
        ("Mon, 29 June 2026 10:00:00 +08:00 (CST)", "2026-06-29T02:00:00"),
        ("2026-06-29 10:00:00 EST", "2026-06-29T15:00:00"),
        ("Mon Jun 29 10:00:00 UTC 2026", "2026-06-29T10:00:00"),
        ("Mo, 2. M\u00e4r 2026 10:00 +0100", "2026-03-02T09:00:00"),
        ("lun., 30 nov. 2026 10:00 +0100", "2026-11-30T09:00:00"),
        ("2026\u5e746\u670829\u65e5 \u4e0b\u53489:05", "2026-06-29T21:05:00"),
        ("\u661f\u671f\u4e00, 30 \u5341\u4e00\u6708 2026 09:05:00 +0800", "2026-11-30T01:05:00"),
        ("Mon, 29 Jun 2026 24:00:00 GMT", "2026-06-30T00:00:00"),
        ("Mon, 29 Jun 2026 25:00:00 GMT", None),
        ("Mon, 31 Jun 2026 10:00:00 GMT", None),
        ("Mon, 02 Mar 0001 09:30:00 GMT", None),
        ("02/03/2026", None),
        ("2016.06.29 09:05", "2016-06-29T09:05:00"),
        (" Mon,\n 29 Jun 2026 10:00:00 GMT ", "2026-06-29T10:00:00"),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        ("Mon, 29 Jun 2026 10:00:00 IST", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_as_feeds_write_them(written: str | None, expected: str | None) -> None:
    read = read_date(written)
    assert (read and read.replace(tzinfo=None).isoformat()) == expected


def test_an_item_keeps_its_id_and_items_that_share_one_do_not_become_one() -> None:
    before = _rss("<title>Profit</title><guid>1</guid><link>https://example.org/1</link>")
    after = _rss("<title>Profit falls</title><guid>1</guid><link>https://example.org/1?utm_source=rss</link>")
    assert _documents(before)[0]["id"] == _documents(after)[0]["id"]
    links = [f"<title>T</title><link>https://example.org/1{query}</link>" for query in ("", "?gclid=2")]
    without = [_documents(_rss(link)) for link in links]
    assert without[0][0]["id"] == without[1][0]["id"]
    shared = _rss(*(f"<title>{n}</title><guid>x</guid><link>https://example.org/</link>" for n in range(3)))
    assert len({document["id"] for document in _documents(shared)}) == 3
    bare = _rss('<title>a</title><guid isPermaLink="false"/>', '<title>b</title><guid isPermaLink="false"/>')
    assert len({document["id"] for document in _documents(bare)}) == 2


def test_two_feeds_that_count_their_items_alike_stay_apart() -> None:
    feed = parse_feed(_rss("<title>T</title><guid>1</guid>"))
    ids = {next(documents_of(feed, source, ADDRESS, NOW, AHEAD_FOR)).id for source in ("a", "b")}
    assert len(ids) == 2


def test_what_the_stream_would_refuse_is_told() -> None:
    later = "<title>T</title><pubDate>Sat, 28 Nov 2026 14:00:00 GMT</pubDate>"
    made = list(documents_of(parse_feed(_rss("<title/>", later)), "s", ADDRESS, NOW, AHEAD_FOR))
    assert [str(one.refusal).partition(":")[0] for one in made] == ["text", "published_at"]


def test_a_long_text_is_cut_at_a_word_and_links_lose_what_follows_readers() -> None:
    (document,) = _documents(_rss("<title>T</title><description>" + "\u20ac uro " * 20_000 + "</description>"))
    assert MAX_TEXT_BYTES - 20 < len(document["body"].encode()) < MAX_TEXT_BYTES
    assert document["body"].endswith(("\u20ac", "uro"))
    assert canonical("https://e.org/?a=1&UTM_Medium=x&b=") == "https://e.org/?a=1&b="
    assert canonical("https://[/?utm_source=x") == "https://[/?utm_source=x"


@pytest.mark.parametrize(
    "title",
    [
        "Soci\u00e9t\u00e9 g\u00e9n\u00e9rale : b\u00e9n\u00e9fice \u00e9lev\u00e9 au troisi\u00e8me f\u00e9vrier",
        "B\u00f6rse h\u00f6her f\u00fcr H\u00e4ndler, schw\u00e4cher, \u00fcber f\u00fcnf M\u00e4rkte gr\u00f6\u00dfe",
        "Inversi\u00f3n: as\u00ed cay\u00f3 el pa\u00eds, seg\u00fan c\u00e1lculos \u00f1 \u00e9 \u00e9 \u00fa",
        "\u0421\u0431\u0435\u0440\u0431\u0430\u043d\u043a \u0432\u044b\u0440\u043e\u0441",
    ],
)
@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-15", "windows-1251", "utf-16", "gb2312"])
@pytest.mark.parametrize("broken", [b"\xe9", b"\xc3", b"\xe4\xb8"])
def test_one_broken_byte_leaves_utf_8_what_it_is(title: str, declared: str, broken: bytes) -> None:
    content = _rss(f"<title>{title}</title>", head=f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0">')
    content = content.replace(b"Wire", b"W" + broken)
    assert _documents(content, "application/rss+xml")[0]["title"] == title


def test_utf_16_is_no_encoding_of_bytes_without_a_zero() -> None:
    head = '<?xml version="1.0" encoding="utf-16"?><rss version="2.0">'
    content = _rss("<title>Z\u00fcrich</title>", head=head, encoding="latin-1")
    assert _documents(content)[0]["title"] == "Z\u00fcrich"


@pytest.mark.parametrize(
    "title", ["A\u00e7\u00f5es", "Gr\u00f6\u00dfe", "A\u00c7\u00d5ES SOBEM", "Gr\u00f6\u00dfte Bank"]
)
@pytest.mark.parametrize("language", ["", "pt"])
def test_a_few_accents_side_by_side_are_not_chinese(title: str, language: str) -> None:
    head = '<?xml version="1.0" encoding="ISO-8859-1"?><rss version="2.0">'
    content = _rss(f"<title>{title}</title>", head=head, encoding="latin-1")
    content = content.replace(b"<channel>", f"<channel><language>{language}</language>".encode())
    assert _documents(content, "text/xml")[0]["title"] == title
    assert _documents(content.replace(b"ISO-8859-1", b"utf-8"))[0]["title"] == title


@pytest.mark.parametrize(
    ("encoding", "title", "language"),
    [
        ("euc_kr", "\uc0bc\uc131\uc804\uc790 \uc8fc\uac00 \uc0c1\uc2b9", ""),
        ("euc_jp", "\u30c8\u30e8\u30bf\u81ea\u52d5\u8eca\u306e\u682a\u4fa1\u304c\u4e0a\u6607", ""),
        ("euc_jp", "\u65e5\u672c\u9280\u884c", "ja"),
    ],
)
def test_korean_and_japanese_do_not_become_chinese(encoding: str, title: str, language: str) -> None:
    content = _rss(f"<title>{title}</title>", encoding=encoding)
    content = content.replace(b"<channel>", f"<channel><language>{language}</language>".encode())
    assert _documents(content)[0]["title"] != title.encode(encoding).decode("gb18030")
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + content
    assert _documents(declared)[0]["title"] == title


def test_a_chinese_feed_with_a_western_answer_is_still_chinese() -> None:
    title = "\u4e07\u79d1\u503a\u5238\u8fdd\u7ea6\uff0c\u80a1\u4ef7\u4e0b\u8dcc" * 3
    content = _rss(f"<title>{title}</title>", encoding="gbk")
    assert _documents(content, "text/xml; charset=ISO-8859-1")[0]["title"] == title


@pytest.mark.parametrize("written", ["m\u00b2:net", "CO\u2082:emissions", "a\u00bd:b", "A\u2460:b", "A\u80a1:b"])
@pytest.mark.parametrize("amp", ["&amp;", "&"])
def test_what_looks_like_a_prefix_in_a_text_is_none(written: str, amp: str) -> None:
    content = _rss(
        f"<title>Area in {written} rises, R{amp}D</title><guid>1</guid>",
        "<title>B &lt; &lt;b&gt;</title><guid>2</guid>",
    )
    assert parse_feed(content).damage is None
    assert [item.title for item in parse_feed(content).items] == [f"Area in {written} rises, R&D", "B < <b>"]


def test_a_well_formed_feed_stays_as_it_is() -> None:
    feed = (
        '<rss version="2.0"><channel><title>A m\u00b2:b &amp; <![CDATA[&nbsp;]]></title></channel></rss><!-- </rss> -->'
    )
    assert mended(f"<?xml version='1.0'?>{feed}") == feed


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a &nvlt; b", "a &#60;\u20d2 b"),
        ("&LT; &QUOT;x&QUOT; &AMP;", "&#60; &#34;x&#34; &#38;"),
        ("&lt; &rsquo; &b;", "&lt; \u2019 &amp;b;"),
    ],
)
def test_an_entity_whose_sign_is_markup_becomes_a_number(written: str, read: str) -> None:
    assert (
        mended(f'<rss><title x="{written}">{written}</title></rss>') == f'<rss><title x="{read}">{read}</title></rss>'
    )


@pytest.mark.parametrize(
    "before",
    [
        '<item><title>x</title><dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">A</dc:creator></item>',
        '<item><title>x</title><description><![CDATA[<a xmlns:dc="u">z</a>]]></description></item>',
        "<item><title>x a xmlns:dc=1</title></item>",
    ],
)
def test_only_what_the_first_element_declares_counts_as_declared(before: str) -> None:
    content = f"<rss version='2.0'><channel>{before}<item><title>y</title><dc:creator>B</dc:creator></item>"
    feed = parse_feed(f"{content}</channel></rss>".encode())
    assert feed.damage is None
    assert feed.items[1].author == "B"


JAVA, PLAIN = "Mon Jun 29 19:00:00 CST 2026", "2026-06-29 19:00:00 CST"


@pytest.mark.parametrize(
    ("written", "language", "hour"),
    [
        (JAVA, "zh-CN", 11),
        (PLAIN, "zh-CN", 11),
        ("2026-06-29 19:00:00", "cmn-Hans", 11),
        ("2026-06-29 19:00:00", "yue", 11),
        ("2026-06-29 19:00:00", "en", 19),
        ("2026-06-29 13:00:00 CST", "en", 19),
        ("Mon Jun 29 13:00:00 CST 2026", "en", 19),
        (JAVA, "", None),
        ("Mon Jun 29 19:00:00 GMT 2026", "", 19),
        ("2026\u5e746\u670829\u65e5 19:00", "", 19),
        ("2026\u5e746\u670829\u65e5 19:00", "zh_TW", 11),
    ],
)
@pytest.mark.parametrize("said_by_feed", [True, False])
def test_the_zone_of_a_date_follows_the_language(
    written: str, language: str, hour: int | None, said_by_feed: bool
) -> None:
    content = _rss(f"<title>T</title><pubDate>{written}</pubDate>")
    if said_by_feed:
        content = content.replace(b"<channel>", f"<channel><language>{language}</language>".encode())
    (made,) = documents_of(parse_feed(content), "s", ADDRESS, NOW, AHEAD_FOR, None if said_by_feed else language)
    assert made.published_at == (None if hour is None else datetime(2026, 6, 29, hour, tzinfo=UTC))


@pytest.mark.parametrize("written", ["29. marraskuu 2025", "29 Marktag 2025", "29 jui 2025", "29 Jun 2026 13:00 am"])
def test_a_word_that_only_begins_like_a_month_is_none(written: str) -> None:
    assert read_date(written) is None


@pytest.mark.parametrize(
    ("written", "month"), [("29 juil. 2026", 7), ("29 Sept 2026", 9), ("29 f\u00e9vrier 2028", 2), ("29 Mrz 2026", 3)]
)
def test_months_are_full_names_or_their_beginnings(written: str, month: int) -> None:
    read = read_date(written)
    assert read is not None
    assert read.month == month


@pytest.mark.parametrize("authors", [5, True, {"x": 1}, [], [None, True], "", None])
def test_odd_authors_leave_the_author(authors: object) -> None:
    item = {"id": 1, "title": "t", "authors": authors, "author": {"name": "Ann"}}
    content = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).encode()
    assert parse_feed(content).items[0].author == "Ann"
