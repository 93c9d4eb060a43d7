"""Newspapers, agencies and sites, whose names stand behind headlines and in datelines. Pure.

What stands behind a dash or a bar is as often the company that the headline is about: "Profit warning - Deutsche Bank".
So only a name of this list counts as the outlet's, one whose last word says that it is a paper, or the document's own
source. Put together in November 2026.
"""

from __future__ import annotations

import re
from functools import lru_cache

from models.cleaning.han import simplified

_OUTLETS = """
ABC News|AFP|Agence France-Presse|Al Jazeera|AlphaStreet|Ambito|ANSA|AP|AP News|Arab News|Ars Technica|Associated Press|
Axios|Barron's|BBC|BBC News|Benzinga|Bitcoin Magazine|Bitcoinist|Bloomberg|Bloomberg.com|Bloomberg Law|Bloomberg News|
Bloomberg Opinion|Bloomberg Quint|BNN Bloomberg|Bizjournals|Briefing.com|Business Insider|Business Line|
Business Recorder|Business Standard|Business Today|Business Wire|BusinessWire|Caixin|Caixin Global|CBC|CBS News|
China Daily|CNA|CNBC|CNBC-TV18|CNN|CNN Business|CNN Money|CNET|CoinDesk|Cointelegraph|CoinTelegraph|CryptoSlate|
CryptoNews|Crain's|Decrypt|Deutsche Welle|Digiday|dpa|dpa-AFX|Dow Jones|Dow Jones Newswires|DW|EFE|El Pais|Electrek|
Engadget|ET Now|Euronews|European Supermarket Magazine|FactSet|Fast Company|Financial Express|Financial News|
Financial Post|Financial Times|Firstpost|Forbes|Forbes India|Fortune|Fox Business|Fox News|
Fool.com|FT|FT.com|GlobeNewswire|Globe Newswire|GuruFocus|Handelsblatt|Hindustan Times|Hindu BusinessLine|ICIS|
IndustryWeek|Inc.|India Today|Insider|InsideEVs|Insider Monkey|Investing.com|InvestorPlace|Investopedia|
Investor's Business Daily|Investors Business Daily|Investegate|Jiji|Jiji Press|Kitco|Kitco News|Kyodo|Kyodo News|
Le Figaro|Le Monde|Les Echos|LiveMint|London South East|Marketscreener|MarketScreener|MarketWatch|Markets Insider|
Mint|Mining.com|Moneycontrol|Money Control|MoneyWeek|Morningstar|Motley Fool|The Motley Fool|MSN|MSNBC|MT Newswires|
Nasdaq.com|National Post|NBC News|NDTV|NDTV Profit|NewsBTC|Newsweek|Nikkei|Nikkei Asia|Nikkei Asian Review|NPR|
NY Times|NYT|Observer|Oilprice.com|OilPrice.com|PA|PA Media|PitchBook|Politico|POLITICO|PR Newswire|PRNewswire|
Proactive|Proactive Investors|Project Syndicate|PTI|PYMNTS|PYMNTS.com|Quartz|Recode|Regulatory News Service|Reuters|
Reuters.com|Reuters UK|Reuters India|RFI|RNS|RTE|RTTNews|RTT News|S&P Global Market Intelligence|SCMP|Seeking Alpha|
Semafor|ShareCast|Sharecast|Sharecast News|Simply Wall St|Sky News|Skift|Slate|Spiegel|Der Spiegel|Stat News|STAT|
StockNews|StockTwits|Stocktwits|TASS|TechCrunch|Techmeme|The Athletic|The Atlantic|The Block|The Conversation|
The Economist|The Edge|The Globe and Mail|The Guardian|The Hill|The Hindu|The Independent|The Information|
The Register|The Telegraph|The Verge|The Washington Post|Washington Post|The New York Post|New York Post|
The Business Post|The Jakarta Post|The Korea Post|South China Morning Post|Bangkok Post|Huffington Post|HuffPost|
TheStreet|The Street|TheStreet.com|This is Money|TipRanks|Unchained|UPI|USA Today|Vox|Value Walk|ValueWalk|Wired|WIRED|
Wall Street Journal|WSJ|WSJ.com|Xinhua|Yahoo Finance|Yahoo! Finance|Yahoo News|Yicai|Yicai Global|Yonhap|Zacks|
Zacks.com|Zacks Investment Research|ZDNet|ZeroHedge|Zero Hedge|24/7 Wall St.|Die Zeit|Die Welt|Frankfurter Allgemeine|
FAZ|NZZ|Il Sole 24 Ore|Expansion|
财联社|新华社|中新社|中新网|新浪财经|新浪网|腾讯财经|网易财经|凤凰财经|搜狐财经|东方财富|东方财富网|同花顺|
证券时报|证券时报网|上海证券报|中国证券报|证券日报|证券日报网|第一财经|每日经济新闻|每经网|经济观察报|经济观察网|
21世纪经济报道|界面新闻|界面|澎湃新闻|
华尔街见闻|格隆汇|智通财经|智通财经网|金融界|和讯网|和讯|雪球|财新|财新网|人民网|人民日报|央视新闻|央视财经|路透|路透社|彭博|彭博社|
新华网|中国网|光明网|环球网|环球时报|观察者网|36氪|虎嗅|虎嗅网|钛媒体|北京商报|新京报|南方都市报|时代周报|蓝鲸财经|金十数据|
蓝鲸新闻|雷达财经|时代财经|南方财经|中新经纬|观点网|乐居财经|野马财经|面包财经|凤凰网财经|凤凰网|新浪科技|腾讯科技|界面快报|
IT之家|鞭牛士|亿邦动力|读创|读创财经|大河财立方|红星资本局|券商中国|中国基金报|中国经营报|华夏时报|国际金融报|投资者网|证券之星|
全景网|财经网|中证网|中证智能财讯|上证报|上证报中国证券网|中国证券网|人民财讯|e公司|证券时报e公司|央广网|经济参考报|中国商报|
科创板日报|第一财经日报|金吾财讯|晚点|晚点LatePost|一财网|每经|钛媒体App|央视|
经济通|经济通通讯社|阿思达克|阿思达克财经新闻|阿斯达克财经|AASTOCKS|经济日报|香港经济日报|明报|信报|信报财经新闻|星岛日报|东方日报|
大公报|文汇报|香港01|香港电台|有线新闻|now财经|Now新闻|中央社|中央通讯社|联合报|联合新闻网|工商时报|自由时报|自由财经|钜亨网|
商业周刊|MoneyDJ|联合早报|日经中文网|FT中文网|华尔街日报|纽约时报中文网|德国之声|BBC中文|参考消息|
日本経済新聞|日経|ロイター|ブルームバーグ|時事通信|共同通信|朝日新聞|読売新聞|毎日新聞|产经新闻
"""
_PAPERS = frozenset(
    "news times journal herald tribune gazette newswire newswires magazine chronicle courier sentinel".split()  # noqa: SIM905
)
_HAN_PAPER = re.compile("[\u4e00-\u9fff]{1,5}(?:日报|晚报|早报|晨报|商报|时报|周报|新闻网|通讯社)")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def _key(name: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", simplified(name.casefold()))


_KEYS = frozenset(_key(name) for name in _OUTLETS.split("|"))


def is_outlet(name: str, source: str = "") -> bool:
    """Whether ``name`` is that of an outlet, or of ``source``, as documents give it: ``reuters``, ``rss/reuters.com``.

    >>> is_outlet("Reuters"), is_outlet("The Straits Times"), is_outlet("Deutsche Bank"), is_outlet("Wire", "rss/wire")
    (True, True, False, True)
    """
    key = _key(name)
    if not key:
        return False
    last = name.casefold().split()[-1].strip(".")
    return (
        key in _KEYS
        or _HAN_PAPER.fullmatch(key) is not None
        or (last in _PAPERS and key not in (last, "fakenews", "falsenews"))
        or key in _keys_of(source)
    )


@lru_cache(1024)
def _keys_of(source: str) -> frozenset[str]:
    """Return what a source may be called, by the parts of its name and without the ending of a domain."""
    parts = [source, *source.split("/")]
    parts += [part.removeprefix("www.").rsplit(".", 1)[0] for part in parts if "." in part]
    return frozenset(key for part in parts if len(key := _key(part)) > 1)
