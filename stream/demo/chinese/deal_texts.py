"""Wordings about deals, people, courts and shares."""

from __future__ import annotations

from stream.demo.wording import Wording

DEAL_TEXTS = {
    "IPO": Wording(
        weight=3,
        down=0.2,
        up=0.22,
        social=0.4,
        bad=(
            "{target}[搁置|推迟|撤回]IPO，[市场低迷|需求不足|认购冷清]",
            "{target}上市首日[破发|大跌]{bigpct}",
            "{target}[下调|大幅下调]IPO定价区间至{price}，[认购冷清|投资者不买账|亏损拖累]",
            "IPO市场遇冷，[亏损|波动]吓退投资者，{target}被迫推迟上市",
        ),
        plain=(
            "{target}递交[招股书|上市申请]，[募资规模未定|拟募资{million}]",
            "{target}IPO申请获受理，[保荐机构为{broker}|拟募资{million}]",
            "{target}考虑[明年|{year}年]在[{place}|香港|纽约]上市，消息人士称",
            "{target}[确定|公布]发行价{price}，[发行{count}万股|募资{million}]",
            "{target}[周一|周二|周四]启动网上申购，发行价{price}",
        ),
        good=(
            "{target}上市首日[大涨|飙升]{bigpct}，募资{million}",
            "{target}IPO[获超额认购{few}倍|认购火爆]，以上限{price}定价",
            "{target}首发过会，[认购需求强劲|投资者踊跃]，拟募资{million}",
        ),
    ),
    "Legal | Regulation": Wording(
        weight=5,
        down=0.15,
        up=0.12,
        social=0.4,
        bad=(
            "{company}被起诉，因[产品缺陷|拖欠工资|虚假陈述|污染环境]，[遭索赔|面临赔偿]{million}",
            "{company}因[信披违规|误导投资者|安全事故|数据泄露]被罚{million}",
            "{company}遭[投资者|股东]集体诉讼，[损失惨重|索赔{million}]",
            "{company}[专利案|反垄断案|税务案]败诉，[须赔偿|恐赔偿]{million}",
            "{company}涉嫌[财务造假|商业贿赂|内幕交易]被立案调查",
        ),
        plain=(
            "{company}与{target}就专利[授权|许可]进入仲裁程序",
            "{place}[监管机构|竞争主管部门]就{sector}行业[收费规则|并购规则]征求意见",
            "{company}[专利|合同]案[定于{few}日开庭|开庭时间确定]",
            "{target}诉{company}案[开庭审理|择期宣判|休庭]",
            "{place}议员[讨论|公布][{sector}数据|加密资产|支付]法案草案",
            "{company}收到交易所问询函，[要求说明{quarter}收入构成|须在{few}日内回复]",
        ),
        good=(
            "{company}[专利案|商标案|税务案]胜诉，获赔{million}",
            "{company}与{target}达成和解，[股价上涨|诉讼利空出尽]",
            "法院驳回针对{company}的[集体诉讼|指控]，[公司股价上涨|利好公司]",
            "监管机构批准{company}[申请|方案]，[为扩张扫清障碍|利好增长]",
        ),
    ),
    "M&A | Investments": Wording(
        weight=5,
        down=0.15,
        up=0.25,
        social=0.4,
        bad=(
            "{company}终止收购{target}，[利润下滑|市场低迷|亏损扩大]",
            "{company}亏本出售{target}股权，损失{million}",
            "{company}与{target}的合并[告吹|失败]，[监管担忧|销售下滑|市场疲弱]",
        ),
        plain=(
            "{company}向{target}投资{million}，[获一个董事会席位|与{bank}同为股东]",
            "{company}收购{target}，交易条款未披露",
            "{company}拟以{million}向{target}出售{place}业务",
            "{company}[据悉正|正]就收购{target}进行谈判",
            "{target}披露持有{company}{pct}股份",
            "{bank}[入股|参股]{target}，[持股比例未披露|持股{pct}]",
            "{company}完成对{target}的收购",
        ),
        good=(
            "{company}[拟收购|宣布收购]{target}，[助力增长|增厚业绩]",
            "{company}增持{target}{pct}股份，[看好增长前景|提振利润]",
            "{target}获{company}收购要约，股价[大涨|飙升]{bigpct}",
        ),
    ),
    "Personnel Change": Wording(
        weight=4,
        down=0.17,
        up=0.12,
        social=0.3,
        bad=(
            "{company}[财务总监|销售负责人|首席运营官]{person}离职，亏损扩大，今年第[二|三|四]位高管出走",
            "{company}[董事长|总经理]{person}因[亏损扩大|股价大跌|业绩下滑]被解职",
            "{company}[董事长|实控人]{person}被[立案调查|采取强制措施|留置]，股价大跌",
        ),
        plain=(
            "{company}[聘任|任命]{person}为[财务总监|总经理|董事会秘书|首席营销官]",
            "{company}选举{person}为[独立董事|监事会主席|职工代表董事]",
            "{person}加入{company}董事会",
            "{company}[财务总监|副总经理|首席运营官]{person}[任期届满离任|因个人原因辞任|年底退休]",
            "{bank}从{broker}聘请{person}[主管{sector}业务|主管财富管理]",
            "{company}任命{person}为[高级副总裁|首席技术官|{place}区负责人]",
        ),
        good=(
            "{person}加盟{company}，[助力业务高速增长|公司业绩创新高]",
            "{person}出任{company}[总经理|财务总监]，股价[上涨|大涨]{pct}",
            "{company}业绩[创新高|强劲增长]，{person}升任[总裁|首席执行官]",
        ),
    ),
    "Stock Commentary": Wording(
        weight=8,
        down=0.23,
        up=0.3,
        social=0.95,
        bad=(
            "{ticker} 跌破[{few}0日线|{price}]，[走势太弱|还要往下|下跌趋势没完]",
            "{ticker} 形态[走坏|太难看|很弱]，[止损出局|亏钱走人|下看{price}]",
            "{ticker} [又跌了|继续阴跌]，[空头占优|垃圾股|套牢了]，[跌破{price}|收在{few}0日线下]",
            "{ticker} [反弹无力|假突破]，[下跌趋势|看空]，[跌破{price}就割肉|还会新低]",
            "{company}[增长见顶，建议回避|估值过高，建议卖出|下行风险未尽]",
        ),
        plain=(
            "{ticker} [盯着|观察]{price}这个位置，[空仓等待|暂时不动|先看看]",
            "{ticker} {few}日图，[关注|留意]{price}附近",
            "{ticker} [{price}建仓|{price}换了点仓位|{price}做了个T]，[下周再看|拿着看财报]",
            "{company}[估值合理，持有|再梳理：市场在定价什么|基本面简析]",
            "[今天|明天|本周]自选股：{ticker}、{target}、{bank}",
            "[有人|还有谁]拿着 {ticker} [过周末|等财报]吗？",
        ),
        good=(
            "{ticker} 放量突破{price}，[走势强劲|上升趋势完好|看高一线]",
            "{company}[估值低、增长快，强烈看好|业绩拐点已到，强烈推荐|被低估的成长股，买入]",
            "{ticker} [{price}加仓|低吸了]，[底部扎实|低点抬高]，目标{price}，[稳了|看涨]",
            "{ticker} [强势|看多]，[站上{price}|多头控盘]，[爱了|还要涨]",
        ),
    ),
    "Stock Movement": Wording(
        weight=6,
        down=0.38,
        up=0.5,
        social=0.5,
        bad=(
            "{company}[股价|]跌{pct}，[指引疲弱|遭下调评级|业绩不及预期|业绩预警]",
            "{company}[盘前|盘中|午后][下跌|走低|跳水]{pct}，[遭{broker}下调评级|展望疲弱]",
            "{company}股价[大跌|下挫]{pct}，[下调指引|产品召回|销售疲软]",
            "{ticker} [跌{pct}|闪崩{pct}|低开低走{pct}]，[业绩拉胯|利空|销售太差]",
            "{company}[跌停|盘中跌停]，[业绩变脸|股东减持|销售下滑]",
        ),
        plain=(
            "{company}股价[基本持平|平开|与昨收持平]，[将于本周公布业绩|等待财报]",
            "{company}[今起停牌|股票停牌]，[筹划重大事项|待披露公告]",
            "{company}股票[今日|明日|周一]复牌",
        ),
        good=(
            "{company}[股价|]涨{pct}，[上调指引|获上调评级|业绩超预期|销售强劲]",
            "{company}[盘前|盘中|午后][上涨|走高|拉升]{pct}，[获{broker}上调评级|展望强劲]",
            "{company}股价[大涨|走强]{pct}，[业绩超预期|上调指引|拿下大单]",
            "{ticker} [涨{pct}|高开高走{pct}|拉升{pct}]，[收购传闻|业绩亮眼]",
            "{company}[涨停|强势涨停]，[业绩大增|中标大单]",
        ),
    ),
}
