"""Where personal data stands in a text: the patterns of :mod:`stream.pipeline.documents.masking`. Pure, in linear time.

Chinese, Japanese and Thai are written without spaces, and Korean hangs its endings on a word. So a sign of these
scripts ends a word of another: an address or a number may stand right beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from stream.pipeline.documents.money import CODES, COINS, any_of

# Numbers that turn out to be none before a text is given up: of a table of figures, each costs some microseconds.
_MOST_TRIED = 2000
# Classes of signs, to stand between brackets: letters of Latin; with them digits and _; scripts without spaces.
_LETTER = "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_LATIN = _LETTER + "0-9_"
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u303c"
    "\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\uff66-\uffdc\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_DASH = "-\u2010-\u2013"
_GAP = rf"[ ]{{1,2}}|[{_DASH}]"  # between the groups of a number
# Each sign is as long as what stands for it, so that a place in one text is the same place in the other.
_PLAIN = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_PLAIN |= {0xFEE0 + ord(sign): sign for sign in "0123456789@#$%"} | {0xFFE5: "¥"}
_PLAIN |= {0xFEE0 + code: chr(code) for code in (*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1))}
_UNPLAIN = re.compile(f"[{''.join(map(chr, _PLAIN))}]")

_URL = re.compile(rf"(?<![{_LATIN}])(?:https?://|www\.)[^\s{_UNSPACED}\u3000-\u303f\uff00-\uffef]+", re.IGNORECASE)
_DOMAIN = (
    rf"(?:(?:[{_LATIN}-]{{1,63}}\.){{1,8}}[{_LETTER}]{{2,24}}(?![{_LATIN}@])"
    r"|(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@]))"
)
_OTHER = rf"[^\W{_UNSPACED}{_LETTER}]"  # Cyrillic, Greek, ...
# Bounded, and begun at the beginning of a word alone: a text of one endless word takes no longer than others.
_EMAIL = re.compile(
    rf"(?:(?<![{_LATIN}.+%@-])[{_LATIN}.+%'-]{{1,64}}"
    rf"|(?<!{_OTHER})(?<![.+%@-])[^\W\d_{_UNSPACED}{_LETTER}](?:{_OTHER}|[.+%'-]){{0,63}})@{_DOMAIN}"
)
_NAME = (
    rf"(?:[{_LETTER}_][{_LATIN}]{{0,49}}(?:[.-][{_LATIN}]{{1,63}}){{0,8}}"
    rf"|[^\W\d{_LETTER}]\w{{0,49}}(?:[.-]\w{{1,63}}){{0,8}})"
)
_HANDLE = re.compile(rf"(?<![^\W{_UNSPACED}])(?<![@/.$#&=-])@{_NAME}(?:@{_DOMAIN})?")
# What stands behind an @ on a trading desk.
_ORDERS = {"market", "mkt", "limit", "lmt", "open", "close", "best", "vwap", "twap", "par", "last", "bid", "ask", "mid"}
_ORDERS_UNSPACED = (
    "市价",
    "市價",
    "限价",
    "限價",
    "开盘",
    "開盤",
    "收盘",
    "收盤",
    "均价",
    "均價",
    "成行",
    "指値",
    "시장가",
    "지정가",
)
# What stands in the place of a name in addresses of X, StockTwits and Weibo.
_PAGES = (
    "about|account|compose|discover|download|explore|hashtag|home|hot|i|intent|jobs|login|logout|markets|messages|news"
    "|notifications|privacy|rankings|search|sentiment|settings|share|signup|symbol|tos|trending|watchlist"
)
_PROFILE = re.compile(
    rf"(?<=/)(@(?:[{_LATIN}][{_LATIN}.-]{{0,63}}|\w[\w.-]{{0,63}}))|(?<=/profile/)([{_LATIN}.:-]{{1,100}})"
    rf"|(?<![{_LATIN}-])(?:(?:x|twitter|stocktwits)\.com/(?:\#!/)?(?!(?:{_PAGES})(?![{_LATIN}]))([{_LATIN}]{{1,50}})"
    rf"(?!\.?[{_LATIN}-])|reddit\.com/u(?:ser)?/([{_LATIN}-]{{1,50}})|linkedin\.com/in/([{_LATIN}%-]{{1,100}})"
    rf"|weibo\.c(?:om|n)/(?:(?:u|n|profile)/(\w{{1,50}})"
    rf"|(?!(?:{_PAGES}|[a-z]|ajax|detail|newlogin|status|ttarticle|tv)(?![{_LATIN}]))([{_LATIN}]{{1,50}})))",
    re.IGNORECASE,
)
_IBAN = re.compile(
    rf"(?:(?<=IBAN)|(?<![{_LATIN}-]))[A-Z]{{2}}[0-9]{{2}}(?:(?:{_GAP})?[A-Z0-9]){{11,30}}(?![{_LATIN}])", re.IGNORECASE
)
_CARD = re.compile(
    rf"(?<![0-9_.,$€£¥/+-])(?:[0-9]{{13,19}}|[0-9]{{4}}({_GAP})[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}"
    rf"|[0-9]{{4}}({_GAP})[0-9]{{6}}\2[0-9]{{4,5}})(?![{_LATIN}/%-]|[.,][0-9])"
)
# A number may hang on a word, as in card4111...; not on what may be part of it, as in 0x4111... or an id.
_WORD_BEFORE = re.compile(rf"(?<![{_LATIN}-])[{_LETTER}]{{2,20}}$")
# ISO/IEC 7812: Visa; Mastercard; American Express; Discover; Diners Club; JCB; UnionPay.
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
)
_CURRENCY = any_of((*CODES, *COINS))
_AMOUNT_BEFORE = re.compile(rf"(?:[$€£¥#]|(?<![{_LATIN}])(?:{_CURRENCY})|人民[币幣]|[美欧歐港日]元) ?$")
# Of the units of Chinese and Japanese, those alone that are no surname and begin no other word.
_AMOUNT_AFTER = re.compile(
    r" ?(?:%|‰|[$€£¥]|[万萬亿億兆]?[美欧歐港日韩韓澳加台]?[元円圓圆원股株]|[亿億兆]|英[镑鎊]|人民[币幣]"
    rf"|(?:bps?|pips?|points?|pts|shares?|lots?|contracts?|barrels?|ounces|tonnes|{_CURRENCY})(?![{_LATIN}]))"
)
_RATIO = re.compile(r"[1-9]\d*[./]\d+")
_THOUSANDS = re.compile(r"\+?\d{1,3}(?:([ .'’])\d{3})(?:\1\d{3})*")
_DATE = re.compile(r"(?<!\d)(?:\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4})(?!\d)")
_TIME = re.compile(r":\d")


class Span(NamedTuple):
    """Where something stands in a text, and what it is."""

    start: int
    end: int
    kind: str


Finder = Callable[[str], Iterator[Span]]


def rank(kind: str) -> int:
    """Return the order in which kinds are looked for: what is checked best comes first."""
    return ("email", "iban", "card", "phone", "handle").index(kind.partition(":")[0])


def finder_of(kind: str) -> Finder:
    """Return what finds a kind in a text as :func:`plain` gives it."""
    name, _, region = kind.partition(":")
    simple = {"email": _emails, "handle": _handles, "card": _cards, "iban": _ibans}
    return simple[name] if name in simple else partial(_phones, region=region or None)


def plain(text: str) -> str:
    """Return ``text`` with plain spaces, digits and letters in place of hard and of wide ones; it is as long.

    >>> plain("４１１１\u00a01111")
    '4111 1111'
    """
    return text.translate(_PLAIN) if not text.isascii() and _UNPLAIN.search(text) else text


def in_links(text: str) -> bytearray:
    """Return a 1 for each sign within a link: the digits there are those of a page."""
    marks = bytearray(len(text))
    for found in _URL.finditer(text):
        marks[found.start() : found.end()] = b"\1" * len(found[0])
    return marks


def _emails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (Span(*found.span(), "email") for found in _EMAIL.finditer(text))


def _handles(text: str) -> Iterator[Span]:
    if "@" in text:
        for found in _HANDLE.finditer(text):
            name = found[0][1:]
            if name.lower() not in _ORDERS and not name.startswith(_ORDERS_UNSPACED):
                yield Span(*found.span(), "handle")
    if "/" in text:
        yield from (Span(*found.span(found.lastindex or 0), "handle") for found in _PROFILE.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    from stdnum import iban  # here and below, since most who load this module mask nothing

    for found in _IBAN.finditer(text):
        # The words behind a number may look like more of it.
        for end in range(found.end(), found.start() + 14, -1):
            written = text[found.start() : end]
            if (end == found.end() or not text[end].isalnum()) and iban.is_valid(written):
                yield Span(found.start(), end, "iban")
                break


def _cards(text: str) -> Iterator[Span]:
    from stdnum import luhn

    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if not (_ISSUER.fullmatch(digits) and luhn.is_valid(digits)) or _is_amount(text, *found.span()):
            continue
        before = text[max(0, found.start() - 22) : found.start()]
        if not re.search(f"[{_LETTER}]$", before) or _WORD_BEFORE.search(before):
            yield Span(*found.span(), "card")


def _phones(text: str, region: str | None) -> Iterator[Span]:
    if region is None and "+" not in text and "＋" not in text:
        return
    if region is not None and not any(sign.isdigit() for sign in text):
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    for match in PhoneNumberMatcher(text, region, leniency=Leniency.STRICT_GROUPING, max_tries=_MOST_TRIED):
        written = match.raw_string
        is_local = not written.startswith(("+", "＋"))
        # Without a sign between, it may be an order's number; a date comes with a time behind it.
        if is_local and (written.isdigit() or _DATE.search(written) or _TIME.match(text, match.end)):
            continue
        if _THOUSANDS.fullmatch(written) or _RATIO.fullmatch(written) or _is_amount(text, match.start, match.end):
            continue
        yield Span(match.start, match.end, "phone")


def _is_amount(text: str, start: int, end: int) -> bool:
    """Whether a currency or a unit stands before or behind a number."""
    before, after = text[max(0, start - 6) : start], text[end : end + 12]
    return bool(_AMOUNT_BEFORE.search(before) or _AMOUNT_AFTER.match(after))
