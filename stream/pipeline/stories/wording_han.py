"""What newsrooms and networks write before and behind a Chinese report, as :mod:`wording` takes it off. Pure.

All of these are looked for in cleaned text: simplified, with plain punctuation.
"""

from __future__ import annotations

import re

from stream.pipeline.stories.denials import has_denying_tag
from stream.pipeline.stories.outlets import is_outlet

_WORDS = (
    r"(?:(?:盘[前中后])?(?:快讯|速报|异动)|突发|最新(?:消息)?|重磅|独家|要闻|速递|电报|公告|滚动|即时|刚刚|原创|转载?|转发|"
    r"视频|图文|图解|[早午晚]报|原标题)"
)
_HAN, _NAME = "\u4e00-\u9fff", r"[^\W丨]"
# A word alone, closed by a bracket or by a sign.
_SHOUT = re.compile(rf"[^\w(]{{0,20}}\(?{_WORDS}(?:[】\]」》)]+|\s*(?:[^\w\s()（「《【\[]|丨)+)\s*")
_SENT = r"(?:电|[专快]?讯|快讯|消息)"
_DAY = r"(?:\d{1,2}\s?月\s?)?\d{1,2}\s?日\s?(?:[上下中]午|[早晚午]间|凌晨|盘[前中后])?\s?"
_REPORTER = r"(?:\([^()]{1,20}\))?"
# 财联社11月28日电, 中央社记者张三台北28日电, 《科创板日报》28日讯; 11月28日消息
_DATED = re.compile(
    rf"[《【\[(]?[\w·》]{{0,16}}?\s?{_DAY}(?:电|[专快]?讯)[》】\])]?(?=[\W])\s*{_REPORTER}[,:\s]*|"
    rf"(?:北京时间)?{_DAY}消息[,:\s]\s*"
)
# 新华社北京讯, 每经AI快讯, 格隆汇11月28日丨, 新浪科技讯 11月28日上午消息, IT之家 11 月 28 日消息
_WIRE = re.compile(
    rf"(?:(?:[{_HAN}]{{2,6}}(?:社|网|报|财经)|格隆汇|每经|智通|[ei]公司)[{_HAN}A-Za-z]{{0,6}}?|"
    rf"[{_HAN}A-Za-z]{{2,5}}(?:财讯|科技|新闻|之家|氪|App|APP))\s?(?:{_DAY})?(?:{_SENT}(?=\W)|丨|\|)\s*{_REPORTER}[,:\s]*"
)
# What is told by a house, or by nobody in particular.
_TOLD = re.compile(
    r"另?据[\w·.]{0,12}?(?:报道|消息)称?[,:]\s*|据(?:悉|了解)[,:]\s*|(?:外电|外媒)(?:报道)?[,:]\s*|市场消息[,:]\s*|"
    r"(?:文章)?来源:\s?[\w·]{2,14}\s+(?=\S)"
)
_BY_REPORTER = re.compile(
    rf"\w{{0,12}}?记者(?:\s[{_HAN}]{{2,3}}){{1,2}}\s(?:[{_HAN}]{{2,4}}报道\s)?(?=\S)|"
    rf"\w{{0,12}}?记者\s?[{_HAN}]{{2,3}}(?:[\s、][{_HAN}]{{2,3}})?\s[{_HAN}]{{2,4}}报道\s+"
)
# An outlet before a sign, within brackets, or before a space: 彭博: 【财新网】 信报财经新闻
_SAID_BY = re.compile(
    rf"[【\[《(]({_NAME}{{2,14}}?)(快讯|专讯|消息|讯|获悉)?[】\]》)]\s*|"
    rf"({_NAME}{{2,14}}?)(快讯|专讯|消息|讯)?(?:\s*[:|丨》]|\s+(?={_NAME}))\s*|"
    rf"({_NAME}{{2,14}}?)\s?(?:APP|App)?\s?(?:独家)?获悉[,:]\s*"
)
# Outlets that are listed companies, too: "东方财富: ..." is of itself.
_LISTED = frozenset("东方财富 东方财富网 同花顺 人民网 新华网 36氪 金融界 腾讯 新浪".split())  # noqa: SIM905
_TAGS_BEFORE = re.compile(r"(?:#[^#\n]{1,40}#\s*)+")
_TAGS_BEHIND = re.compile(r"(?:\s*#[^#\n]{1,40}#)+\s*$", re.MULTILINE)
_BRACKET_BEHIND = re.compile(r"\(([^()]{2,20})\)\s*$", re.MULTILINE)
_VIDEO = re.compile(r"O?网页链接|L[\w·-]{1,20}的微博视频")
_DASH = re.compile(rf"(?<=[{_HAN}。!?)”\"])\s?[-–—]{{1,3}}\s?([^-–—|•丨_\s]{{2,14}})\s*$", re.MULTILINE)


def beginning_of(text: str, at: int) -> int:
    """Return where one thing that is written before a report ends, ``at`` if there is none at that place.

    >>> beginning_of("财联社11月28日电,万科债券违约", 0), beginning_of("东方财富:净利下滑", 0)
    (11, 0)
    """
    for pattern in (_SHOUT, _DATED, _WIRE, _TOLD, _BY_REPORTER):
        if match := pattern.match(text, at):
            return match.end()
    if match := _SAID_BY.match(text, at):
        name, *sent = filter(None, match.groups())
        if any(map(is_press, (name, name + "".join(sent)))):
            return match.end()
    return at


def is_press(name: str) -> bool:
    """Whether ``name`` is an outlet, and no listed company as far as is known here."""
    return name not in _LISTED and (is_outlet(name) or ("·" in name and is_outlet(name.split("·")[0])))


def without_tags(text: str) -> str:
    """Return ``text`` without the tags before and behind it, and without words that stand for a link.

    All tags stay where one denies the report: "#辟谣#".
    """
    text = _VIDEO.sub(" ", text)
    if "#" not in text or has_denying_tag(text):
        return text
    before = _TAGS_BEFORE.match(text)
    return _TAGS_BEHIND.sub("", text[before.end() :] if before else text)


def without_press_behind(line: str) -> str:
    """Return ``line`` without the outlet that stands behind it in brackets or behind a dash."""
    if (match := _BRACKET_BEHIND.search(line)) and is_press(match[1]):
        return line[: match.start()]
    return line[: match.start()] if (match := _DASH.search(line)) and is_outlet(match[1]) else line
