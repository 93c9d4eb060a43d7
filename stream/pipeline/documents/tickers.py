"""Tickers: the forms in which they are written, and whether what stands at a place of a text is one. Pure.

One or two letters are words too often (A, IT, ON), and digits are mostly money or counts ("$700 million", "700 jobs").
Both count only with a sign: the exchange, or the ``$`` that makes it a cashtag. Three letters and more count in
capitals, but not in a line of nothing but capitals, which tells nothing of what is a ticker. They may touch Han, kana
and hangul: BTC大跌. An everyday abbreviation that does so, as in CNC机床, counts with a sign alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from enum import Enum
from typing import NamedTuple

from models.east_asian import CJK
from stream.pipeline.documents import exchanges
from stream.pipeline.documents.money import CODES, COINS, LETTERS, MAGNITUDES, any_of
from stream.pipeline.documents.names import UNSPACED, Written
from stream.pipeline.documents.ticker_signs import LONG_CODE, SHORT, markets_behind, markets_of_signs

# Also BRK-B, BRK/B, BTC-USD, M&M.NS, ^GSPC, EURUSD=X, 0700.HK: as exchanges and data sellers write them.
PATTERN = r"^\^?[A-Z0-9][A-Z0-9.&/=-]{0,15}$"
CASHTAG, WITH_EXCHANGE, BARE = "cashtag", "ticker with exchange", "ticker"
_CURRENCIES = frozenset((*CODES, *COINS))
_JOINERS = (".", "/", " ")  # in the compared text, where a hyphen is a space
_CLASS = re.compile(r"([A-Z0-9&]+)[.\-/]([A-Z]{1,2})")
_PAIR = re.compile(r"([A-Z0-9]+)[.\-/]([A-Z]{3,4})")
SHORTEST_JOINED = 4  # digits behind the sign of an exchange: HK00700, but HK50 is an index, HK500 a banknote
_PART_BEFORE = re.compile(r"\d[.,]$")
_MAGNITUDES = any_of(word for word in MAGNITUDES if len(word) > 1)
_UNIT = re.compile(rf"[.,]\d| ?(?:%|{_MAGNITUDES}|[{LETTERS}]\b|万|亿|億|萬)", re.IGNORECASE)
_WORD, _WORD_WITHOUT_SIGN = re.compile(rf"[^\W_{CJK}]+"), re.compile(r"(?<![$#\w])[^\W_]+")
_WORD_APART = re.compile(rf"(?<!\w)[^\W_{CJK}]+(?!\w)")
_LOWER_WORD = re.compile("[a-z]{4}")
# Tickers that are everyday abbreviations in Chinese, Japanese and Korean texts: 手机APP, CNC机床, LNG价格, GAS费.
_BESIDE_HAN = (
    "AAA ABC ABS ADC ADP ADS AES AMT API APP ATM BAT BDI BIS BOT CAN CAR CBD CCI CEO CFO CIO CIS CMO CMS CNC COO "
    "COP CPI CPT CRM CRO CTA CTO DAO DNA DOC EDA EMR EPC EPS ESG ETC ETF EXE FANG FED FMC FOF GAS GDP GIS GLP GPS "
    "HBM ICE ICL IDC III IOT IPO LCD LED LIN LNG LTE MAC MAS MBA MCU MEME MOS MRI MRO NFT NOC NVR ODM OLED OTC "
    "PAAS PCB PCE PDF PEG PET PMI POS PPI PPP PSA PTA PTC RNA ROE RTX SAN SDR SSD STO SUV TEL TMT TXT UPS USB USD "
    "VIE VIP VPN VST"
)
WORDS_BESIDE_HAN = frozenset(_BESIDE_HAN.split())


class Kind(Enum):
    """What a form needs so that it counts."""

    BARE = "nothing, in capitals"
    CODE = "nothing, in any case"
    SIGNED = "an exchange or a cashtag; of digits, one that cannot be money"
    CASHTAG = "a cashtag"


class Form(NamedTuple):
    """One way to write a ticker, as compared. ``markets`` are those of its exchange; none: any will do."""

    text: str
    kind: Kind
    markets: frozenset[str] = frozenset()


def forms_of(ticker: str) -> Iterator[Form]:
    """Yield the forms of a ticker of the list.

    >>> sorted(form.text for form in forms_of("BRK-B"))
    ['BRK B', 'BRK.B', 'BRK/B', 'BRKB', 'BRKb']
    """
    if ticker.startswith("^"):
        yield Form(ticker, Kind.CODE)
        yield from forms_of(ticker[1:])
        return
    if "=" in ticker:
        yield Form(ticker, Kind.CODE)
        base, kind = ticker.split("=", 1)
        if kind == "X" and len(base) == 6:
            yield from _pair(base[:3], base[3:])
        return
    base, point, end = ticker.rpartition(".")
    if point and end.lower() in exchanges.BEHIND and not (len(end) == 1 and end in "ABC"):
        yield from _of_exchange(base, exchanges.BEHIND[end.lower()])
    elif (match := _PAIR.fullmatch(ticker)) and match[2] in _CURRENCIES:
        yield from _pair(match[1], match[2])
    elif match := _CLASS.fullmatch(ticker):
        yield from _class(match[1], match[2])
    elif ticker.isdigit():
        yield from _digits(ticker, frozenset())
    else:
        compared = ticker.replace("-", " ")
        letters = sum(character.isalnum() for character in ticker)
        yield Form(compared, Kind.BARE if letters > SHORT else Kind.SIGNED)


def _pair(base: str, quote: str) -> Iterator[Form]:
    for joiner in (*_JOINERS, ""):
        yield Form(f"{base}{joiner}{quote}", Kind.BARE)


def _class(base: str, letters: str) -> Iterator[Form]:
    """Yield the forms of a class of shares. With a space, where a hyphen was, a short one may be two words: RE A."""
    for joiner in _JOINERS:
        yield Form(f"{base}{joiner}{letters}", Kind.SIGNED if joiner == " " and len(base) <= SHORT else Kind.BARE)
    yield Form(f"{base}{letters}", Kind.CASHTAG)
    if len(base) > SHORT:
        yield Form(f"{base}{letters.lower()}", Kind.BARE)


def _of_exchange(base: str, markets: frozenset[str]) -> Iterator[Form]:
    if base.isdigit():
        yield from _digits(base, markets)
        return
    match = _CLASS.fullmatch(base)
    if match is None:
        yield Form(base.replace("-", " "), Kind.SIGNED, markets)
        return
    for joiner in _JOINERS:
        yield Form(f"{match[1]}{joiner}{match[2]}", Kind.SIGNED, markets)


def _digits(code: str, markets: frozenset[str]) -> Iterator[Form]:
    """Yield the forms of a code of digits. Codes of Hong Kong are written with zeros before them, or without."""
    codes = {code}
    if len(code) <= 5 and (not markets or "HK" in markets):
        bare = code.lstrip("0") or "0"
        for padded in {bare, bare.zfill(4), bare.zfill(5)} - codes:
            yield Form(padded, Kind.SIGNED, frozenset({"HK"}))
            codes.add(padded)
    yield Form(code, Kind.SIGNED, markets)
    joined = markets or ({"HK"} if len(code) < LONG_CODE else {"SH", "SZ", "BJ"})
    for sign in joined & exchanges.JOINED:
        for written in codes:
            if len(written) >= SHORTEST_JOINED:
                yield Form(f"{sign}{written}", Kind.CODE)
                yield Form(f"{sign}.{written}", Kind.CODE)


def rule_of(form: Form, text: Written, start: int, end: int) -> str:
    """Return the rule by which ``form`` counts where it stands in some case; empty: it does not."""
    plain = text.plain
    if form.text.isdigit() and (_PART_BEFORE.search(plain, max(0, start - 2), start) or _UNIT.match(plain, end)):
        return ""
    if _is_cashtag(form, plain, start, end):
        return CASHTAG
    if form.kind is Kind.CASHTAG:
        return ""
    if form.kind is Kind.CODE:
        return WITH_EXCHANGE if form.text[-1].isdigit() else BARE
    if not form.text.isdigit() and plain[start:end] != form.text:
        return ""
    if any(_is_of(form, markets) for markets in markets_of_signs(form.text, text, start, end)):
        return WITH_EXCHANGE
    return BARE if form.kind is Kind.BARE else ""


def calm_words(loose: str, tickers: Set[str]) -> frozenset[str]:
    """Return the words of the lines that are not all capitals; whether ``tickers`` are capitals says nothing of that.

    >>> sorted(calm_words("ALL EYES ON THE FED\\nSHARES of ALL", {"ALL"}))
    ['ALL', 'SHARES', 'of']
    >>> sorted(calm_words("BTC大跌，CNC机床", {"BTC", "CNC"}))
    ['BTC']
    """
    words = set[str]()
    for line in loose.split("\n"):
        if not _is_shouted(line, tickers):
            found = set(_WORD.findall(line))
            if not found.isdisjoint(WORDS_BESIDE_HAN) and UNSPACED.search(line):
                found -= WORDS_BESIDE_HAN.difference(_WORD_APART.findall(line))
            words |= found
    return frozenset(words)


def _is_shouted(line: str, tickers: Set[str]) -> bool:
    if _LOWER_WORD.search(line):
        return False
    words = [word for word in _WORD_WITHOUT_SIGN.findall(line) if word not in tickers]
    if any(character.isalpha() and not character.isupper() and not character.islower() for character in "".join(words)):
        return False  # Han and the like have no capitals, so Latin ones tell something
    letters = "".join(word for word in words if not any(map(str.isdigit, word)))
    return bool(letters) and sum(map(str.islower, letters)) * 10 < len(letters)


def _is_cashtag(form: Form, plain: str, start: int, end: int) -> bool:
    before = plain[start - 2 : start - 1]
    if plain[start - 1 : start] != "$" or (before.isalnum() and not UNSPACED.match(before)):  # A$ 5, but not 买入$T
        return False
    if form.markets:
        return _is_of(form, markets_behind(form.text, plain, start, end))
    return not form.text.isdigit() or form.text[0] == "0" or len(form.text) >= LONG_CODE


def _is_of(form: Form, markets: frozenset[str]) -> bool:
    """Whether a sign of these markets says that ``form`` is a ticker of its market."""
    if not form.text.isdigit():
        markets -= exchanges.OF_DIGITS
    return bool(markets) and (exchanges.ANY in markets or not form.markets or not form.markets.isdisjoint(markets))
