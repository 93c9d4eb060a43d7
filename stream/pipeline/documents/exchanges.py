"""Exchanges, as writers set them before or behind a ticker. Pure data, put together in November 2026.

An exchange has a market, a short name of our own: two signs of one market mean the same, ``600519.SS`` and
``SHA:600519``. Added are what announcements write before a code of any market, as ``Stock code: 700``.
"""

from __future__ import annotations

import re

ANY = ""  # the market of signs that say that a ticker follows, and not on which exchange
FUNDS = "OF"  # funds that no exchange trades: their codes are those of other companies' shares
# What nobody writes before a count: "HK: 5 dead" tells of five people, "Stock code: 5" of HSBC.
_CODES_OF_SHARES = "stock code|股份代號|股份代号|股票代码|股票代碼|证券代码|證券代碼|債券代碼|债券代码|証券コード"
_CODES = f"{_CODES_OF_SHARES}|代码|代碼|代号|代號|コード"

# Market: what stands before a ticker and a colon, in any case.
_BEFORE = {
    "US": "NYSE|NYSE American|NYSE Amer|NYSE Arca|NYSEAMERICAN|NYSEARCA|NYSE MKT|NYSEMKT|NASDAQ|NASDAQGS|NASDAQGM|"
    "NASDAQCM|NasdaqGS|Nasdaq Global Select|Nasdaq Capital Market|AMEX|CBOE|BATS|OTC|OTCQB|OTCQX|OTCMKTS|OTC Markets|"
    "OTCPK|OTC Pink|OTC PINK|OTCBB|NYQ|NSQ|XNYS|XNAS|XASE|ARCX",
    "HK": "HKEX|HKSE|SEHK|HKG|HKEx|HK|港股|港交所|联交所|聯交所|H股",
    "SH": "SSE|SHSE|SHA|XSHG|SH|上交所|沪市|科创板|沪A|沪B|上海证券交易所|A股|B股",
    "SZ": "SZSE|SHE|XSHE|SZ|深交所|深市|创业板|深A|深B|深圳证券交易所|A股|B股",
    "BJ": "BSE|BJSE|BJ|北交所|A股",
    "IN": "NSE|BSE|NSEI|BOM",
    "JP": "TSE|TYO|JPX|TSEMF|東証|东证",
    "KR": "KRX|KOSPI|KOSDAQ|KSE",
    "TW": "TWSE|TPE|TPEX|TWO|TSEC",
    "UK": "LSE|LSIN",
    "CA": "TSX|TSXV|TSX-V|TSX V|TSE|CVE|CNSX|TSX Venture",
    "AU": "ASX",
    "NZ": "NZX|NZSE|NZE",
    "SG": "SGX|SGX-ST",
    "DE": "XETRA|ETR|XETR|FWB|GETTEX",
    "FR": "EPA|EURONEXT|Euronext Paris|ENXTPA|XPAR",
    "NL": "EURONEXT|Euronext Amsterdam|ENXTAM|XAMS",
    "BE": "EURONEXT|EBR|BRU|Euronext Brussels|ENXTBR",
    "PT": "EURONEXT|ELI|Euronext Lisbon",
    "IT": "BORSA ITALIANA",
    "ES": "BME|BMAD|BMEX",
    "CH": "SWX|VTX|SIX Swiss",
    "SE": "OMX|NASDAQ STOCKHOLM",
    "DK": "CPH|NASDAQ COPENHAGEN",
    "FI": "NASDAQ HELSINKI",
    "NO": "OSE|OSL",
    "AT": "WBAG",
    "PL": "WSE|GPW",
    "BR": "BVMF|B3|BOVESPA",
    "MX": "BMV",
    "ZA": "JSE",
    "TR": "BIST",
    "IL": "TASE|TLV",
    "SA": "TADAWUL",
    "MY": "KLSE|MYX|BURSA",
    "TH": "BKK",
    "ID": "IDX|JKT",
    "PH": "PSE",
    ANY: f"stock symbol|ticker|ticker symbol|symbol|stock ticker|{_CODES}",
}
# These are words, too, and count in brackets only: (AIM: ABC). "Aim: a quick deal" names nobody.
_IN_BRACKETS = {
    "UK": "AIM|LON", "CH": "SIX", "CA": "CSE|NEO", "DE": "FRA", "US": "ICE|纳斯达克|纽交所",
    "IT": "MIL|BIT", "SE": "STO", "TH": "SET", "FI": "HEL", "AT": "VIE", "NL": "AMS", "TR": "IST",
    "SH": "沪", "SZ": "深", "BJ": "京", "HK": "港", "TW": "TW", "JP": "JP", "KR": "KR",
}  # fmt: skip
# Market: what stands behind a ticker and a point.
_BEHIND = {
    "US": "O N OQ US UN UW UQ K PK OB AM XNYS XNAS",
    "HK": "HK XHKG",
    "SH": "SS SH XSHG",
    "SZ": "SZ XSHE",
    "BJ": "BJ",
    "IN": "NS BO",
    "JP": "T TYO JP XTKS",
    "KR": "KS KQ XKRX",
    "TW": "TW TWO XTAI",
    "UK": "L LON XLON",
    "CA": "TO V CN NE",
    "AU": "AX AU",
    "NZ": "NZ",
    "SG": "SI SG",
    "DE": "DE F DU HM MU SG BE ETR",
    "FR": "PA FP",
    "NL": "AS",
    "BE": "BR",
    "PT": "LS",
    "IT": "MI",
    "ES": "MC",
    "CH": "SW S VX",
    "SE": "ST",
    "DK": "CO",
    "FI": "HE",
    "NO": "OL",
    "AT": "VI",
    "PL": "WA",
    "BR": "SA",
    "MX": "MX",
    "ZA": "JO J",
    "TR": "IS",
    "IL": "TA",
    "SA": "SR SE",
    "MY": "KL",
    "TH": "BK",
    "ID": "JK",
    "PH": "PS",
    "CZ": "PR",
    "HU": "BU",
    "GR": "AT",
    "IE": "IR I",
    "RU": "ME MM",
    "QA": "QA",
}
# Market: the exchange as data terminals write it, before "Equity": T US Equity, 700 HK Equity.
_TERMINAL = {
    "US": "US UN UW UQ UR UA", "HK": "HK", "SH": "CH CG", "SZ": "CH CS", "BJ": "CH", "JP": "JP JT", "KR": "KS KQ",
    "TW": "TT", "IN": "IN IS IB", "UK": "LN", "CA": "CN CT", "AU": "AU AT", "DE": "GR GY", "FR": "FP", "NL": "NA",
    "BE": "BB", "IT": "IM", "ES": "SM SQ", "CH": "SW SE VX", "SE": "SS", "DK": "DC", "FI": "FH", "NO": "NO", "SG": "SP",
    "BR": "BZ BS", "MX": "MM", "ZA": "SJ", "TR": "TI", "MY": "MK", "TH": "TB", "ID": "IJ", "PH": "PM",
}  # fmt: skip


def _markets(table: dict[str, str], separator: str | None) -> dict[str, frozenset[str]]:
    """Return the markets of each sign, in lower case."""
    signs: dict[str, set[str]] = {}
    for market, names in table.items():
        for name in names.split(separator):
            signs.setdefault(name.lower().replace("-", " "), set()).add(market)
    return {sign: frozenset(markets) for sign, markets in signs.items()}


BEFORE = _markets(_BEFORE, "|")
IN_BRACKETS = _markets(_IN_BRACKETS, "|")
BEHIND = _markets(_BEHIND, None)
TERMINAL = _markets(_TERMINAL, None)
# Markets whose codes are digits: "HK: A shares" names no ticker A.
OF_DIGITS = frozenset({"HK", "SH", "SZ", "BJ", "JP", "KR", "TW"})
JOINED = frozenset({"HK", "SH", "SZ", "BJ"})  # what may stand joined to a code of digits: SH600519, HK00700


def _any_of(signs: dict[str, frozenset[str]]) -> str:
    return "|".join(sorted((re.escape(sign) for sign in signs), key=len, reverse=True))


_LEFT = r"(?<![A-Za-z0-9])"
CODES, CODES_OF_SHARES = frozenset(_CODES.split("|")), frozenset(_CODES_OF_SHARES.split("|"))
# All of these are asked at the end of what stands before a ticker, in the compared text.
COLON_BEFORE = re.compile(rf"{_LEFT}({_any_of(BEFORE)})\)? ?[:/|] ?\$?$", re.IGNORECASE)
BRACKET_BEFORE = re.compile(rf"[(\[] ?({_any_of(IN_BRACKETS | BEFORE)})[ :/] ?$", re.IGNORECASE)
SPACE_BEFORE = re.compile(rf"{_LEFT}({_any_of(BEFORE)}) $", re.IGNORECASE)
# Without a colon: 股票代码600519, 证券代码为"600519", 港股00700, (行情600519,诊股).
WITHOUT_COLON = {sign: markets for sign, markets in BEFORE.items() if not sign.isascii()} | _markets(
    {ANY: "行情"}, None
)
JOINED_BEFORE = re.compile(rf"({_any_of(WITHOUT_COLON)})[为是]?[ :]?\"?$", re.IGNORECASE)
LONGEST = max(map(len, BEFORE)) + 6  # characters that are looked at before a ticker
# And these where the ticker ends.
POINT_BEHIND = re.compile(r"\.([A-Za-z]{1,4})(?![A-Za-z0-9])(?!\.[A-Za-z])")
# "Class A US Equity Fund" tells of a fund.
TERMINAL_BEHIND = re.compile(r" ([A-Z]{2}) (?:Equity|EQUITY|Corp|CORP)(?![A-Za-z])(?! (?i:funds?|etfs?|bonds?)\b)")
COLON_BEHIND = re.compile(r":([A-Z]{2})(?![A-Za-z0-9])")  # without a space: "IT: US stocks" names nobody
SPACE_BEHIND = re.compile(r"[ :,]([A-Z]{2})(?![A-Za-z0-9])")
COMMA_BEHIND = re.compile(r",([A-Z]{2})\)")
