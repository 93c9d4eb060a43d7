"""The headlines of Chinese filings are read as told of the firm before the colon, and speakers are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from models.artifact import CHINESE
from models.classifier import load_classifier
from stream.pipeline.documents.classify import score
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.filings import as_read
from stream.pipeline.documents.places import named_part
from stream.pipeline.documents.record import ScoredDocument
from stream.pipeline.documents.watchlist import Entry, Watchlist

WATCHED = Watchlist([Entry(name=name) for name in ("碧桂园", "平安银行", "中信证券", "恒大")])
BAD = [
    *("董事长被留置", "股票被实施退市风险警示", "收到终止上市决定", "控股股东所持股份被冻结", "被申请破产清算"),
    *("主体信用评级下调", "主要工厂停产", "遭交易所公开谴责", "未能按期兑付债券", "财务总监辞职"),
]
NEUTRAL = ["董事会换届选举", "变更会计师事务所", "股东大会决议公告", "独立董事任期届满", "聘任张三为副总经理"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("碧桂园：董事长被留置", "碧桂园 董事长被留置"),
        ("碧桂园: 董事长被留置", "碧桂园  董事长被留置"),
        ("【碧桂园：董事长被留置】", "【碧桂园 董事长被留置】"),
        ("碧桂园(2007.HK)：董事长被留置", "碧桂园(2007.HK) 董事长被留置"),
        ("碧桂园公告称，董事长被留置", "碧桂园公告 ，董事长被留置"),
        ("碧桂園公告稱，董事長被留置", "碧桂園公告 ，董事長被留置"),
        ("碧桂园：拟回购10亿元股份。美股上涨", "碧桂园 拟回购10亿元股份。美股上涨"),
        ("中信证券：前三季度亏损", "中信证券 前三季度亏损"),
    ],
)
def test_the_colon_of_a_filing_is_a_space(text: str, read: str) -> None:
    assert as_read(named_part(text, WATCHED.places)) == read
    assert len(text) == len(read)


@pytest.mark.parametrize(
    "text",
    [
        "中信证券：前三季度净利或见底",
        "中信证券：A股三季度亏损面收窄",
        "中信证券：恒大股份被冻结",
        "平安银行：美股将反弹",
        "平安银行：人民币违约风险上升",
        "快讯：碧桂园董事长被留置",
        "知情人士：碧桂园：董事长被留置",
        "碧桂园董事长被留置",
        "Acme: profit falls",
    ],
)
def test_speakers_and_other_texts_are_left_alone(text: str) -> None:
    assert as_read(named_part(text, WATCHED.places)) == text


def test_the_record_keeps_the_text_as_it_came() -> None:
    document = Document(id="1", source="s", published_at=datetime(2026, 3, 5, tzinfo=UTC), title="碧桂园：董事长被留置")
    (scored,) = score([document], load_classifier(CHINESE), WATCHED.places)
    assert isinstance(scored, ScoredDocument)
    assert scored.title == "碧桂园：董事长被留置"
    assert scored.sentiment_of("碧桂园").label == "negative"


def labels(said: Sequence[str], sign: str) -> list[str]:
    texts = [f"{name}{sign}{one}" for name in ("碧桂园", "平安银行") for one in said]
    documents = [
        Document(id=str(at), source="s", published_at=datetime(2026, 3, 5, tzinfo=UTC), title=text)
        for at, text in enumerate(texts)
    ]
    scored = score(documents, load_classifier(CHINESE), WATCHED.places)
    return [one.entities[0].sentiment.label for one in scored if isinstance(one, ScoredDocument)]


@pytest.mark.parametrize("sign", ["：", ":", "公告称，"])
def test_the_model_says_of_the_name_what_it_says_without_the_colon(sign: str) -> None:
    assert labels(BAD, sign).count("negative") >= 17
    assert set(labels(NEUTRAL, sign)) == {"neutral"}
