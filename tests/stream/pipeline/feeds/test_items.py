"""What an item says of itself, beside what stands in it for its pictures; and when two items are one."""

import pytest

from stream.pipeline.feeds.parse import parse_feed

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
