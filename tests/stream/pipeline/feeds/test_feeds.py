"""Feeds as they are found: each format, odd dates, odd ids, odd encodings, and what is no feed at all."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stream.errors import FeedError
from stream.pipeline.documents.document import MAX_TEXT_BYTES, parse_document
from stream.pipeline.feeds.dates import read_date
from stream.pipeline.feeds.documents import canonical, documents_of
from stream.pipeline.feeds.parse import parse_feed

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ADDRESS = "https://example.org/news/feed.xml"


def _rss(*items: str, head: str = '<rss version="2.0">', encoding: str = "utf-8") -> bytes:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"{head}<channel><title>Wire</title>{inner}</channel></rss>".encode(encoding)


def _documents(content: bytes, content_type: str = "") -> list[dict[str, Any]]:
    made = documents_of(parse_feed(content, content_type), "example.org", ADDRESS, NOW)
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
        ("2016/6/29 9:05", None),
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
    ids = {next(documents_of(feed, source, ADDRESS, NOW)).id for source in ("a", "b")}
    assert len(ids) == 2


def test_what_the_stream_would_refuse_is_told() -> None:
    later = "<title>T</title><pubDate>Sat, 28 Nov 2026 14:00:00 GMT</pubDate>"
    made = list(documents_of(parse_feed(_rss("<title/>", later)), "s", ADDRESS, NOW))
    assert [str(one.refusal).partition(":")[0] for one in made] == ["text", "published_at"]


def test_a_long_text_is_cut_at_a_word_and_links_lose_what_follows_readers() -> None:
    (document,) = _documents(_rss("<title>T</title><description>" + "\u20ac uro " * 20_000 + "</description>"))
    assert MAX_TEXT_BYTES - 20 < len(document["body"].encode()) < MAX_TEXT_BYTES
    assert document["body"].endswith(("\u20ac", "uro"))
    assert canonical("https://e.org/?a=1&UTM_Medium=x&b=") == "https://e.org/?a=1&b="
    assert canonical("https://[/?utm_source=x") == "https://[/?utm_source=x"
