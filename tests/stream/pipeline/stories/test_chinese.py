"""Chinese: dress around a report changes nothing, and opposite reports stay apart; traditional is simplified."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stream.pipeline.documents.document import Document
from stream.pipeline.stories.memory import StoryMemory
from stream.pipeline.stories.signature import signature_of
from stream.pipeline.stories.wording import bare_words

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
REPORT = "恒大集团未能偿还到期债务，境外债券正式违约"
DRESSED = [
    f"{REPORT}。",
    f"快讯：{REPORT}",
    f"【快讯】{REPORT}",
    f"【恒大违约】{REPORT}",
    f"财联社11月28日电，{REPORT}",
    f"财联社11月28日讯，{REPORT}",
    f"新华社香港11月28日电（记者 张三）{REPORT}",
    f"中新网11月28日电 {REPORT}",
    f"新浪财经讯 {REPORT}",
    f"证券时报网讯，{REPORT}",
    f"证券时报e公司讯，{REPORT}",
    f"每经AI快讯，{REPORT}",
    f"格隆汇11月28日丨{REPORT}",
    f"智通财经APP获悉，{REPORT}",
    f"36氪获悉，{REPORT}",
    f"界面新闻获悉，{REPORT}",
    f"据新华社报道，{REPORT}",
    f"据彭博报道，{REPORT}",
    f"金十数据11月28日讯，{REPORT}",
    f"【环球网财经】{REPORT}",
    f"央视新闻消息，{REPORT}",
    f"路透11月28日 - {REPORT}",
    f"{REPORT}（来源：新浪财经）",
    f"{REPORT} 来源：财联社",
    f"{REPORT}（责任编辑：王五）",
    f"{REPORT}（财联社）",
    f"{REPORT}(文章来源：东方财富网)",
    f"{REPORT}--人民网",
    f"{REPORT}_网易财经",
    f"{REPORT} - 新浪网",
    f"#快讯# {REPORT}",
    f"#恒大# {REPORT}",
    f"{REPORT} #恒大 #违约",
    f"转发微博：{REPORT}",
    f"//@财经网:{REPORT}",
    f"转发：{REPORT}",
    f"{REPORT} 查看原文>>",
    f"{REPORT} 点击查看更多",
    f"{REPORT} 更多精彩请关注公众号",
    f"{REPORT}。本文不构成投资建议。",
    f"{REPORT}。风险提示：股市有风险，投资需谨慎",
    "恆大集團未能償還到期債務，境外債券正式違約",
    "恒大集團未能償還到期債務,境外債券正式違約",
    "恒大集团未能偿还到期债务 境外债券正式违约",
    "恒大集团未能偿还到期债务丨境外债券正式违约",
    f"独家|{REPORT}",
    f"独家：{REPORT}",
    f"突发！{REPORT}",
    f"重磅！{REPORT}",
    f"刚刚，{REPORT}",
    f"最新消息：{REPORT}",
    f"盘中速报：{REPORT}",
    f"[财联社]{REPORT}",
    f"（新浪财经）{REPORT}",
    f"早报：{REPORT}",
    f"公告精选：{REPORT}",
    f"界面快报 | {REPORT}",
    "恒大集团未能偿还到期债务、境外债券正式违约",
]
# Ten characters, of which the rest is too few for anything but the same words.
SHORT = "万科债券未能按期兑付"
AROUND_SHORT = [
    "（记者 张三）{}",
    "{}（记者 张三 李四）",
    "{}【完】",
    "{}（完）",
    "【财新网】（记者 王五）{}",
    "【原创】{}",
    "【转】{}",
    "转载：{}",
    "（转）{}",
    "{}（转载）",
    "{}（图）",
    "{}（附图）",
    "{}（更新版）",
    "【视频】{}",
    "视频｜{}",
    "{}-新华网",
    "{}——新华网",
    "来源：证券时报 {}",
    "{}（文章来源：财联社）",
    "{}（编辑：李雷）",
    "{}（责编：李雷、韩梅）",
    "原标题：{}",
    "{}（原标题：另一个题目很长）",
    "{}…全文",
    "{} ...展开",
    "🚨突发🚨{}",
    "突发 | {}",
    "刚刚！{}",
    "即時：{}",
    "【即時】{}",
    "「快讯」{}",
    "《快讯》{}",
    "彭博：{}",
    "路透社：{}",
    "据路透社报道，{}",
    "据悉，{}",
    "外电报道，{}",
    "市场消息：{}",
    "#万科# {}",
    "{} #A股#",
    "{} O网页链接",
    "{} L财联社的微博视频",
    "《經濟通通訊社28日專訊》{}",
    "【經濟日報專訊】{}",
    "信報財經新聞 {}",
    "{} - 香港经济日报",
    "（中央社記者張三台北28日電）{}",
    "（路透香港28日電）{}",
    "11月28日消息，{}",
    "每经记者 张三 每经编辑 李四\n{}",
    "本报记者 张三 北京报道\n{}",
    "21世纪经济报道记者张三 北京报道 {}",
    "澎湃新闻记者 张三\n{}",
    "华尔街见闻：{}",
    "{}（证券时报·e公司）",
    "e公司讯，{}",
    "中证智能财讯 {}",
    "人民财讯11月28日电，{}",
    "证券时报记者 张三 {}",
    "新浪科技讯 11月28日上午消息，{}",
    "IT之家 11 月 28 日消息，{}",
    "钛媒体App 11月28日消息，{}",
    "鞭牛士 11月28日消息，{}",
    "金吾财讯 | {}",
    "【大河财立方消息】{}",
    "《科创板日报》28日讯，{}",
    "蓝鲸新闻11月28日讯，{}",
    "界面新闻快讯：{}",
]
# What both say, long enough that a tenth of the words may be edited: the rest still tells them apart.
SHARED = "，股价当日盘中一度临时停牌，分析人士指后续仍需观察监管部门表态与债权人反应以及同行的动向"
OPPOSITE_BEGINNINGS = [
    ("平安银行被罚5000万元", "兴业银行被罚5000万元"),
    ("建设银行行长接受调查", "农业银行行长接受调查"),
    ("比亚迪第三季度净利润增长", "特斯拉第三季度净利润增长"),
    ("标普下调碧桂园评级", "穆迪下调碧桂园评级"),
    ("沪指跌幅收窄", "沪指跌幅扩大"),
    ("宁德时代获买入评级", "宁德时代获卖出评级"),
    ("法院驳回万科清盘呈请", "法院颁令万科清盘呈请"),
    ("退市风险解除", "退市风险加剧"),
    ("格力业绩符合预期", "格力业绩不符合预期"),
    ("阿里巴巴三季度营收增长", "京东集团三季度营收增长"),
    ("碧桂园能够按期偿付利息", "碧桂园不能按期偿付利息"),
    ("滙控派息每股一毫", "滙控不派息每股一毫"),
    ("公司董事长失联", "公司董事长失联是假的"),
    ("招行遭储户挤兑", "招行没遭储户挤兑"),
]
OPPOSITES = [
    ("东方财富：三季度净利润下滑", "同花顺：三季度净利润下滑"),  # outlets, and listed companies
    ("人民网：前三季度亏损扩大", "新华网：前三季度亏损扩大"),
    ("比亚迪28日电动车销量创新高", "特斯拉28日电动车销量创新高"),
    ("视频平台宣布裁员三成", "游戏平台宣布裁员三成"),
    ("中国平安股价上涨百分之五", "中国平安股价下跌百分之五"),
    ("多家银行上调存款利率", "多家银行下调存款利率"),
    ("央行宣布加息二十五个基点", "央行宣布降息二十五个基点"),
    ("公司否认被立案调查", "公司被立案调查"),
    ("某公司债券违约", "某公司否认债券违约"),
    ("贵州茅台增持公司股份", "贵州茅台减持公司股份"),
    ("A股三大指数集体高开", "A股三大指数集体低开"),
    ("A股三大指数集体收涨", "A股三大指数集体收跌"),
    ("北向资金净流入50亿元", "北向资金净流出50亿元"),
    ("美联储鹰派表态引发市场波动", "美联储鸽派表态引发市场波动"),
    ("公司预计全年净利润增长", "公司预计全年净利润下降"),
    ("公司扭亏为盈 全年净利润", "公司由盈转亏 全年净利润"),
    ("证监会批准该公司上市申请", "证监会未批准该公司上市申请"),
    ("股东大会通过重组方案", "股东大会未通过重组方案"),
    ("深交所恢复其股票上市", "深交所终止其股票上市"),
    ("该股今日复牌 此前停牌三月", "该股今日停牌 此前复牌三月"),
    ("人民币中间价调升100点", "人民币中间价调降100点"),
    ("万科回应传闻：消息属实", "万科回应传闻：消息不属实"),
    ("碧桂园称债券如期兑付", "碧桂园称债券无法兑付"),
    ("工商银行净利润同比增长3%", "建设银行净利润同比增长3%"),
    ("*ST康美一季度亏损扩大", "*ST康得一季度亏损扩大"),
    ("沪指涨1.2%报3100点", "沪指跌1.2%报3100点"),
    ("沪指涨1.2%", "沪指涨1.5%"),
    ("9月CPI同比上涨2.1%", "10月CPI同比上涨2.1%"),
    ("8月31日原油期货价格表", "9月1日原油期货价格表"),
    ("三季报净利增一成", "三季报净利增两成"),
    ("标普上调万科评级", "标普下调万科评级"),
    ("万科债券获展期", "万科债券未获展期"),
    ("银行澄清无挤兑", "银行挤兑"),
    ("监管层称不会限制", "监管层称将会限制"),
    ("特斯拉上海工厂停产", "特斯拉上海工厂复产"),
    ("腾讯获准回购", "腾讯未获准回购"),
    ("苏宁易购第一大股东拟转让股份", "苏宁易购第二大股东拟转让股份"),
    ("该行不良率上升", "该行不良率下降"),
]
STYLES = [
    ("3%", "百分之三"),
    ("50亿元", "50億元"),
    ("5000万元", "5,000万元"),
    ("1.5万亿元", "15000亿元"),
    ("3千万元", "3000万元"),
    ("200亿美元", "200亿美金"),
    ("人民币50亿元", "50亿元"),
    ("50亿元人民币", "50亿元"),
]


def are_one(one: str, two: str) -> bool:
    """Whether the second text falls to the story of the first."""
    memory = StoryMemory()
    documents = [Document(id=str(at), source="rss/x", published_at=AT, text=text) for at, text in enumerate((one, two))]
    first, second = [memory.assign(signature_of(document)) for document in documents]
    return first == second


@pytest.mark.parametrize("dressed", DRESSED)
def test_dress_makes_no_other_story(dressed: str) -> None:
    assert are_one(REPORT, dressed)
    assert are_one(dressed, REPORT)


@pytest.mark.parametrize("dress", AROUND_SHORT)
def test_dress_makes_no_other_story_of_a_short_report(dress: str) -> None:
    assert are_one(SHORT, dress.format(SHORT))
    assert are_one(dress.format(SHORT), SHORT)


@pytest.mark.parametrize(("one", "other"), OPPOSITES)
def test_opposite_reports_stay_apart(one: str, other: str) -> None:
    assert not are_one(one, other)
    assert not are_one(other, one)


@pytest.mark.parametrize(("one", "other"), STYLES)
def test_house_style_is_one(one: str, other: str) -> None:
    text = "该公司公告称拟投资{}用于在苏州建设新的生产基地"
    assert are_one(text.format(one), text.format(other))


def test_other_amounts_are_other_stories() -> None:
    text = "该公司公告称拟投资{}用于在苏州建设新的生产基地"
    assert not are_one(text.format("50亿元"), text.format("5亿元"))


@pytest.mark.parametrize(("one", "other"), OPPOSITE_BEGINNINGS)
def test_a_word_replaced_or_denied_tells_long_reports_apart(one: str, other: str) -> None:
    assert not are_one(one + SHARED, other + SHARED)
    assert not are_one(SHARED[1:] + "。" + other, SHARED[1:] + "。" + one)
    assert are_one(one + SHARED, f"【快讯】{one}{SHARED}（责任编辑：王五）")


RUN = "晨川银行遭储户挤兑，多地网点排队"
DENIED_FIRST = """
谣言！{} 【谣言】{} 谣言|{} 假的！{} 假消息：{} 不属实！{} #谣言#{} #辟谣#{} #晨川银行辟谣#{} {}#谣言#
不实消息：{} 假新闻：{} 不实信息！{} 网传谣言：{} 这是谣言：{} 警惕谣言：{} 【网络谣言】{} 官方辟谣：{}
谣言粉碎机：{} 「谣言」{} 谣言丨{} {}（谣言）
"""
DENIED_BEHIND = """
纯属虚构 纯属捏造 系恶意造谣 是谣传 是误传 系误读 与事实不符 不符合事实 毫无根据 没有依据 查无此事 是乌龙
被证伪 系伪造 消息有误 传言无中生有 一事查无实据 系编造
"""
DENIED_BEFORE = "驳斥 反驳 谴责造谣 斥责传闻 否认有关传闻称 避免 免于 中止 暂缓 撤诉 排除"


@pytest.mark.parametrize("denial", DENIED_FIRST.split())
def test_a_label_before_or_behind_a_report_denies_it(denial: str) -> None:
    assert not are_one(RUN, denial.format(RUN))
    assert are_one(denial.format(RUN), f"【快讯】{denial.format(RUN)}")


@pytest.mark.parametrize("denial", [*DENIED_BEHIND.split(), "，公司：没有的事", "，公司斥为无稽之谈", "，公司：造谣"])
def test_a_denial_behind_a_report_in_ordinary_words(denial: str) -> None:
    text = "澜轨汽车资金链断裂申请破产重整"
    assert not are_one(text, text + denial)


@pytest.mark.parametrize("denial", DENIED_BEFORE.split())
def test_a_denial_before_the_verb_in_ordinary_words(denial: str) -> None:
    assert not are_one("澜轨汽车资金链断裂申请破产重整", f"澜轨汽车{denial}资金链断裂申请破产重整")


@pytest.mark.parametrize("words", ["市场传闻：{}", "网传：{}", "传言：{}", "公司并根据规定称{}", "#晨川银行#{}"])
def test_a_rumour_or_a_tag_denies_nothing(words: str) -> None:
    assert are_one(RUN, words.format(RUN))


@pytest.mark.parametrize(
    ("one", "other"),
    [("1,500人", "1500人"), ("3.0%", "3%"), ("15.00%", "15%"), ("5,000元", "5000元"), ("1,688.00元", "1688元"),
     ("18,000.5点", "18000.5点"), ("400亿人民币", "RMB400亿"), ("400亿人民币", "400亿元"), ("25bp", "25bps"),
     ("25个基点", "25BP"), ("0.5个百分点", "50个基点"), ("一季度", "Q1"), ("第三季度", "Q3"), ("2季度", "二季度")],
)  # fmt: skip
def test_an_amount_directly_behind_han_has_one_form(one: str, other: str) -> None:
    text = "公司今年公布的数字为{}超出了此前市场的预期"
    assert bare_words(text.format(one)) == bare_words(text.format(other))


@pytest.mark.parametrize("text", ["前三季度", "二、三季度", "三四季度"])
def test_several_quarters_are_not_one(text: str) -> None:
    assert not {"q3", "q4"} & set(bare_words(f"公司{text}净利润增长"))


def test_signs_behind_han() -> None:
    text = "纳指期货{}报15000点开盘后走势平稳"
    assert not are_one(text.format("+1.2%"), text.format("-1.2%"))
    assert are_one(text.format("1.2%"), text.format("-1.2%"))


RUMOUR = "汀泽银行已经资不抵债，今晚就要停止取款，大家赶紧去取钱"
DENIED_APART = """
谣言 不实 假的 假消息 不属实 子虚乌有 辟谣 无稽之谈 这是谣言 以上消息不实 该消息不实 官方：谣言
公司否认 误传 别信 请勿轻信
请勿传谣 请大家不信谣不传谣 不可信 警方通报：造谣者被拘 造谣者已被行政拘留 系旧闻 系P图
图片系AI生成 谣言！请勿传播 谣言！谣言 胡说八道
辟谣来了 两人因造谣被拘
"""
DENIED_IN_FRONT = """
别信！{} 别传了！{} 误传：{} 男子编造{}被拘 男子散布“{}”被拘 关于网传“{}”的说明 【求证】{}
"""
NO_DENIALS = """
特别信托计划 个别信用债 级别信息 请勿外传 内部消息，别传出去 公司称合成材料涨价 系统升级 旧图书馆
为AI生成内容平台供货 求证过程 真相如何
取款凭证可信 银行可信度 转发 大家请注意 不传统的做法 网点散布全国 关于网传视频 造谣者 区别信号
"""


@pytest.mark.parametrize("end", ["", "。", "！", "？！"])
@pytest.mark.parametrize("sign", "。！？…， ")
def test_a_denial_in_a_sentence_of_its_own_denies_the_one_before(sign: str, end: str) -> None:
    joined = [denial for denial in DENIED_APART.split() if are_one(RUMOUR, RUMOUR + sign + denial + end)]
    assert not joined
    denial = f"{RUMOUR}{sign}谣言{end}"
    assert are_one(denial, f"【快讯】{denial}")


@pytest.mark.parametrize("denial", DENIED_IN_FRONT.split())
def test_who_warns_or_made_it_up_comes_first(denial: str) -> None:
    assert not are_one(RUMOUR, denial.format(RUMOUR))


def test_words_that_only_look_like_a_denial_deny_nothing() -> None:
    apart = [words for words in NO_DENIALS.split() if not are_one(RUMOUR, f"{RUMOUR}。{words}")]
    assert not apart


def test_a_denial_of_its_own_subject_leaves_the_sentence_before() -> None:
    assert bare_words("晨川银行遭挤兑。澜轨汽车破产系谣言。")[:7] == list("晨川银行遭挤兑")
    assert bare_words("晨川银行遭挤兑。公司否认。澜轨汽车破产")[-6:] == list("澜轨汽车破产")


AMOUNTS_IN_ONE = """
35% 百分之35 35.0%
1.2亿美元 US$1.2亿 1.2亿USD USD1.2亿 1.2亿美金 120,000,000美元
1.2亿港元 HK$1.2亿 1.2亿港币 1.2亿元港币 港币1.2亿
1.2亿欧元 €1.2亿 EUR1.2亿
1.2亿元 ￥1.2亿 ￥1.2亿元 120,000,000元 120000000元 RMB1.2亿 12000万元
10亿元 10个亿
15000元 1.5万元 15,000.00元
"""
AMOUNTS_APART = """
1.2亿美元|1.2亿港元 US$1.2亿|HK$1.2亿 ￥1.2亿|1.2亿美元 €1.2亿|1.2亿美元 1.2亿元|12亿元 120000000元|12000000元
10个亿|10个亿元村 百分之35|百分之36 百分之35|35个百分点 百分之35|35元 £1.2亿|€1.2亿 1.2亿日元|1.2亿元
1.2亿日元|1.2亿美元 10亿元|10亿美元 15000元|15000股 15000元|1500元 120,000,000元|120,000元 NT$1.2亿|US$1.2亿
HK$1.2亿|￥1.2亿 1.2亿USD|1.2亿HKD 10个亿|10个百亿 百分之3.5|百分之35 12000元|1.2亿元 120000000港元|1.2亿元
"""
LOSS = "盐湖股份前三季度亏损扩大{}，机构下调评级并提示风险"


@pytest.mark.parametrize("amounts", AMOUNTS_IN_ONE.strip().split("\n"))
def test_an_amount_of_chinese_papers_has_one_form(amounts: str) -> None:
    texts = [LOSS.format(amount) for amount in amounts.split()]
    assert all(are_one(one, other) for one in texts for other in texts)


@pytest.mark.parametrize("pair", AMOUNTS_APART.split())
def test_other_money_or_another_count_is_another_story(pair: str) -> None:
    one, other = (LOSS.format(amount) for amount in pair.split("|"))
    assert not are_one(one, other)
    assert not are_one(other, one)


def test_a_yen_sign_in_a_text_of_japan_is_no_yuan() -> None:
    text = "日本央行称三季度亏损扩大{}，机构下调评级并提示风险"
    assert are_one(text.format("¥1.2亿"), text.format("1.2亿日元"))
    assert not are_one(text.format("¥1.2亿"), text.format("1.2亿元"))


CODES_IN_ONE = [
    ("腾讯控股{}前三季度净利润大幅下滑不及预期",
     "（00700.HK） （00700） （00700-HK） (0700.HK) (0700) (700.HK) (HK00700) (HK:00700) (HK.00700) "
     "（港股00700） 【0700】 (00700,HK)"),
    ("盐湖股份{}因涉嫌信披违规被证监会立案调查",
     "（SZ000792） (sz000792) (SZ:000792) (000792.XSHE) (000792.SZ) （000792） (000792,SZ) [000792] "
     "(000792.SZ,股吧) (深000792)"),
    ("贵州茅台{}前三季度净利润大幅下滑不及预期",
     "(600519.SH) (600519.SS) (SH600519) (600519,股吧) (600519.XSHG) （沪：600519）"),
]  # fmt: skip
CODES_APART = """
00700.HK|09988.HK 0700|0770 HK00700|HK00701 601318.SH|02318.HK 601318|02318 SZ000792|SZ000793 000001.SH|000001.SZ
SH000001|SZ000001 2330.TW|2330.HK HK02318|601318.SH 000792.SZ|600792.SH 688981.SH|00981.HK SZ000002|HK00002
000700.SZ|00700.HK 港股00700|港股00070 00700-HK|07000-HK 0005.HK|0050.HK
600519.SS|600518.SS (000792,股吧)|(000793,股吧) 沪600519|深000519
"""


@pytest.mark.parametrize(("text", "codes"), CODES_IN_ONE)
def test_a_code_in_brackets_is_one_in_all_its_forms(text: str, codes: str) -> None:
    texts = [text.format(code) for code in ["", *codes.split()]]
    assert not [(one, other) for one in texts for other in texts if not are_one(one, other)]


@pytest.mark.parametrize("pair", CODES_APART.split())
def test_another_code_is_another_story(pair: str) -> None:
    one, other = (f"该公司({code})前三季度净利润大幅下滑不及预期" for code in pair.split("|"))
    assert not are_one(one, other)
    assert not are_one(other, one)
