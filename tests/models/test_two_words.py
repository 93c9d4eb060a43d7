"""A name and a word, without a particle: short headlines and tags, in all three labels, with real names and without.

The words stand in the invented texts (``models/training/data/invented_zh/short.txt``), these names do not. They were
written by hand before any answer of these weights was seen; then patterns of four of the words were added.
"""

from __future__ import annotations

import pytest

from models.artifact import CHINESE
from models.classifier import Classified, load_classifier
from models.labels import SENTIMENT

pytestmark = pytest.mark.skipif(not CHINESE.is_dir(), reason="bge-zh is left out here")

TEXTS = {
    "negative": """
        晨川银行挤兑 硅谷银行挤兑 招商银行挤兑 某银行发生挤兑 河南村镇银行挤兑 北岩银行遭挤兑
        包商银行被接管 瑞信挤兑 第一共和银行倒闭 恒大违约 碧桂园美元债违约 永煤违约 中植爆雷
        P2P爆雷 钱宝网暴雷 e租宝跑路 唐小僧跑路 乐视退市 暴风集团退市 康得新被ST 康美药业立案
        瑞幸咖啡造假 獐子岛被查 滴滴被查 阿里巴巴被罚 蚂蚁集团被罚 赵锐勇失联 包凡失联 华谊董事长失联
        雷曼兄弟破产 柯达破产 恒大清盘 老虎环球清盘 某私募清盘 谷歌裁员 推特大裁员 京东裁员
        富士康停产 特斯拉停产 本田召回 特斯拉召回 三星Note7召回 公募踩雷 易方达踩雷 白酒股闪崩
        中概股闪崩 宁德时代跌停 茅台跌停 拼多多腰斩 片仔癀股价腰斩 拜腾汽车欠薪 烂尾楼停贷 业主断供
        比特币爆仓 质押盘爆仓 万达被诉 中芯国际被列入黑名单 温氏股份预亏 TCL减持 大股东清仓减持
        蔚来破发 海底捞关店 苏宁欠债 ofo押金难退 中国平安遭唱空
    """,
    "positive": """
        宁德时代涨停 比亚迪涨停 中国中铁中标 宝钢中标 格力电器回购 腾讯回购 美的集团增持
        中国平安获增持 京东方扭亏 ST大集扭亏 南方航空扭亏为盈 天齐锂业预增 比亚迪业绩预增
        恒瑞医药新药获批 复星疫苗获批 蚂蚁IPO过会 ST盐湖摘帽 茅台创新高 英伟达股价翻倍
        中国船舶签大单 隆基大涨 茅台提价 富士康复工 特斯拉复产 硅谷银行挤兑平息 恒大如期兑付
        小米超预期 茅台大分红 百济神州获批
    """,
    "neutral": """
        挤兑是什么意思 什么是银行挤兑 违约金计算 历史上的银行挤兑 停牌核查 乐视网停牌 万科停牌
        万科复牌 格力电器更名 脸书更名 招商银行换届 茅台换帅 中国银行调研 比亚迪解禁 涨停板制度
        涨停是什么意思 国债逆回购 回购利率 退市新规 破产法修订 裁员补偿标准 汽车召回管理办法
        京东否认裁员 招商银行挤兑传闻不实 恒大辟谣破产 跌停还能卖吗 中标候选人公示 立案标准 断供会怎样
        银行会倒闭吗 茅台股东大会 招商银行客服电话 易方达基金费率 减持新规解读
    """,
}
MOST_WRONG = 0.03  # share: one of 128 was on the day of the training
DRESSES = ("{}", "#{}#", "【{}】", "“{}”", "{}！", "快讯：{}", "{} https://t.cn/A6abc", "@财经网 {}", "{}\U0001f525")
RUNS = ("晨川银行挤兑", "招商银行挤兑", "硅谷银行挤兑", "某银行发生挤兑", "河南村镇银行挤兑")


def _labels(texts: list[str]) -> list[str]:
    answers = load_classifier(CHINESE, "cpu", 1).classify(texts)
    return [answer.heads[SENTIMENT].label for answer in answers if isinstance(answer, Classified)]


def test_short_texts_are_read_and_no_word_is_its_label() -> None:
    labelled = [(text, label) for label, texts in TEXTS.items() for text in texts.split()]
    said = _labels([text for text, _ in labelled])
    wrong = [(*one, label) for one, label in zip(labelled, said, strict=True) if one[1] != label]
    assert len(wrong) <= MOST_WRONG * len(labelled), wrong


@pytest.mark.parametrize("text", RUNS)
def test_a_bank_run_is_bad_news_whatever_it_wears(text: str) -> None:
    assert _labels([dress.format(text) for dress in DRESSES]) == ["negative"] * len(DRESSES)
