"""What stands behind every text of a Chinese publisher goes; news that speaks of the same things stays."""

import time

import pytest

from models.cleaning.boilerplate import without_boilerplate
from models.text import clean

NEWS = "恒大集团未能兑付到期债券。"
BEHIND = [
    "责任编辑：王五",
    "（责任编辑：王五）",
    "编辑:王五 校对:赵六",
    "編輯：王五",
    "来源：新浪财经",
    "（文章来源：东方财富网）",
    "來源：經濟日報",
    "资料来源：公司公告",
    "原标题：恒大违约",
    "图片来源：视觉中国",
    "本文转载自：财联社",
    "点击查看更多",
    "查看原文>>",
    "阅读全文",
    "扫码下载APP",
    "更多精彩内容请关注公众号",
    "欢迎关注微信公众号：财经早知道",
    "关注公众号“财经早知道”，获取更多资讯。",
    "版权所有，未经授权不得转载。",
    "免责声明：本文仅代表作者个人观点。与本网无关。",
    "风险提示：股市有风险，投资需谨慎。",
    "本文不构成投资建议。",
    "以上内容仅供参考，不构成投资建议",
    "本报告所载信息仅供参考。据此操作，风险自担。",
    "市场有风险，投资需谨慎",
    "投资者据此操作，风险自担。",
    "重要声明：转载请注明出处。",
    "图片来自网络",
]


@pytest.mark.parametrize("between", ["", " ", "\n", "\n\n"])
@pytest.mark.parametrize("behind", BEHIND)
def test_what_stands_behind_a_text_goes(behind: str, between: str) -> None:
    assert without_boilerplate(clean(f"{NEWS}{between}{behind}")) == NEWS


@pytest.mark.parametrize("behind", BEHIND)
def test_behind_a_headline_without_an_end(behind: str) -> None:
    assert clean(f"{NEWS[:-1]} {behind}") == NEWS[:-1]


@pytest.mark.parametrize("behind", BEHIND)
def test_in_brackets_right_behind_a_headline(behind: str) -> None:
    bare = behind.strip("（）。")
    assert clean(f"{NEWS[:-1]}（{bare}）") == NEWS[:-1]
    assert clean(f"{NEWS[:-1]}【{bare}】") == NEWS[:-1]


@pytest.mark.parametrize(
    "alone",
    [
        "（记者 张三）",
        "（记者张三 李四）",
        "(图)",
        "（附图）",
        "【完】",
        "[转载]",
        "（更新）",
        "（视频）",
        "（文/李雷）",
        "（路透香港28日電）",
    ],
)
def test_what_stands_alone_in_brackets_goes_before_and_behind(alone: str) -> None:
    assert clean(f"{alone}{NEWS}") == NEWS
    assert clean(f"{NEWS[:-1]}{alone}") == NEWS[:-1]


def test_what_follows_a_bracket_stays() -> None:
    assert clean("恒大债券违约（来源：公司公告）股价跌停") == "恒大债券违约 股价跌停"


def test_a_line_of_names_goes() -> None:
    assert clean(f"每经记者 张三 每经编辑 李四\n{NEWS}") == NEWS


@pytest.mark.parametrize("behind", BEHIND)
def test_a_text_of_nothing_else_stays(behind: str) -> None:
    assert clean(behind)


@pytest.mark.parametrize(
    "text",
    [
        "12月加息成定局 关注美联储2017年加息预期",
        "7月27日外汇交易提醒：关注07:30的日本7月东京CPI年率",
        "某公司的收入来源：三分之二来自海外市场",
        "交易所提示风险：某股票短期涨幅较大",
        "某公司发布风险提示公告 股价或有泡沫",
        "记者从监管部门获悉 某银行已被立案调查",
        "某公司更多门店将关闭",
        "今日关注美国至8月21日当周EIA原油库存",
        "作者起诉某公司侵权 索赔一亿元",
        "某基金经理称市场有风险但机会更大",
        "某平台版权纠纷案宣判 被罚五千万元",
        "某公司声明：从未参与非法集资",
        "记者 被捕 遭立案",
        "【记者会】央行答问",
        "万科(000002)跌停",
        "两名记者遇害",
        "证监会：投资者应谨慎参与炒作 已下载APP的应卸载",
        "某公司公告。重要提示：公司被立案调查",
        "某公司公告。特别提示：公司股票将终止上市，敬请投资者谨慎决策",
        "某公司公告。风险提示：公司债券或将违约",
        "某公司公告。郑重声明：公司从未参与集资",
        "股市大跌。图片来源显示公司造假",
        "股市大跌。图片来自监控显示工厂爆炸",
        "恒大违约。报告显示该交易不构成重大重组，公司股价暴跌",
    ],
)
def test_news_stays(text: str) -> None:
    assert without_boilerplate(text) == text


def test_news_behind_small_print_stay_where_they_are_more() -> None:
    assert without_boilerplate(f"{NEWS}\n免责声明\n本文仅代表作者。") == NEWS
    assert without_boilerplate(f"公告\n免责声明:本文来自网络。\n{NEWS}") == f"公告\n{NEWS}"


def test_a_long_text_takes_no_long_time() -> None:
    began = time.process_time()
    without_boilerplate("编辑 来源 关注 点击 本文 " * 4000)
    assert time.process_time() - began < 5  # of a machine under load; a pattern that goes back takes minutes
