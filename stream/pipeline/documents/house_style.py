"""What houses write in different ways, in one: amounts, dotted abbreviations, quarters; and what is denied. Pure.

"3%" and "3 percent", "$2.5bn" and "2.5 billion dollars", "1,500" and "1500" are the same report. "Is insolvent" and "is
not insolvent" are opposite ones, though only a word was added: so a denial marks the word that it denies (Das and Chen,
2001, mark words up to the next punctuation; here it is the next word of content), and what is denied behind the claim,
as in "... is untrue", marks all words before it in its sentence.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from decimal import Decimal

import ahocorasick

NOT = "\ue000"  # stands before a word that is denied; of private use, so no text has it
AFTER, BEFORE, STOP = "\ue001", "\ue002", "\ue003"  # a denial of what follows, of what was said before; end of sentence
SIGNS = AFTER + BEFORE + STOP

_MAGNITUDES = {
    "trillion": "tn", "trn": "tn", "tn": "tn", "billion": "bn", "bln": "bn", "bn": "bn", "b": "bn", "million": "m",
    "mln": "m", "mio": "m", "mn": "m", "m": "m", "thousand": "k", "k": "k",
}  # fmt: skip
_CURRENCIES = {
    "$": "usd", "us$": "usd", "usd": "usd", "dollar": "usd", "€": "eur", "eur": "eur", "euro": "eur", "£": "gbp",
    "gbp": "gbp", "pound": "gbp", "¥": "jpy", "jpy": "jpy", "yen": "jpy", "cny": "cny", "rmb": "cny", "yuan": "cny",
    "₹": "inr", "inr": "inr", "rs": "inr", "rupee": "inr", "₩": "krw", "won": "krw", "hk$": "hkd", "chf": "chf",
}  # fmt: skip
_AMOUNT = re.compile(
    r"(?:(?<![a-z])(us\$|hk\$|usd|eur|gbp|jpy|cny|rmb|inr|rs\.?|chf|[$€£¥₹₩])\s?)?"
    r"(?<![\w.,])(\d+(?:,\d{3})+(?!\d)|\d+)(\.\d+)?"
    r"(?:[\s-]?(trillion|trn|tn|billion|bln|bn|million|mln|mio|mn|thousand|[bmk])(?![a-z]))?"
    r"(?:\s?(%|percent(?![a-z])|per\scent(?![a-z])|pct(?![a-z])|basis\spoints?(?![a-z])|bps?(?![a-z]))"
    r"|\s(?:us\s)?(dollar|euro|pound|rupee|yen|yuan|won)s?(?![a-z]))?"
)
# 50亿元, 5,000万, 1.5万亿美元, 人民币3亿; numbers in characters, as in 三亿, stay as they are
_HAN_AMOUNT = re.compile(r"(?:人民币\s?)?(\d+(?:,\d{3})*(?:\.\d+)?)\s?(万亿|[百千]?[万亿])(?:元人民币)?")
_HAN_MAGNITUDES = {
    "万": 1, "百万": 100, "千万": 1000, "亿": 10**4, "百亿": 10**6, "千亿": 10**7, "万亿": 10**8,
}  # fmt: skip
_DIGIT = re.compile(r"\d")
_DOTTED = re.compile(r"(?<![a-z.])(?:[a-z]\.){2,}")
_QUARTER = re.compile(r"(first|second|third|fourth)[ -]quarter")
_QUARTERS = {"first": "q1", "second": "q2", "third": "q3", "fourth": "q4"}
# Single words that are written in two ways: small numbers, months.
_NUMBERS = "two three four five six seven eight nine ten eleven twelve"
WORDS = {word: str(number) for number, word in enumerate(_NUMBERS.split(), 2)} | {
    "jan": "january", "feb": "february", "apr": "april", "aug": "august", "sept": "september", "sep": "september",
    "oct": "october", "nov": "november", "dec": "december", "versus": "vs",
}  # fmt: skip

_DENIES_WHAT_FOLLOWS = re.compile(
    r"n't\b|\b(?:not(?! only\b)|never|no longer|no(?!\.? ?\d)|nor|neither|cannot|without|"
    r"den(?:y|ies|ied|ying)(?! by\b)|refut(?:e|es|ed|ing)|"
    r"rebut(?:s|ted)?|dismiss(?:es|ed)?|reject(?:s|ed|ing)?|rul(?:e|es|ed|ing) out|"
    r"refus(?:e|es|ed|ing)|declin(?:e|es|ed) to|fail(?:s|ed)? to|scrap(?:s|ped)?|cancel(?:s|led|ed)?|"
    r"abandon(?:s|ed)?|call(?:s|ed)? off|shelv(?:e|es|ed)|withdr(?:aws?|ew)|unlikely)\b"
    r"|否认|不会|不是|并未|并非|并无|没有|尚未|从未|未有|未曾|不再|无意|暂无|未能|未(?![来必婚成知免央])|"
    r"无法|不存在|取消|终止|撤[回销]|解除|驳回|拒绝|否决|叫停|澄清|停止|放弃|辟谣|没(?![收落])|"
    # words that begin so and deny nothing: 不断, 不少, 不过, 不锈钢
    r"不(?![断少过仅但止限等同良明错只日久菲妨禁]|动产|锈钢|得不)"
)
_DENIES_WHAT_WAS_SAID = re.compile(
    r"\b(?:untrue|false(?= *(?:[.,;:!?]|$| say| said| accord))|not true|no truth|unfounded|baseless|hoax|denied by|"
    r"denied(?= *(?:[.,;:!?]|$))|no(?=[,!])|off(?= *(?:[.,;:!?]|$| say| said)))(?!\w)"
    r"|不实|谣言|不属实|失实|子虚乌有|假消息|假的"
)
# What is denied is what these are about: no plans to sell, denies rumours of insolvency.
_ABOUT = """
any plan plans planned talk talks report reports rumor rumors rumour rumours claim claims speculation allegation
allegations intention intentions idea proposal offer bid effort efforts move decision deal evidence immediate
"""
_CARRIERS = frozenset(_ABOUT.split())
# A text of ASCII with none of these denies nothing, which the patterns above are slow to find out.
_SIGNS_OF_DENIAL = (
    "n't", "not", "no ", "no,", "no!", "no-", "no.", " nor ", "never", "neither", "without", "deny", "denie", "refut",
    "rebut", "dismiss", "reject", "rul", "refus", "declin", "fail", "scrap", "cancel", "abandon", "call", "shelv",
    "withdr", "unlikely", "untrue", "false", "truth", "unfounded", "baseless", "hoax", " off", "no:", "no;",
)  # fmt: skip
_DENIALS = ahocorasick.Automaton()
for _sign in _SIGNS_OF_DENIAL:
    _DENIALS.add_word(_sign, True)
_DENIALS.make_automaton()
_SENTENCE = re.compile(r"[.!;](?=\s|$)|[。\n]")


def in_house_style(lower: str) -> str:
    """Return a text in lower case with its amounts, quarters and dotted abbreviations in one form.

    >>> in_house_style("u.s. firm raises $2.5 billion, up 3.0 per cent from 1,500 in the third quarter")
    'us firm raises 2.5bn usd, up 3% from 1500 in the q3'
    >>> in_house_style("投资1.5亿元") == in_house_style("投资人民币15,000万元")
    True
    """
    if not lower.isascii():
        lower = _HAN_AMOUNT.sub(_han_amount, lower).replace("美金", "美元").replace("个基点", "bps")
    if "." in lower:
        lower = _DOTTED.sub(lambda match: match[0].replace(".", ""), lower)
    if "quarter" in lower:
        lower = _QUARTER.sub(lambda match: _QUARTERS[match[1]], lower)
    return _AMOUNT.sub(_amount, lower) if _DIGIT.search(lower) else lower


def with_denials(lower: str) -> str:
    """Return a text in lower case with signs for what denies something, and for the ends of its sentences."""
    if lower.isascii() and next(_DENIALS.iter(lower), None) is None:
        return lower
    marked = _DENIES_WHAT_WAS_SAID.sub(f" {BEFORE} ", lower)
    marked = _DENIES_WHAT_FOLLOWS.sub(f" {AFTER} ", marked)
    return lower if marked == lower else _SENTENCE.sub(f" {STOP} ", marked)


def denied(words: Sequence[str], stopped: Container[str]) -> list[str]:
    """Return ``words`` without the signs of denials, and with :data:`NOT` before each word that is denied.

    >>> [word.replace(NOT, "not-") for word in denied(["it", "is", AFTER, "so", "broke"], {"it", "is", "so"})]
    ['it', 'is', 'so', 'not-broke']
    """
    marked: list[str] = []
    begin = open_denials = 0
    for word in (*words, STOP):
        if word == AFTER:
            open_denials += 1
        elif word == BEFORE or (word == STOP and open_denials):
            marked[begin:] = [one if one in stopped else NOT + one for one in marked[begin:]]
            open_denials = 0
        elif open_denials and word not in stopped and word != STOP:
            marked.append(NOT * open_denials + word)
            open_denials *= word in _CARRIERS
        elif word != STOP:
            marked.append(word)
        if word == STOP:
            begin = len(marked)
    return marked


def _han_amount(match: re.Match[str]) -> str:
    """Return the amount in 万, ten thousands."""
    number = Decimal(match[1].replace(",", "")) * _HAN_MAGNITUDES[match[2]]
    return f"{number.normalize():f}万" + ("元" if "元" in match[0] else "")


def _amount(match: re.Match[str]) -> str:
    sign, whole, fraction, magnitude, share, currency = match.groups()
    number = whole.replace(",", "") + (fraction or "").rstrip("0").removesuffix(".")
    if magnitude:
        number += _MAGNITUDES[magnitude]
    if share:
        return f"{number}%" if share[0] in "%p" else f"{number}bps"
    money = _CURRENCIES.get((sign or currency or "").rstrip("."), "")
    return f"{number} {money}" if money else number
