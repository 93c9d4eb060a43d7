"""What houses write in different ways, in one: amounts, dotted abbreviations, quarters. Pure.

"3%" and "3 percent", "$2.5bn" and "2.5 billion dollars", "1,500" and "1500" are the same report.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial

from stream.pipeline.documents.money import CODES, MAGNITUDES, any_of
from stream.pipeline.stories.capitals import NAME

PLUS, MINUS = "\ue006", "\ue007"  # stand behind a number that had this sign; of private use, so no text has them

_STEPS = "k", "m", "bn", "tn"  # each a thousand of the one before it
# As a text in lower case writes them before a number, and behind it. "Try 3" is no money, SAR3419 a drug.
_NO_CODES = {"COP", "RON", "RUB", "SAR", "TRY"}
_CODES = {code.lower(): code.lower() for code in CODES if code not in _NO_CODES} | {"rmb": "cny"}
_BEFORE = _CODES | {
    "$": "usd", "us$": "usd", "hk$": "hkd", "€": "eur", "£": "gbp", "¥": "jpy", "₹": "inr", "₩": "krw", "rs": "inr",
    "rs.": "inr", "sfr": "chf", "sfr.": "chf",
}  # fmt: skip
_NAMES = {
    "dollar": "usd", "euro": "eur", "pound": "gbp", "yen": "jpy", "yuan": "cny", "rupee": "inr", "won": "krw",
    "franc": "chf",
}  # fmt: skip
_BEHIND = _CODES | _NAMES | {f"{name}s": code for name, code in _NAMES.items()}
# Letters behind a number that count or measure something, or say which it is; with others, as in "3D", it is a name.
_MEASURES = """
tn bn m k b bln mln trn mn q h x s st nd rd th y yr yrs mo d w am pm hr hrs min sec p c pc pct pp bp bps cr l rs v ma
dma ema sma mm cm km ft sq kg g mg lb lbs oz t mt kt kw mw gw kwh gb mb tb hz ghz bbl bpd mph
"""
_UNITS = frozenset((*_MEASURES.split(), *_CODES))
_NO_DIGIT = r"(?<![a-z0-9_.,])"  # before an amount: no part of a word, but Han, which has no spaces, may stand there
# A range, a date or a hyphen is no sign: "5-10%", "5%-10%", "3月-5月", "covid-19".
_SIGNS = r"[▲▼△▽↑↓]\s?|[-–—+]"
_MAGNITUDE = any_of(MAGNITUDES)
_IN_NAME = rf"\d(?:[.,]?\d)*+(?!(?:{_MAGNITUDE}|per\s?cent|pct?|bps?)(?![a-z]))[a-z]"  # NOK1V is a share
_AMOUNT = re.compile(
    rf"(?:(?<![a-z0-9_.,%)\]年月日号个点元万亿倍股人-])({_SIGNS}))?"
    rf"(?:(?<![a-z])({any_of(map(re.escape, _BEFORE))})\s?(?!{_IN_NAME})|{_NO_DIGIT})"
    r"(\d+(?:,\d{3})+(?!\d)|\d+)(\.\d+(?!\d|\.\d))?"
    rf"(?:[\s-]?({_MAGNITUDE})(?![a-z0-9]))?"
    r"(?:\s?(%|percent(?![a-z])|per\scent(?![a-z])|pct?(?![a-z])|percentage\spoints?(?![a-z])|basis\spoints?(?![a-z])"
    r"|bps?(?![a-z]))"
    rf"|\s(?:us{NAME}?\s|swiss\s)?({any_of(_BEHIND)})(?![a-z/]|\s?\d))?"
)
# 50亿元, 5,000万, 1.5万亿美元, 人民币3亿, US$1.2亿, 120,000,000元, 10个亿 (but 10个亿元村 are ten villages); numbers in
# characters, as in 三亿, stay as they are. "$" alone is of Hong Kong, too, so it stays.
# Other money than yuan is written without 元, so that 1亿元 is no shorter form of 1亿美元.
_HAN_MONEY = {
    "人民币": "元", "rmb": "元", "cny": "元", "¥": "元", "元": "元", "元人民币": "元", "us$": "美金", "usd": "美金",
    "美元": "美金", "美金": "美金", "hk$": "港币", "hkd": "港币", "港元": "港币", "港币": "港币", "元港币": "港币",
    "€": "欧币", "eur": "欧币", "欧元": "欧币", "£": "英镑", "gbp": "英镑", "英镑": "英镑", "jpy": "日圆",
    "日元": "日圆", "日圆": "日圆",
}  # fmt: skip
_HAN_AMOUNT = re.compile(
    r"(?:((?<![a-z])(?:us\$|hk\$|rmb|cny|usd|hkd|eur|gbp|jpy)|人民币|港币|[¥€£])\s?)?"
    r"(?<!\d)(\d++(?:,\d{3}(?!\d))*+(?:\.\d++)?+)\s?(?:个(?=亿(?![元级万户])))?(万亿|[百千]?[万亿])?"
    r"(元?人民币|元?港币|[美港欧日]元|美金|英镑|日圆|元(?![旦宵月素宇老首件器年])|\s?(?:usd|hkd|eur|gbp|cny|rmb|jpy)(?![a-z]))?"
)
_PERCENT_BEFORE = re.compile(r"百分之\s?(\d++(?:\.\d++)?+)(?!点|%)")
_YEN = re.compile("日[元圆本]|円|[\u3040-\u30ff]")
_TEN_THOUSAND = 10**4
# (SZ000792), (000792.XSHE), (000792.SZ,股吧), (港股00700), [0700]: a code in brackets, its exchange behind it.
_CODE = re.compile(
    r"(?<=[(\[【])\s?(?:(sz|sh|bj|hk|港股?|沪市?|深市?)\s?[.:]?\s?)?(\d{4,6})"
    r"(?:[.,: -](sz|ss|sh|bj|hk|xshe|xshg|xhkg))?(?:[,\s]{1,3}(?:股吧|诊股|行情|资料))*\s?(?=[)\]】])"
)
_EXCHANGES = {
    "港": "hk", "港股": "hk", "xhkg": "hk", "沪": "sh", "沪市": "sh", "ss": "sh", "xshg": "sh", "深": "sz",
    "深市": "sz", "xshe": "sz",
}  # fmt: skip
_HAN_MAGNITUDES = {
    "万": 1, "百万": 100, "千万": 1000, "亿": 10**4, "百亿": 10**6, "千亿": 10**7, "万亿": 10**8,
}  # fmt: skip
_HAN_POINTS = re.compile(r"(?<=\d)\s?(?:个?(基点)|个?百分点)")
_HAN_QUARTER = re.compile(r"(?<![\d前上后、,和及至到一二三四-])第?([一二三四1-4])季度")  # 前三季度 are three of them
_DIGIT = re.compile(r"\d")
_DOTTED = re.compile(r"(?<![a-z.])(?:[a-z]\.){2,}")
_QUARTER = re.compile(r"(first|second|third|fourth)[ -]quarter")
_QUARTERS = {"first": "q1", "second": "q2", "third": "q3", "fourth": "q4"} | {
    number: f"q{at % 4 + 1}" for at, number in enumerate("一二三四1234")
}
# Single words that are written in two ways: small numbers, months.
_NUMBERS = "two three four five six seven eight nine ten eleven twelve"
WORDS = {word: str(number) for number, word in enumerate(_NUMBERS.split(), 2)} | {
    "jan": "january", "feb": "february", "apr": "april", "aug": "august", "sept": "september", "sep": "september",
    "oct": "october", "nov": "november", "dec": "december", "versus": "vs", "usa": f"us{NAME}",
}  # fmt: skip


def in_house_style(lower: str) -> str:
    """Return a text in lower case with its amounts, quarters and dotted abbreviations in one form.

    >>> in_house_style("a.b. firm raises $2.5 billion, up 3.0 per cent from 1,500 in the third quarter")
    'ab firm raises 2.5bn usd, up 3% from 1500 in the q3'
    >>> in_house_style("投资1.5亿元") == in_house_style("投资人民币15,000万元")
    True
    """
    if not lower.isascii():
        lower = _in_han_style(lower)
    if "." in lower:
        lower = _DOTTED.sub(lambda match: match[0].replace(".", ""), lower)
    if "quarter" in lower:
        lower = _QUARTER.sub(lambda match: _QUARTERS[match[1]], lower)
    return _AMOUNT.sub(_amount, lower) if _DIGIT.search(lower) else lower


def is_unit(letters: str) -> bool:
    """Whether ``letters`` behind a number count or measure, so that both are no name.

    >>> is_unit("bn"), is_unit(""), is_unit("u")
    (True, True, False)
    """
    return not letters or letters in _UNITS


def _in_han_style(lower: str) -> str:
    if "季度" in lower:
        lower = _HAN_QUARTER.sub(lambda match: f" {_QUARTERS[match[1]]} ", lower)
    lower = _CODE.sub(_code, lower)
    if "百分之" in lower:
        lower = _PERCENT_BEFORE.sub(r"\1%", lower)
    in_yen = "¥" in lower and _YEN.search(lower) is not None
    lower = _HAN_AMOUNT.sub(partial(_han_amount, in_yen=in_yen), lower.replace("美金", "美元"))
    if "点" in lower:
        lower = _HAN_POINTS.sub(lambda match: "bps" if match[1] else "percentage point", lower)
    return lower


def _code(match: re.Match[str]) -> str:
    """Return a code with its exchange behind it, where one is said; of Hong Kong without the zeros before it."""
    before, code, behind = match.groups()
    signs = {_EXCHANGES.get(sign, sign) for sign in (before, behind) if sign}
    of_hong_kong = len(code) < 6
    if len(signs) > 1 or any((sign == "hk") != of_hong_kong for sign in signs):
        return match[0]
    return ".".join((code.lstrip("0") or "0" if of_hong_kong else code, *signs))


def _han_amount(match: re.Match[str], in_yen: bool) -> str:
    """Return the amount in 万, ten thousands; one without 万 or 亿 only if it is of money, and so large."""
    before, digits, magnitude, behind = match.groups()
    number = Decimal(digits.replace(",", ""))
    if not magnitude and (not behind or number < _TEN_THOUSAND):
        return match[0]
    number = number * _HAN_MAGNITUDES[magnitude] if magnitude else number / _TEN_THOUSAND
    of, money = _HAN_MONEY.get(before or "", ""), _HAN_MONEY.get((behind or "").strip(), "")
    if before == "¥" and in_yen:
        of = _HAN_MONEY["jpy"]
    other = before if before and money and of != money else ""
    return f"{other}{number.normalize():f}万{money or of}"


def _amount(match: re.Match[str]) -> str:
    _, code, whole, fraction, magnitude, share, currency = match.groups()
    number = whole.replace(",", "") + (fraction or "").rstrip("0").removesuffix(".")
    if magnitude:
        number = _scaled(number, MAGNITUDES[magnitude])
    if share and share.startswith("percentage"):
        number = f"{(Decimal(number) * 100).normalize():f}bps" if not magnitude else number
    elif share:
        number += "%" if share[0] in "%p" else "bps"
    # "$44 million CAD" are not of the US, and "SEK 2% weaker" is no news of NOK.
    money = _BEHIND[currency] if currency else _BEFORE[code] if code else ""
    return f"{number}{_sign(match)} {money}".rstrip(" ")


def _scaled(number: str, magnitude: str) -> str:
    """Return a number of thousands, millions and so on with no more than three digits before its point, and some.

    >>> _scaled("1500", "m"), _scaled("0.5", "bn"), _scaled("2.5", "bn")
    ('1.5bn', '500m', '2.5bn')
    """
    value, step = Decimal(number), _STEPS.index(magnitude)
    if value == 0 or 1 <= value < 1000:
        return number + magnitude
    while value >= 1000 and step < len(_STEPS) - 1:
        value, step = value / 1000, step + 1
    while value < 1 and step:
        value, step = value * 1000, step - 1
    return f"{value.normalize():f}{_STEPS[step]}"


def _sign(match: re.Match[str]) -> str:
    """Return the mark for the sign of an amount; a dash may be one of the text, so it needs a unit or a word before."""
    sign, code, *_, magnitude, share, currency = match.groups()
    if not sign:
        return ""
    if sign[0] in "+▲△↑":
        return PLUS
    text, start, end = match.string, match.start(), match.end()
    if text[end : end + 1] == "-":  # "the -2- biggest", "-5-10%"
        return ""
    said = sign[0] in "▼▽↓" or share or code or currency or magnitude or text[end : end + 1] in ("万", "元")
    word_before = text[start - 2 : start - 1].isalpha() and text[start - 1 : start] == " "
    return MINUS if said or word_before else ""
