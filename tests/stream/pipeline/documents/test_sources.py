"""Who says something in a text is not whom it is about: the forms of analysts' calls, and what they must not be."""

from __future__ import annotations

import re

import pytest

from stream.pipeline.documents.sources import is_source


def told(marked: str) -> bool:
    """Whether the name within <> is a source; other names stand within {}."""
    text = re.sub(r"[<>{}]", "", marked)
    places = {
        sign: [(place.start(1), place.end(1)) for place in re.finditer(pattern, marked)]
        for sign, pattern in (("<", r"<(.*?)>"), ("{", r"\{(.*?)\}"))
    }

    def moved(at: int) -> int:
        return at - len(re.findall(r"[<>{}]", marked[:at]))

    (place,) = [(moved(start), moved(end)) for start, end in places["<"]]
    return is_source(text, place, [(moved(start), moved(end)) for start, end in places["{"]])


@pytest.mark.parametrize(
    "text",
    [
        "Gold sinks, says analyst at <Bank X>",
        "Gold sinks, says chief economist of the <Bank X>",
        "Analysts at <Bank X> expect gold to fall",
        "According to <Bank X>, gold will fall",
        "Gold to fall, a note by <Bank X> says",
        "Acme to fall further - <Bank X>",
        "Acme to fall further | <Bank X>",
        "<Bank X> analyst sees gold rising",
        "<Bank X>'s strategists prefer gold",
        "Gold to fall, <Bank X> says",
        "Gold to fall, said <Bank X>.",
        "<Goldman> Downgrades Acme",
        "Buy {Acme}: <Deutsche Bank>",
        "Sell Acme: <Citi>",
        "Hold Acme - <UBS>",
        "Buy Acme, target 100: <Bank X>",
        "Reiterate 'Buy' on Infosys for target of Rs 3250: <Prabhudas Lilladher>",
        "Neutral on Reliance: <Kimeng Securities>",
        "Oil to rise: <Nomura>",
        "Acme to benefit from budget | <Bank X>",
        "Acme is overvalued, says <Bank X>",
        "Acme is overvalued, <Bank X> says",
        "Acme is overvalued, according to <Bank X>",
        "Acme sinks, says analyst at <Bank X>",
        "Acme sinks, says John Miller, strategist at <Bank X>",
        "<Bank X> analyst cuts Acme",
        "<Bank X>'s chief economist expects recession",
        "<Bank X> raises target on Acme",
        "<Bank X> raises its price target on Acme to 100",
        "<Bank X> downgrades Acme",
        "<Bank X> upgrades Acme to buy",
        "<Bank X> cuts Acme to underweight",
        "<Bank X> initiates Acme with buy",
        "<Bank X> maintains 'Buy' on Acme",
        "<Bank X> sees nearly 20% upside in Acme",
        "<Bank X> says {Acme} will fall",
        "<Bank X> sees {Acme} at 300",
        "<Bank X> says oil to fall",
        "<Bank X> bullish on Acme",
        "<Bank X>: Buy Acme, target 100",
        "Acme downgraded by <Bank X>",
        "Acme downgraded to sell by <Bank X>",
        "Acme cut to sell by <Bank X>",
        "Acme rated buy at <Bank X>",
        "Acme price target raised to 100 by <Bank X>",
        "Acme upgraded at <Bank X> on valuation",
        "Profit may halve at Acme. Source: <Bank X>",
        "Fitch may cut it, a report by <Bank X> shows",
        "<Moody's> downgrades Tata Steel UK's rating by one notch",
        "<Kim Eng India> recommends Buy on HDIL",
        "<Credit Suisse> trims Nifty price targets",
        "<BofA-ML> starts coverage of Acme with sell",
    ],
)
def test_who_says_it_is_a_source(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text",
    [
        "<X> downgraded by Y",
        "<X> downgraded to sell by Bank Y",
        "<X> upgraded to buy",
        "<X>: profit falls",
        "<X>: Buy with a target of 100",
        "<X> says profit fell 10%",
        "<X> says it will cut 500 jobs",
        "<X> cuts its forecast",
        "<X> raises sales target to 5bn",
        "<X> upgrades FY15 revenue guidance",
        "<X> upgrades its factory",
        "<X> cuts price of phones",
        "Profit falls: <X>",
        "Profit warning - <Deutsche Bank>",
        "Stocks to watch: <X>",
        "Q1 earnings analysis: <X>",
        "<X> raises $500 million in bonds",
        "<X> raises stake in Acme to 12%",
        "<X> sees big sell-off post plans to merge Grindwell",
        "<X> says {Apple} ends its contract with it",
        "<X> expects to raise Rs 47 crore",
        "<X> keeps dividend",
        "<X> maintains growth",
        "<X> directs brokers to cut risk",
        "All is not lost; <IT> is analysts' best bet",
        "Brokerages up target price for <Tech Mahindra>",
        "What brokers are expecting from <Infosys> results",
        "<X> launches brokerage services",
        "What analysts say of <X>",
        "<X> shares fall, say analysts",
        "Buy <X>: Deutsche Bank",
        "Acme sues <X>",
        "Deutsche Bank says <X> will fall",
        "Deutsche Bank raises target on <X>",
        "Dividend raised by <X>",
        "Stake in Acme cut by <X>",
        "<X> wins order, shares rise",
        "Shares slide at <X>",
        "Acme takes over <X>",
        "<X> gives up on merger",
        "<X> has strong hold over market",
        "<X> puts phone unit up for sale",
        "<China funds> raise equity allocations as buy-in opportunities rise",
        "<IDFC> sees potential of 30-40% upside in 6-9 months",
        "<Acme> Downgrades Outlook",
        "<Acme> raises guidance, target price up",
    ],
)
def test_whom_it_is_about_is_no_source(text: str) -> None:
    assert not told(text)


@pytest.mark.parametrize(
    "text",
    [
        "据<中信证券>研报，锂价将反弹",
        "据<中信证券>研报，公司盈利能力稳健",
        "根据<高盛>的最新报告，油价将走高",
        "据<路透社>报道，特斯拉将裁员",
        "据<彭博>称，苹果推迟发布",
        "援引<高盛>分析师，铜价见顶",
        "<中金公司>认为，降息仍可期",
        "<中金>公司表示，美股估值偏高",
        "<高盛>指出，黄金仍有上涨空间",
        "<高盛>称OPEC望达成冻产协议  效果或适得其反",
        "<高盛>认为美元有接近“混乱顶部”的风险",
        "<高盛>现预计美联储将在7月和9月降息",
        "<摩根大通>预测下半年并购市场仍将活跃",
        "<高盛>分析师：宁德时代被低估",
        "<高盛>王牌策略师警告：美股可能在美国大选前大跌",
        "<摩根士丹利>首席利率策略分析师：全球量化宽松已终结",
        "<巴克莱>分析师：今秋新iPhone外观设计与2018年款非常相似",
        "<中信证券>电子组首席分析师谈华为：全面国产化替代是不得已的艰苦命题",
        "<高盛>：股市没有那么脆弱  美债收益率4%才可怕",
        "<中金>：特斯拉本土化利好自主零部件供应商",
        "<东吴证券>：{哔哩哔哩}(BILI.US)用户数量+活跃度同步提升  收入结构趋向多元化",
        "<瑞银>：{宁德时代}业绩超预期",
        "<高盛>上调{宁德时代}目标价",
        "<高盛>下调欧洲股市预期",
        "<高盛>将{宁德时代}目标价上调至300元",
        "<高盛>維持{寧德時代}「買入」評級",
        "<花旗>给予买入评级的五只互联网股票",
        "<高盛>(GS.US)首予{宁德时代}中性评级",
        "获<高盛>上调评级和目标价  永利度假村(WYNN.US)盘初涨超3%",
        "{宁德时代}遭<大摩>下调评级",
        "乐信(LX)涨超6%  <高盛>等6大投行给出“买入”评级",
        "2018年A股走势会如何？<瑞银>称两大板块或表现最好",
        "特斯拉进入技术性熊市  <摩根大通>预测其今年股价将跌40%",
        "iPhone中国出货或连续五季度双位数下滑  <大摩>调低苹果股价",
        "油价将走高，<高盛>称",
        "<高盛>料美国额外失业救济金削半  经济增长放缓",
        "股市“腥风血雨”之后  <高盛>坚定唱多大宗商品！",
        "<高盛>大宗商品主管：油价不会回到每桶80美元的水平",
        "<摩根大通>顶级策略师称  客户正等待购买下跌的美股",
        "<摩根大通>表示  二季报财报季有望提振美股",
        "锂价反弹可期（来源：<中信证券>）",
        "锂价反弹可期——<中信证券>",
        "<中信证券>研报称，公司盈利能力稳健",
        "<宁德时代>表示{特斯拉}需求强劲",
    ],
)
def test_who_says_it_in_chinese_is_a_source(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text",
    [
        "<宁德时代>表示公司经营正常",
        "<宁德时代>：前三季度净利增50%",
        "<宁德时代>称将扩大产能",
        "<宁德时代>称{特斯拉}终止合作",
        "<宁德时代>预计全年净利增长",
        "<宁德时代>上调全年业绩指引",
        "<宁德时代>获高盛上调目标价",
        "<宁德时代>分析师会议纪要",
        "{高盛}上调<宁德时代>目标价",
        "{高盛}将<宁德时代>目标价上调至300元",
        "{高盛}：<宁德时代>业绩超预期",
        "据<宁德时代>公告，公司拟回购股份",
        "据<宁德时代>年报数据，利润增长",
        "据{中信证券}研报，<宁德时代>将受益",
        "<高盛>表示公司经营正常",
        "<高盛>称将裁员10%",
        "<高盛>首聘“四大”以外会计师事务所",
        "<高盛>一季度商品营收跳增48%",
        "<花旗>三季度每股收益达1.40美元  远超市场预期",
        "<花旗>(C)“吃”美国证监会1050万美元罚单",
        "<高盛>(GS.US)副总裁出售3165股高盛MLP收入机会基金股份",
        "<中金>宣布拟与腾讯成立合资技术公司",
        "<中泰证券>被立案调查",
        "<中信银行>：前三季度净利347.38亿  证金公司减持2972万股",
        "<中信建投>：仁东天津在公司两融金额不超过5000万",
        "{花旗}：维持<高盛>买入评级",
        "{高盛}上调<中信证券>评级至买入",
        "传<高盛>及摩通加入美国新交易所MEMX新一轮融资",
        "索罗斯Q3清仓美国银行、<高盛>，建仓迪士尼",
        "两家券商前三季度净利润超65亿元  <华泰证券>有望夺冠",
        "<老虎证券>(TIGR.US)公布上市后首个财报  Q1营收同比增20.1%",
        "<贵州茅台>：拟派发现金红利",
    ],
)
def test_whom_it_is_about_in_chinese_is_no_source(text: str) -> None:
    assert not told(text)
