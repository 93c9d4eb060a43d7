"""A short Chinese name counts where it is a word, and not where it is made of the ends of other words."""

from __future__ import annotations

import pytest

from stream.pipeline.documents.watchlist import Entry, Watchlist

WITHIN = [
    ("工行", "化工行业逾八成公司预喜"),
    ("工行", "施工行业整体承压，多家企业亏损"),
    ("建行", "福建行情：茶叶价格走低"),
    ("建行", "基建行业景气度回升"),
    ("中行", "行人在途中行走，注意安全"),
    ("农行", "惠农行动启动，农民受益"),
    ("交行", "今日成交行情平淡"),
    ("人行", "京东物流成立机器人行业人才培养基地"),
    ("京东", "北京东城区发布旧城改造新规"),
    ("京东", "南京东路步行街客流创新高"),
    ("京东", "京东方A四连跌"),
    ("京東", "南京東路步行街客流創新高"),
    ("汇丰", "汇丰富的经验助力企业出海"),
    ("中免", "疫情中免费发放口罩"),
    ("平安", "平安夜餐饮消费火爆"),
    ("平安", "祝大家出入平安，新年快乐"),
    ("国航", "受冲击的英国航空业裁员"),
    ("国美", "6月中国美债持仓量下降最多"),
    ("国信", "美国信用卡债务创新高"),
    ("太平", "全面与进步跨太平洋伙伴关系协定"),
    ("新华", "新华社：严查财务造假"),
    ("融创", "以绿色金融创新支持小微企业"),
    ("民生", "水稻改变农民生活"),
    ("美的", "追求完美的收官之战"),
    ("华为", "习近平访华为期三天"),
    ("京东方", "京东方面表示"),
    ("东方", "新东方市值破千亿"),
    ("国航", "美国航企拟裁员数万人"),
    ("阿里", "开往阿里山的火车恢复通车"),
]
ITSELF = [
    ("工行", "工行业绩下滑"),
    ("工行", "工行被罚1.2亿元，涉理财业务违规"),
    ("建行", "建行一分行行长被查"),
    ("中行", "中行发布分红公告"),
    ("中行", "据中行业绩报告"),
    ("农行", "农行下跌3%，领跌银行板块"),
    ("交行", "交行行长辞任"),
    ("人行", "人行下调准备金率"),
    ("央行", "欧央行料维持利率不变"),
    ("央行", "加拿大央行维稳利率"),
    ("央行", "中国央行宣布降准"),
    ("京东", "北京京东总部被查"),
    ("京東", "劉強東減持京東股份"),
    ("汇丰", "汇丰控股盈利下滑"),
    ("平安", "中国平安被罚"),
    ("平安", "平安股价大跌"),
    ("茅台", "茅台酒批价下跌"),
    ("国航", "国航亏损扩大"),
    ("阿里", "阿里遭立案调查"),
    ("阿里", "三大股指高开，阿里巴巴跌近3%"),
    ("美的", "美的实控人拟减持"),
    ("百度", "换汤不换药，百度搜索被批"),
    ("大众", "德国大众汽车同意赔偿"),
    ("招行", "招行某支行现挤兑传闻"),
    ("恒大", "恒大爆雷"),
    ("贵州茅台", "贵 州 茅 台 跌 停"),
    ("新华社", "新华社：严查财务造假"),
]

# The frames in which headlines set names, where an everyday word shares a sign with the name.
SHORTED = ("中行", "中兴", "中铁", "中建", "中车", "中信", "中石油", "中石化", "中芯", "中金", "中粮")
FRAMES = [
    *[(name, f"机构{verb}{name}") for name in SHORTED for verb in ("做空", "唱空", "看空")],
    *[(name, f"{name}{told}") for name in ("三一", "恒大", "光大", "中通", "高通") for told in (
        "大跌", "跌6%", "年报亏损", "高管减持", "遭起诉", "被查", "被罚", "被立案", "二季度亏损", "股东减持", "财报"
    )],
    ("华为", "美国对华为制裁升级"),
    ("华为", "恢复对华为供货"),
    ("华为", "新华为手机"),
    ("华能", "监管对华能罚款"),
    ("中兴", "浑水做空中兴通讯"),
    ("中植", "中植被立案侦查"),
    ("高通", "高通称将裁员"),
    ("中通", "中通称将裁员"),
    ("光大", "光大会不会违约"),
    ("中行", "中行会破产吗"),
    ("广发", "广发财报"),
    ("中核", "中核实控人变更"),
    ("京东", "京东方面表示"),
    ("京东", "京东方面回应裁员"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), FRAMES)
def test_a_name_is_found_in_the_common_frames(name: str, text: str) -> None:
    assert Watchlist([Entry(name=name)]).find(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("京东方面表示", "京东"),
        ("京东方面回应裁员传闻", "京东"),
        ("京东方宣布涨价", "京东方"),
        ("京东方A四连跌", "京东方"),
    ],
)
def test_of_two_names_that_overlap_the_likelier_cut_decides(text: str, name: str) -> None:
    watchlist = Watchlist([Entry(name="京东"), Entry(name="京东方")])
    assert [match.entry for match in watchlist.find(text)] == [name]


# Full names, whose last signs begin the name of a trade, an authority or an association, or another word.
FULL_WITHIN = """
中国银行 中国银行业协会：警惕非法集资骗局
中国银行 中国银行业不良贷款率上升
中国銀行 中國銀行業不良貸款率上升
中国银行 中国银行间市场交易商协会：对多家违规机构启动自律调查
中国银行 中国银行保险监督管理委员会上海监管局开出罚单
中国银行 中国银行体系流动性收紧
中国银行 中国银行板块走低
上海银行 上海银行间同业拆放利率上行
上海银行 上海银行同业公会
北京银行 北京银行业协会发布倡议
江苏银行 江苏银行业金融机构被罚
重庆银行 重庆银行保险业座谈会
宁波银行 宁波银行监管分局开罚单
中国建筑 中国建筑业景气下滑
中国建筑 中国建筑行业亏损
中国电信 中国电信业收入下降
中国电信 中国电信诈骗案频发
中国证券 中国证券业协会处罚
中国证券 中国证券监督管理委员会
中国人寿 中国人寿命延长
中国平安 中国平安全事故频发
中国交建 向中国交建议
中国外运 中国外运动员违规
中国石油 中国石油化工股份有限公司减持
中国石油 中国石油大学学生
中国铝业 中国铝业协会
中国黄金 中国黄金储备下降
中国中药 中国中药材价格上涨
"""
FULL_ITSELF = """
中国银行 中国银行业绩下滑
中国银行 中国银行业务违规
中国银行 中国银行间接持股
中国银行 中国银行行长被查
中国银行 中国银行股价跌停
中国银行 中国银行股份有限公司公告
中国银行 中国银行监管评级下调
中国银行 中国银行保险业务受罚
中国银行 中国银行 协会称其违规
上海银行 上海银行同业业务违规
宁波银行 宁波银行监管罚单
中国建筑 中国建筑业绩下滑
中国建筑 中国建筑业务萎缩
中国建筑 中国建筑行业地位稳固
中国人寿 中国人寿险业务下滑
中国人寿 中国人寿保险
中国平安 中国平安全资子公司被罚
中国平安 中国平安全年亏损
中国交建 中国交建设备
中国石油 中国石油天然气集团
中国石油 中国石油化工品业务
中国铝业 中国铝业绩下滑
中国软件 中国软件业务合同纠纷
光大证券 光大证券业务被暂停
贵州茅台 贵州茅台酒价格
三菱商事 三菱商事業績悪化
"""


@pytest.mark.parametrize("line", FULL_WITHIN.strip().splitlines())
def test_a_full_name_is_not_found_in_the_name_of_a_trade_or_an_authority(line: str) -> None:
    name, text = line.split(" ", 1)
    assert not Watchlist([Entry(name=name)]).find(text)


@pytest.mark.parametrize("line", FULL_ITSELF.strip().splitlines())
def test_a_full_name_is_found_before_what_only_begins_alike(line: str) -> None:
    name, text = line.split(" ", 1)
    assert Watchlist([Entry(name=name)]).find(text)


@pytest.mark.parametrize(("name", "text"), WITHIN)
def test_within_other_words_a_name_is_not_found(name: str, text: str) -> None:
    assert not Watchlist([Entry(name=name)]).find(text)


@pytest.mark.parametrize(("name", "text"), ITSELF)
def test_a_name_that_is_a_word_is_found(name: str, text: str) -> None:
    assert Watchlist([Entry(name=name)]).find(text)


def test_letters_and_signs_end_a_word() -> None:
    watchlist = Watchlist([Entry(name="平安"), Entry(name="BYD", aliases=("迪",))])
    assert [match.entry for match in watchlist.find("“平安”BYD迪A")] == ["平安", "BYD", "BYD"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("万科", "负债超万亿 万科跌停"),
        ("万科", "两融余额重返8600亿  万科A高居两融标的之首"),
        ("中兴", "遭做空 中兴跌停"),
        ("中芯", "唱空　中芯大跌"),
        ("中行", "央行会议  中行降息"),
        ("贵州茅台", "贵州 茅台涨停"),
        ("贵州茅台", "贵州\n茅台涨停"),
        ("贵州茅台", "贵州<br>茅台涨停"),
        ("新浪微博", "新浪\n微博财报"),
        ("中国平安", "买入中国 平安（601318）"),
        ("工行", "工 行 跌 停"),
        ("万科", "万　科Ａ"),
        ("摩根士丹利", "摩根·士丹利下调评级"),
    ],
)
def test_a_space_between_han_ends_a_word_and_may_stand_within_a_name(name: str, text: str) -> None:
    assert Watchlist([Entry(name=name)]).find(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("中国平安", "发展中国 平安无事"),
        ("中国平安", "发展中国\n平安无事"),
        ("招行", "招 行长辞职"),
        ("招行", "银行扩招 行长辞职"),
        ("招行", "银行扩招　行业回暖"),
        ("工行", "农民工 行业协会"),
        ("工行", "化 工 行 业 协 会"),
        ("高通", "物价走高 通胀升温"),
        ("建行", "大兴土建 行政处罚"),
        ("华为", "停止对华 为何"),
        ("京东", "南京 东路"),
    ],
)
def test_no_name_is_made_of_two_clauses(name: str, text: str) -> None:
    assert not Watchlist([Entry(name=name)]).find(text)
