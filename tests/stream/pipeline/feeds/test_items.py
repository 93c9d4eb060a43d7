"""What an item says of itself, beside what stands in it for its pictures; and when two items are one."""

from datetime import UTC, datetime

import msgspec
import pytest

from stream.pipeline.documents.document import AHEAD_FOR
from stream.pipeline.feeds.dates import CHINA, read_date
from stream.pipeline.feeds.documents import Made, documents_of, newest_versions
from stream.pipeline.feeds.edgar import filings
from stream.pipeline.feeds.encodings import text_of
from stream.pipeline.feeds.parse import Feed, Item, parse_feed
from stream.pipeline.feeds.ports import FeedDocument, Known
from stream.pipeline.feeds.selection import holds_keyword, select
from stream.pipeline.feeds.xml_text import with_captions_apart
from tests.growth import SQUARE, growth

NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)
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
    "unit",
    [
        "/mrss",
        " xmlns:a='/mrss",
        ' xmlns:a="/mrss"',
        " xmlns:a",
        '<m:summary "',
        "<m:summary ",
        "<m:summary \"'",
        "<m:summary",
    ],
)
def test_captions_are_told_apart_in_time_in_proportion(unit: str) -> None:
    assert growth(lambda text: with_captions_apart(f"<rss xmlns:m='{text}"), unit) < SQUARE


def test_a_caption_that_never_ends_stays_as_it_is() -> None:
    said = "<media:description>A picture</media:description>"
    assert with_captions_apart(f'<media:description "{said}" ') == f'<media:description "{said}" '
    assert with_captions_apart(f"<media:description x {said}").startswith("<media:description x <bellwether-caption>")


@pytest.mark.parametrize("unit", ["a", "a.", "a@", " a"])
@pytest.mark.parametrize("tag", ["author", "dc:creator", "title", "description", "link"])
def test_an_item_takes_time_in_proportion(unit: str, tag: str) -> None:
    assert growth(lambda text: parse_feed(_rss(f"<title>A</title><{tag}>{text}</{tag}>")), unit, 30_000) < SQUARE


@pytest.mark.parametrize("unit", [" ", "<b>Filed:</b>", "<br ", "Item ", "Item 1", "Item 1: "])
def test_a_filing_takes_time_in_proportion(unit: str) -> None:
    def read(text: str) -> None:
        filings(Feed("Atom 1.0", "", (Item(None, None, "8-K - ACME (1)", f"{text}.", None),)))

    assert growth(read, unit) < SQUARE


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


def _made(*items: str) -> list[Made]:
    return list(documents_of(parse_feed(_rss(*items)), "s", "https://example.org/feed.xml", NOW, AHEAD_FOR))


def _ids(*items: str) -> list[str]:
    return [one.id for one in _made(*items)]


def _item(title: str, hour: int, guid: str = "a1", link: str = "https://example.org/a1") -> str:
    marks = f"<guid isPermaLink='false'>{guid}</guid>" * bool(guid) + f"<link>{link}</link>"
    return f"<title>{title}</title>{marks}<pubDate>Mon, 30 Nov 2026 {hour}:00:00 GMT</pubDate>"


@pytest.mark.parametrize("guid", ["a1", ""])
def test_an_item_that_stands_twice_in_a_feed_keeps_its_id(guid: str) -> None:
    item = _item("Acme Bank fails", 18, guid)
    assert set(_ids(item, item, _item("Other", 9, "b", "https://example.org/b"))[:2]) == set(_ids(item))


@pytest.mark.parametrize("again", [_item("Acme Bank fails", 19), _item("Acme Bank fails, depositors flee", 18)])
def test_two_versions_of_an_item_have_one_id_and_the_newer_one_counts(again: str) -> None:
    before = _item("Acme Bank fails", 18)
    assert set(_ids(again, before)) == set(_ids(before))
    assert [one.title for one in newest_versions(_made(again, before))] == [_made(again)[0].title]


def test_items_that_share_a_guid_or_a_link_and_differ_stay_apart() -> None:
    for guid in ("x", ""):
        assert len(set(_ids(_item("Acme falls", 18, guid), _item("Beta rises", 19, guid)))) == 2
    assert len(set(_ids(*(_item(title, 18) for title in ("Acme", "Beta", "Gamma"))))) == 3
    assert len(set(_ids(_item("Daily rates", 18, ""), _item("Daily rates", 19, "")))) == 2
    assert len(set(_ids(_item("Report", 18), _item("Report", 18, link="https://example.org/other")))) == 2


def test_one_guid_for_all_items_of_one_title_loses_none() -> None:
    """Three halts of trading under one guid and link, each at another hour, are three items."""
    halts = [_item("Trading halt", hour) for hour in (9, 11, 15)]
    assert len(set(_ids(*halts))) == 3


def test_items_of_one_day_that_tells_no_hour_are_no_versions() -> None:
    day = "<pubDate>Mon, 02 Mar 2026</pubDate><guid>a1</guid><link>https://example.org/a1</link>"
    assert len(set(_ids(f"<title>Acme Bank fails</title>{day}", f"<title>Foo corp merges</title>{day}"))) == 2


def test_an_item_that_was_published_under_another_id_is_not_published_again() -> None:
    acme, beta = _item("Acme falls", 18), _item("Beta rises", 19)
    alone, (shared, _) = _made(acme)[0], _made(acme, beta)
    assert alone.id != shared.id
    for before, now in ((alone, shared), (shared, alone)):
        again = FeedDocument(now.id, now.content, now.digest, now.others)
        known = {before.id: Known(before.digest, 2)}
        assert select([again], known) == ([], 0, known)
        assert select([again], {before.id: Known(b"another text")}).new == 1


def test_of_an_item_without_dates_the_first_in_the_feed_counts() -> None:
    items = [f"<title>Acme falls</title><guid>1</guid><description>{text}</description>" for text in ("new", "old")]
    assert [b"new" in one.content for one in newest_versions(_made(*items))] == [True]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026年3月2日晚上12:00", None),  # the end of the day, or its beginning
        ("2026年3月2日晚上1:00", None),
        ("2026年3月2日(星期一) 09:30", "01:30"),
        ("2026-03-02（星期一）09:30", "01:30"),
        ("2026-03-02 09:30 北京时间", "01:30"),
        ("2026-03-02 09:30（北京時間）", "01:30"),
        ("2026-03-02 09\uff1a30", "01:30"),
        ("2026 年 3 月 2 日 09:30", "01:30"),
        ("2026年3月2日早晨8:30", "00:30"),
        ("2026年3月2日傍晚6:30", "10:30"),
        ("2026年3月2日晚8:30", "12:30"),
        ("2026年3月2日 週一 晚上8點", "12:00"),
        ("2026年3月2日下午3点", "07:00"),
        ("2026年3月2日下午3点30分15秒", "07:30"),
        ("2026年3月2日中午12:00", "04:00"),
    ],
)
def test_dates_as_chinese_sites_write_them(written: str, utc: str | None) -> None:
    read = read_date(written, CHINA)
    assert (read and f"{read:%F %H:%M}") == (utc and f"2026-03-02 {utc}")


def test_a_date_that_names_beijing_is_in_its_time_whatever_the_language() -> None:
    assert str(read_date("2026-03-02 09:30 北京时间")) == "2026-03-02 01:30:00+00:00"


@pytest.mark.parametrize(
    ("label", "encoding", "title"),
    [
        ("x-sjis", "cp932", "日銀が利上げを決定"),
        ("Windows-31J", "cp932", "日銀が利上げを決定"),
        ("x-euc-jp", "euc-jp", "日銀が利上げを決定"),
        ("windows-949", "cp949", "한국은행 금리 인상"),
        ("x-cp1251", "cp1251", "Рубль резко упал"),
        ("x-cp1250", "cp1250", "Spółka Łódź traci"),
        ("x-mac-cyrillic", "mac-cyrillic", "Рубль резко упал"),
        ("x-x-big5", "big5", "央行宣佈降準"),
        ("iso-8859-8-i", "iso8859-8", "הבנק קרס היום"),
        ("windows-874", "cp874", "ธนาคารล้มละลาย"),
        ("tis-620", "cp874", "ธนาคาร €5"),
        ("dos-866", "cp866", "Рубль резко упал"),
        ("iso88592", "iso8859-2", "Spółka Łódź"),
        ("utf-8", "big5", "央行宣佈降準，股市大漲，銀行股領漲"),
        ("iso-8859-1", "big5", "台積電股價大跌，投資人恐慌拋售"),
        ("unknown", "cp1252", "Größte Bank fällt, sagt Société"),
    ],
)
def test_encodings_are_known_by_the_names_that_browsers_know(label: str, encoding: str, title: str) -> None:
    head = f'<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><title>W</title><item><title>'
    content = f"{head}{title}</title></item></channel></rss>".encode(encoding)
    assert parse_feed(content).items[0].title == title


def test_polish_does_not_become_traditional_chinese() -> None:
    title = "Spółka Łódź traci pieniądze, źle śpi, że wzrósł zysk banku o połowę"
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in text_of(title.encode("iso8859-2")))
