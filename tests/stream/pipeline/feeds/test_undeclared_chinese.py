"""Feeds in GBK that do not say so, or say another encoding."""

from __future__ import annotations

import pytest

from stream.pipeline.feeds.encodings import text_of

PLAIN = ["盐湖股份被证监会立案调查，股价跌停", "多家银行下调存款利率"]
WITH_RARE_SIGNS = [
    "招商银行行长王喆被查，股价下跌",
    "华为昇腾芯片供应紧张，合作伙伴受损",
    "二〇二六年前三季度业绩大幅下滑",
    "李玥珺辞去副行长职务，称个人原因",
    "朱镕基时期的改革回顾",
]
TRADITIONAL = [
    "證監會對該公司立案調查，董事長被留置",
    "多家銀行下調存款利率，儲戶擔憂",
    "台積電擴產計劃延後，供應鏈受壓",
    "債券違約風險持續發酵",
]
OTHERS = [
    ("cp1251", "Рынок акций снизился на 3%, аналитики ждут падения"),
    ("koi8-r", "Рынок акций снизился на 3%, аналитики ждут падения"),
    ("cp866", "Рынок акций снизился на 3%, аналитики ждут падения"),
    ("cp1253", "Η τράπεζα ανακοίνωσε ζημίες"),
    ("cp874", "ธนาคารแห่งประเทศไทยขึ้นดอกเบี้ย"),
    ("cp949", "삼성전자 주가 상승, 한국은행 기준금리 인상"),
    ("cp932", "トヨタ自動車の株価が上昇"),
    ("cp1252", "Société générale : bénéfice élevé, l'été dernier dégradé"),
]


def _feed(titles: list[str], declared: str = "", language: str = "") -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    said = f"<language>{language}</language>" if language else ""
    items = "".join(f"<item><title>{title}</title></item>" for title in titles)
    return f'{head}<rss version="2.0"><channel>{said}{items}</channel></rss>'


@pytest.mark.parametrize("declared", ["", "utf-8"])
@pytest.mark.parametrize("rare", range(1, 6))
def test_signs_outside_gb_2312_leave_a_feed_chinese(declared: str, rare: int) -> None:
    feed = _feed(PLAIN + WITH_RARE_SIGNS[:rare], declared)
    assert text_of(feed.encode("gb18030")) == feed


@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
def test_traditional_text_is_read_where_a_feed_says_that_it_is_chinese(encoding: str) -> None:
    feed = _feed(TRADITIONAL, language="zh-hk")
    assert text_of(feed.encode(encoding)) == feed


def test_a_broken_sign_leaves_the_others() -> None:
    feed = _feed(PLAIN * 3 + WITH_RARE_SIGNS + ["@跌"])
    assert PLAIN[0] in text_of(feed.encode("gb18030").replace(b"@", b"\xcd"))


@pytest.mark.parametrize(("encoding", "title"), OTHERS)
@pytest.mark.parametrize("capitals", [False, True])
def test_other_languages_do_not_become_chinese(encoding: str, title: str, capitals: bool) -> None:
    content = _feed([title.upper() if capitals else title]).encode(encoding, "ignore")
    assert text_of(content) != content.decode("gb18030", "replace")
