"""Whether the sign of an exchange stands at a place of a text, so that what is there counts as a ticker. Pure.

A sign before a count or a word makes no ticker of it: "HK: 5 dead in fire", "NYSE: A tale of two cities".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from models.east_asian import CJK
from stream.pipeline.documents import exchanges
from stream.pipeline.documents.names import Written

SHORT = 2  # letters; one as short is too often a word to count without a sign that it is a ticker
LONG_CODE = 6  # digits of a code that no sum of money has without a comma
_WHOLE_CODE = 4  # digits of a code of Hong Kong, Taiwan or Japan; a shorter number is a count as often
_YEAR = re.compile("(?:19|20)[0-9]{2}")
# Abbreviations that look like a letter with its exchange (N: New York, O: Nasdaq, L: London, P: Arca).
_LETTER_SUFFIXES, _NO_TICKERS = frozenset("NOLP"), frozenset({"U.N", "P.O", "A.L", "R.N", "O.P"})
_CLOSING = frozenset(")],;.")
# What stands before a letter that is the class of a share: BRK.A.US, BRK/A:US, M&M US Equity. Not T.N/V.N.
_CLASS_BEFORE = re.compile(r"(?:[A-Z0-9][.&]|(?<![.:A-Z0-9])[A-Z0-9]{2,}/)$")
_CAPITALS_BEFORE = re.compile(r"\b[A-Z]\w* $")  # Class A, Plan B, BRK A
_WORD_BEHIND = re.compile(
    r"&| ?(?!(?:falls|fell|drops|dropped|slides|slid|sinks|tumbles|plunges|rises|rose|gains|gained|jumps|jumped|"
    r"climbs|soars|surges|up|down)\b)[A-Za-z0-9]"
)
_ENDS = re.compile(rf" ?(?:$|[)\]】」〕;/|\x00\"']|[.。!?](?!\d)|,(?=[{CJK}]))")
# Chinese words of measure, but for those that begin another word: 9988家 and not 9988家电.
_COUNTED = re.compile(
    " ?[多余]?(?:[只名个倍宗项条张笔]|家(?!电|居|具|族)|点(?!评|击)|人(?!民|士|寿)|位(?!于|列|居)|元|[港美日欧]元|"
    "股(?![价份东票权吧市民]))"
)
_OPENING = frozenset("([【「〔")
_BRACKET_ENDS, _CODE_ENDS = re.compile(r"\)"), re.compile(r"[)\]】」〕,;/、]")
# Codes of indices and of funds are those of other companies' shares: 000001 is Ping An Bank, too.
_INDEX_BEFORE = re.compile(rf"(?:[{CJK}]指|指数|[{CJK}A]\d{{2,4}}) ?.$")
_FUND_BEFORE = re.compile(r"(?:基金|混合|债券?|货币|联接|指数|增强|定开|FOF|QDII|LOF|ETF)[A-Z]? ?.$")


def markets_of_signs(ticker: str, text: Written, start: int, end: int) -> Iterator[frozenset[str]]:
    """Yield the markets of each sign of an exchange at a place where ``ticker`` stands."""
    plain = text.plain
    before, after = plain[max(0, start - exchanges.LONGEST) : start], plain[end : end + 1]
    yield markets_behind(ticker, plain, start, end)
    if (match := exchanges.COLON_BEFORE.search(before)) and _is_meant(ticker, match[1], plain, end):
        yield exchanges.BEFORE[match[1].lower()]
    if (match := exchanges.BRACKET_BEFORE.search(before)) and after in _CLOSING:
        yield (exchanges.IN_BRACKETS | exchanges.BEFORE)[match[1].lower()]
    dash = (match := exchanges.SPACE_BEFORE.search(before)) and _has_dash(text.loose, match[1], ticker)
    joined = match and match[1] in exchanges.JOINED and _is_certain(ticker) and not _COUNTED.match(plain, end)
    if match and (joined or (dash and _is_meant(ticker, match[1], plain, end))):
        yield exchanges.BEFORE[match[1].lower()]
    if ticker.isdigit():
        yield _of_code(ticker, before, plain, end)


def markets_behind(ticker: str, plain: str, start: int, end: int) -> frozenset[str]:
    """Return the markets of what stands behind a place: T.N, T:US, T US Equity, 0700.HK, (700 HK), 600519 SH."""
    digits = ticker.isdigit()
    if len(ticker) <= SHORT and not digits and _CLASS_BEFORE.search(plain, max(0, start - 8), start):
        return frozenset()
    if match := exchanges.TERMINAL_BEHIND.match(plain, end) or exchanges.COLON_BEHIND.match(plain, end):
        if len(ticker) == 1 and not digits and _CAPITALS_BEFORE.search(plain, max(0, start - 20), start):
            return frozenset()
        of_code = exchanges.BEHIND.get(match[1].lower()) if digits and len(ticker) >= _WHOLE_CODE else None
        return exchanges.TERMINAL.get(match[1].lower(), frozenset()) | (of_code or frozenset())
    if match := exchanges.POINT_BEHIND.match(plain, end):
        counts = digits or (match[1].isupper() and _is_suffix(plain, start, end, match[1]))
        return exchanges.BEHIND.get(match[1].lower(), frozenset()) if counts else frozenset()
    return _behind_space(ticker, plain, start, end)


def _behind_space(ticker: str, plain: str, start: int, end: int) -> frozenset[str]:
    """Return the markets of what stands behind a space or a comma: 600519 SH, (700 HK), (T,US)."""
    sign, certain = plain[start - 1 : start], _is_certain(ticker)
    if certain or (ticker.isdigit() and sign in {"(", "["}):
        match = exchanges.SPACE_BEHIND.match(plain, end)
        if match and not certain and plain[match.end() : match.end() + 1] not in _closing(ticker):
            return frozenset()  # (5 HK stocks), (2 HK, 3 SG)
    else:
        match = exchanges.COMMA_BEHIND.match(plain, end) if len(ticker) > SHORT and sign == "(" else None
    if not match:
        return frozenset()
    of_terminal = exchanges.TERMINAL.get(match[1].lower(), frozenset()) & exchanges.OF_DIGITS
    return exchanges.BEHIND.get(match[1].lower()) or (of_terminal if certain else frozenset())


def _is_certain(code: str) -> bool:
    """Whether a code of digits is none of the numbers that texts have, so that a sign and a space are enough."""
    return code.isdigit() and (len(code) >= LONG_CODE or (len(code) == LONG_CODE - 1 and code[0] == "0"))


def _closing(code: str) -> frozenset[str]:
    return _CLOSING if len(code) > SHORT else frozenset(")]")


def _is_meant(ticker: str, sign: str, plain: str, end: int) -> bool:
    """Whether what follows ``ticker``, behind the sign of an exchange and a colon, leaves it one.

    One letter is none before a word, nor is a number that may be a count, unless the clause ends there.
    """
    if not ticker.isdigit():
        return len(ticker) > 1 or not _WORD_BEHIND.match(plain, end)
    if sign.lower() in exchanges.CODES:
        return True
    if len(ticker) < _WHOLE_CODE or _YEAR.fullmatch(ticker):
        return _ENDS.match(plain, end) is not None
    return len(ticker) >= LONG_CODE or ticker[0] == "0" or not _COUNTED.match(plain, end)


def _of_code(code: str, before: str, plain: str, end: int) -> frozenset[str]:
    """Return the markets of what stands before a code of digits without a colon; none: it is not told as one."""
    certain = code[0] == "0" or len(code) >= LONG_CODE
    if len(code) >= _WHOLE_CODE and (match := exchanges.JOINED_BEFORE.search(before)):
        told = certain or match[1] in exchanges.CODES_OF_SHARES
        return exchanges.WITHOUT_COLON[match[1].lower()] if told else frozenset()
    ends = _CODE_ENDS if certain else _BRACKET_ENDS
    if len(code) < LONG_CODE - 1 or before[-1:] not in _OPENING or not ends.match(plain, end):
        return frozenset()
    if code.startswith("000") and _INDEX_BEFORE.search(before):
        return frozenset({"SH"})
    if code.startswith("00") and len(code) == LONG_CODE and _FUND_BEFORE.search(before):
        return frozenset({exchanges.FUNDS})
    return frozenset({exchanges.ANY})


def _is_suffix(plain: str, start: int, end: int, suffix: str) -> bool:
    """Whether a point and capitals behind a ticker are no abbreviation, as in U.S. stocks, A.I, F.D.A."""
    if end - start > 1 or len(suffix) > 1:
        return True
    dotted = "." in (plain[start - 1 : start], plain[end + 2 : end + 3])
    return suffix in _LETTER_SUFFIXES and plain[start : end + 2] not in _NO_TICKERS and not dotted


@lru_cache(16)  # asked at each place of the ticker
def _has_dash(loose: str, sign: str, ticker: str) -> bool:
    """Whether the text says ``NYSE - T``; hyphens are spaces in the compared text, where this reads as two words."""
    if f"{sign} {ticker}".lower() in exchanges.BEFORE:
        return False  # TSX-V is another exchange
    sign = re.escape(sign).replace(r"\ ", "[ -]")
    return re.search(rf"{sign}\s*[-–—]\s*{re.escape(ticker)}(?![A-Za-z0-9])", loose) is not None
