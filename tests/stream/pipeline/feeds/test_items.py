"""What an item says of itself, beside what stands in it for its pictures; and when two items are one."""

import msgspec
import pytest

from stream.pipeline.feeds.parse import parse_feed
from stream.pipeline.feeds.selection import holds_keyword

SAID = "Depositors flee after fraud; Acme Bank is insolvent."
CAPTION = "Employees celebrated record growth at its headquarters in March, the best month ever for the company."
_NAMES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:m="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:a="http://www.w3.org/2005/Atom"'
)


def _rss(*items: str) -> bytes:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {_NAMES}><channel><title>Wire</title>{inner}</channel></rss>'.encode()


@pytest.mark.parametrize(
    "item",
    [
        f"<description>{SAID}</description><media:description>{CAPTION}</media:description>",
        f"<media:description type='plain'>{CAPTION}</media:description><description>{SAID}</description>",
        f"<description>{SAID}</description><media:group><media:description>{CAPTION}</media:description></media:group>",
        f"<media:content url='a>b'><m:description>{CAPTION}</m:description></media:content>"
        f"<description>{SAID}</description>",
        f"<itunes:summary><![CDATA[{CAPTION}]]></itunes:summary><description>{SAID}</description>",
        f"<description>{SAID}</description><dc:description>{CAPTION}</dc:description>",
        f"<media:description/><description>{SAID}</description>",
        f"<a:summary>{SAID}</a:summary><media:description>{CAPTION}</media:description>",
    ],
)
def test_a_caption_does_not_replace_what_an_item_says(item: str) -> None:
    assert parse_feed(_rss(f"<title>Acme Bank</title>{item}")).items[0].body == SAID


def test_a_caption_counts_where_an_item_says_nothing_else() -> None:
    alone = f"<description/><media:description type='html'>{CAPTION}</media:description>"
    assert parse_feed(_rss(alone)).items[0].body == CAPTION
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom" {_NAMES}><title>T</title><entry><media:group>{alone}'
    assert parse_feed(f"{atom}</media:group></entry></feed>".encode()).items[0].body == CAPTION


@pytest.mark.parametrize(
    ("title", "keyword"),
    [
        ("McDonald\u2019s shares fall", "McDonald's"),
        ("Moody's cuts", "Moody\u2019s"),
        ("Moody&#8217;s cuts", "Moody's"),
        ("rate\u2011cut hopes", "rate-cut"),
        ("rate-cut hopes", "Rate cut"),
        ("Socie\u0301te\u0301 falls", "Soci\u00e9t\u00e9"),
        ("Soci\u00e9t\u00e9 falls", "societe"),
        ("STRASSE falls", "stra\u00dfe"),
        ("\uff21\uff23\uff2d\uff25 falls", "ACME"),
        ("\U0001d422\U0001d427\U0001d41f up", "inf"),
        ("\ufb01nance falls", "finance"),
        ("S&amp;P500 falls", "S&P 500"),
        ("\u9a30\u8a0a\u8dcc", "\u817e\u8baf"),
        ("LONDON (Reuters) - Up", "reuters"),  # which the comparison leaves out
        ("a \u2013\u2013 b", "\u2013\u2013"),
    ],
)
def test_a_keyword_is_found_however_it_is_spelt(title: str, keyword: str) -> None:
    content = msgspec.json.encode({"source": "s", "title": title})
    assert holds_keyword(content, ["nothing else", keyword])
    assert not holds_keyword(msgspec.json.encode({"source": "s", "title": "Bankers and others"}), [keyword, "bank"])
