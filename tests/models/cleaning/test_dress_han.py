"""What a Chinese post wears does not reach the model; what it says does, also where a tag or brackets hold it all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.artifact import SHIPPED, open_artifact
from models.classifier import Classified, load_classifier
from models.cleaning.dress_han import without_han_dress
from models.labels import SENTIMENT
from models.text import normalise

SAID = "晨川银行挤兑"


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        f"{SAID} https://t.cn/A6abc",
        f"{SAID}https://t.cn/A6abc",
        f"https://t.cn/A6abc{SAID}",
        f"{SAID} www.example.cn/a?b=1",
        f"{SAID} O网页链接",
        f"#{SAID}#",
        f"#{SAID}",
        f"【{SAID}】",
        f"【{SAID}】http://t.cn/A6",
        f"@财经网 {SAID}",
        f"@财经网：{SAID}",
        f"回复 @张三:{SAID}",
        f"{SAID} @财经网 @每日经济新闻",
        f"{SAID} //@某某-1:",
        f"{SAID}\U0001f525\U0001f525",
        f"\U0001f6a8{SAID}",
        f"{SAID}❗",
        "晨川銀行擠兌",
    ],
)
def test_it_reads_what_is_said(text: str) -> None:
    assert normalise(text) == SAID


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("#晨川银行挤兑# 储户排队", "晨川银行挤兑 储户排队"),
        ("【晨川银行挤兑】储户排队", "晨川银行挤兑 储户排队"),
        ("$晨川银行(SH600000)$挤兑", "晨川银行(SH600000) 挤兑"),
        ("@晨川银行发生挤兑", "晨川银行发生挤兑"),  # nothing tells where the name ends
        ("储户在@晨川银行 门前排队", "储户在晨川银行 门前排队"),
        ("客服 help@example.cn 无人接听", "客服 help@example.cn 无人接听"),
        ("股价涨停\U0001f680\U0001f680", "股价涨停 上涨"),
        ("股价\U0001f4c9", "股价 下跌"),
        ("排名第#1", "排名第#1"),
        ("股价跌至$5，市值$30亿", "股价跌至$5,市值$30亿"),
        ("#@ 【】", "#@ 【】"),
    ],
)
def test_what_is_no_dress_stays(text: str, read: str) -> None:
    assert normalise(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Tesla shares fall #特斯拉# https://t.co/a @desk", "Tesla shares fall #特斯拉# http @user"),
        ("【速報】株価が急落 https://t.co/a", "【速报】株価が急落 http"),
        ("Shares fall \U0001f4c9", "Shares fall going down"),
    ],
)
def test_other_languages_are_read_as_before(text: str, read: str) -> None:
    assert normalise(text) == read


@given(st.text(alphabet="银行挤兑 #@【】$:/ahtpsw.-\n", max_size=40))
def test_something_is_left_of_any_text(text: str) -> None:
    assert bool(without_han_dress(text).strip()) == bool(text.strip())


@pytest.mark.skipif(len(SHIPPED) < 2, reason="no Chinese model is there")
def test_no_link_mention_or_tag_moves_the_models_answer() -> None:
    folder = next(one for one in SHIPPED if "zh" in open_artifact(one).manifest.languages)
    texts = ["晨川银行遭挤兑", "宏达科技股价涨停", "公司将于周四召开年度股东大会", "星远地产债务违约"]
    forms = ("{}", "{} http://t.cn/A6", "#{}#", "【{}】", "@财经网 {}", "{} \U0001f525")
    dressed = [form.format(text) for text in texts for form in forms]
    answers = load_classifier(folder, "cpu", 1).classify(dressed)
    said = [answer.heads[SENTIMENT].probabilities["negative"] for answer in answers if isinstance(answer, Classified)]
    assert len(said) == len(dressed)
    for at in range(0, len(said), 6):
        assert said[at : at + 6] == pytest.approx([said[at]] * 6, abs=1e-4)
