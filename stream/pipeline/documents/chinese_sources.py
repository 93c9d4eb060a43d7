"""Whether a Chinese text tells of a name as who says something, as :mod:`stream.pipeline.documents.sources` does. Pure.

The forms were read in Chinese headlines of 2016 to 2021. The headlines of a house that publishes research begin with
its name and a colon, or a verb of saying. A company that is no such house speaks of itself so, and stays whom the text
is about, unless the next words are another name: hence the list of houses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.cleaning.han import simplified

_HOUSE = re.compile(
    r"(?:[\u4e00-\u9fff]{1,6}证券|高盛|摩根大通|摩根士丹利|[大小]摩|摩通|瑞[银信穗]|花旗|野村|美银(?:美林)?|巴克莱|德银|"
    r"汇丰|里昂|麦格理|杰富瑞|富瑞|大和|星展|渣打|法[兴巴]|伯恩斯坦|中金|中信建投|申万宏源|国泰(?:君安|海通)|"
    r"(?:中银|交银|招银|建银)国际|惠誉|穆迪|标普|晨星|goldman(?: sachs)?|j\.?p\.? ?morgan|morgan stanley|ubs|citi|hsbc|"
    r"nomura|barclays|jefferies|macquarie|wedbush|bernstein)(?:公司|集团|证券|银行|国际|全球)?",
    re.IGNORECASE,
)
# What belongs to a name and may stand behind the words that were found: "中金公司", "高盛(GS.US)", "高盛等6家投行".
_REST = r"(?:公司|集团|证券|银行)?(?:[(（][\w.: ]{1,12}[)）])?"
_AND = r"(?:[、和及与][\w]{2,6}){0,3}(?:等\d*[\u4e00-\u9fff]{0,3}(?:投行|机构|券商))?"
_SAY = (
    r"(?:认为|表示|称|指出|预计|预期|预测|预言|预警|"
    r"警告|提醒|强调|直言|建议|推荐|料|直呼|点评|看好|看[多空涨跌]|唱[多空衰好])"
)
_PEOPLE = (
    r"(?:分析师|分析员|策略师|经济学家|研究员|研究团队|研究部|研究所|(?<=商品|策略)主管|投研团队)"
    r"(?!会议|大会|日|预期|电话)"
)
_KIND = (
    r"(?:首席|资深|王牌|明星|顶级|新任|高级|知名|全球|利率|股票|市场|宏观|策略|经济|货币|外汇|大宗商品|"
    r"[\u4e00-\u9fff]{1,4}组)"
)
_REPORT = (
    r"(?:(?:最新)?(?:研报|研究报告|研究|报告|分析|测算|统计|数据|预测|观点|消息)|称|表示|指出|认为|报道|援引|预计)"
)
_CHANGE = r"(?:上调|下调|调[高低升降]|升|降|维持|重申|给予|首予|给出|授予|首次覆盖|恢复|予)"
_RATING = r"(?:目标价|评级|[“\"‘「]?(?:买入|增持|减持|中性|持有|卖出|跑赢|跑输|优于大市|推荐)[”\"’」]?)"
_CLAUSE = re.compile(r"(?:^|[，,；;：:！!？?。、…\s“\"「【】|｜])$")

OPENING = ' \n【[“"「'  # signs with which a headline may open

_FROM = re.compile(r"(?:根据|依据|援引|引述|引用|据)(?:外媒|媒体|券商|投行)?$")
_FROM_REPORT = re.compile(rf"^{_REST}(?:{_KIND}{{0,3}}{_PEOPLE}|[^，,。：:]{{0,6}}?{_REPORT})")
_OF_OTHERS = "报道", "援引", "报告"  # what the press and research do: none of them reports of itself
_ORIGIN = re.compile(r"(?:来源|出处|来自|文)\s*[:：/]\s*$")
# Staff that speaks: "分析师被捕" is told of the house.
_STAFF = re.compile(rf"^{_REST}(?:的)?{_KIND}{{0,4}}{_PEOPLE}[^，,。；;：:]{{0,16}}?(?:{_SAY}|谈|解读|[：:])")
_RATED_BY = re.compile(rf"(?:获|遭|被)$|(?:获|遭|被)[\w、]{{2,12}}[、和及与]$|{_CHANGE}.{{0,12}}[—-]+\s*$")
_RATES = re.compile(
    rf"^{_REST}{_AND}\s?(?:再度|再次|大幅|均|也|又)?(?:{_CHANGE}[^，,；;。\s]{{0,24}}?{_RATING}|"
    rf"(?:将|把|对)[^，,；;。]{{1,24}}?{_RATING})"
)
_HOUSE_SAYS = re.compile(
    rf"^{_REST}{_AND}(?:最新|现|仍|也|均|日前|再次|坚定|前瞻|调查|(?:发布?|最新)?(?:研报|研究报告|报告))?"
    rf"(?:{_SAY}|[:：]|{_CHANGE}|(?<=研报)|(?<=报告))"
)
_REPORTED = re.compile(rf"^{_REST}(?:发布?|最新|\d+月\d+日)*(?:研报|研究报告)")
_LAST = re.compile(rf"^{_REST}(?:如是)?{_SAY}[\s。.!！”\"]*$")
_SIGN = re.compile(r"(?:—|–| - |｜|\|)\s*$")
_TELLS = re.compile(rf"^{_REST}{_SAY}[,，:：“\"]?\s?$")
# A market, a branch of trade, or how those speak who rate: what is bad there is not the house's own trouble.
_MARKETS = re.compile(
    r"[美A港欧日德英]股|股市|大盘|市场|指数|标普|纳指|道指|恒指|板块|行业|产业|经济|通胀|衰退|加息|降息|利率|央行|美联储|汇率|"
    r"美元|欧元|英镑|日元|人民币|澳元|国债|债市|油价|原油|黄金|金价|铜价|锂价|大宗商品|比特币|房地产|楼市|新兴|企业|美国|欧洲|日本|全球|"
    r"(?:维持|给予|首予|上调|下调)[^，,。：:]{0,8}评级|目标价|估值|景气|龙头"
)
# What happens to a firm; "被" only where nothing stands before it: "高盛：美元被高估" is of the dollar.
_TROUBLE = re.compile(
    r"^[，,]其|^[\s，,“\"]*(?:已|昨日|今日|此前|日前|将|或)?(?:遭|被|受罚)|故障|宕机|瘫痪|黑客|勒索|外泄|泄露|泄漏|被盗|失窃|遭抢|失联|"
    r"被[捕抓查拘判罚抢]|被带走|罚款|罚单|留置|爆仓|爆雷|违约(?![率风潮上])|亏损|净亏|造假|挪用|诈骗|欺诈|认罪|辞职|离职|挤兑|坏账|储户|存款|提款|取款|"
    r"破产|停业|停产|停工|召回|停职|裁撤|停牌|退市|冻结|质押|警示函|谴责|兑付|赔偿|资金链|崩溃|巨亏|双规|获刑|总裁|总经理|行长|开户|自营|主体(?:信用)?评级|保荐|收到|终止|"
    r"^[^，,。；;]{0,8}交易员"
)
# A firm that speaks of itself, and what it has with the other.
_ITSELF = re.compile(
    r"公司|集团|我们|我司|自身|旗下|本行|该行|拟|净利|营收|收入|业绩|利润|裁员|分红|派息|回购|募资|配股|员工|高管|董事|"
    r"费率|佣金|客户|公告|财报(?!季)|年报|立案|处罚|诉讼|起诉|传闻|不实|澄清|子公司|会计"
)
# What else firms file, all of it of themselves.
_FILED = re.compile(
    r"中标|签订|订单|补助|获批|获得|投产|专利|摘帽|[ＳSs＊*]T|股东|增持|减持|解禁|停牌|复牌|上市|聘任|变更|披露"
)
_BETWEEN = re.compile(r"本公司|我们|我司|与其|合作|签署|收购|入股|持股|起诉|诉讼|订单|供应商|供货|终止|解约|谈判|合资")
_DISCLOSED = re.compile(rf"^{_REST}[^，,。:：\s]{{0,8}}?(?:公告|财报|年报|季报|披露|招股|官网|官微)")


def is_chinese_source(before: str, name: str, after: str, others: Sequence[int] = ()) -> bool:
    """Whether ``name`` is who says something, where Chinese stands around it.

    Args:
        before: its sentence up to it.
        name: as it stands there.
        after: the rest of its sentence.
        others: places of other names, in ``after``.

    >>> is_chinese_source("", "高盛", "上调宁德时代目标价"), is_chinese_source("", "宁德时代", "表示公司经营正常")
    (True, False)
    """
    before, name, after = simplified(before), simplified(name), simplified(after)
    if _DISCLOSED.match(after):
        return False
    if _ORIGIN.search(before) or _STAFF.match(after):
        return True
    if _FROM.search(before) and (told := _FROM_REPORT.match(after)):
        own = not told[0].endswith(_OF_OTHERS) and _is_of_itself(after[told.end() :], opens=True)
        return not own or bool(_HOUSE.fullmatch(name))
    if _RATED_BY.search(before) and re.match(rf"{_REST}{_AND}.{{0,4}}?{_CHANGE}", after):
        return True
    if before.strip() and not after.strip(' 。.”"') and _SIGN.search(before):
        return bool(_HOUSE.fullmatch(name))
    return bool(_CLAUSE.search(before)) and _opens_call(before, name, after, others)


def _opens_call(before: str, name: str, after: str, others: Sequence[int]) -> bool:
    """Whether a name with which a clause begins speaks of others."""
    if (rates := _RATES.match(after)) and not re.search("公司|自身|旗下", rates.group()):
        return True
    if any(at > 0 and _TELLS.match(after[:at]) for at in others):
        return not _BETWEEN.search(after)
    if not _HOUSE.fullmatch(name):
        return False
    if _REPORTED.match(after) or (before.strip() and _LAST.match(after)):
        return True
    said = _HOUSE_SAYS.match(after)
    if said is None:
        return False
    if any(at >= said.end() for at in others):
        return not _BETWEEN.search(after, said.end())
    return not _is_of_itself(after[said.end() :], opens=not before.strip(OPENING))


def _is_of_itself(said: str, opens: bool) -> bool:
    """Whether what a firm says is of itself; the trouble is another's where it does not open the text."""
    return bool(_ITSELF.search(said) or (opens and _TROUBLE.search(said) and not _MARKETS.search(said)))


def tells_of_filing(name: str, said: str) -> bool:
    """Whether the words behind a firm's name and a colon are those of a filing, and of no market.

    Of a house, which speaks of others' results, too, it is so where they tell of its trouble.

    >>> tells_of_filing("碧桂园", "董事长被留置"), tells_of_filing("碧桂园", "美股将反弹")
    (True, False)
    """
    name, said = simplified(name), simplified(said)
    own = (_TROUBLE,) if _HOUSE.fullmatch(name) else (_TROUBLE, _ITSELF, _FILED)
    return any(one.search(said) for one in own) and not _MARKETS.search(said)
