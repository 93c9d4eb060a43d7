"""Say which way a figure went where a text only puts it beside another.

"12 million, compared with 7 million" and the same with the figures exchanged are one to a small encoder: it reads
pieces of numbers, not sizes. "Up from" it knows. So that is what it is given, where two figures of one kind stand
beside each other and no word of the text says the way already. Pure.
"""

from __future__ import annotations

import re

_HINTS = "compared ", " vs", "versus ", "against "  # one of them stands in each text that is changed
_CURRENCY = r"(?:(?P<currency{0}>[€$£¥]|(?:EUR|USD|GBP|SEK|NOK|DKK|CHF|JPY|CNY|RMB|INR|Rs\.?|US\$|HK\$))\s?)?"
_NUMBER = r"(?P<number{0}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_UNIT = (
    r"(?:[\s-]?(?P<unit{0}>mn|mln|m|bn|bln|b|k|million|billion|trillion|thousand|crore|lakh|percent|per\scent|pct|%|times|"
    r"cents?|tonnes|points|pp|bps)(?!\w))?"
)
_FIGURE = r"(?<![\w.,])(?:" + _CURRENCY + _NUMBER + _UNIT + ")"  # not the 1 of "Q1"
# "prior" and the like may stand between; a profit beside a loss may not.
_LINK = (
    r"(?:\s(?:ex-items|adj\.?|adjusted|excluding\sitems|per\sshare|a\sshare|(?:non-)?GAAP))?"
    r"(?P<link>\s?,?\s(?:as\s)?(?:compared\s(?:to|with)|versus|vs\.?|against)\s(?:(?:a|an|the|year-ago|last\syear's|prior)\s)*"
    r"(?P<wanted>(?:(?:consensus|estimates?|expectations?|forecasts?|guidance)\s(?:of\s|for\s)?))?)"
)
_BESIDE = re.compile(_FIGURE.format(1) + _LINK + _FIGURE.format(2), re.IGNORECASE)
_WANTED_BEHIND = re.compile(
    r"\s?,?\s?(?:a\sshare\s)?\(?(?:est|exp|consensus|forecast|per\s(?:Refinitiv|FactSet|LSEG|Bloomberg)|(?:S&P\s)?Capital\sIQ)",
    re.IGNORECASE,
)
_OF_ANOTHER = re.compile(r"\sfor\s(?:\$[A-Za-z]|rivals?\b|peers?\b)")  # whose figure the second one is
# Words that say the way; and losses, of which the model knows better without them ("loss of 0.15 down from 0.26").
_SAID = re.compile(
    r"\b(?:up|down|rose|rises?|rising|fell|falls?|falling|gr[eo]w|growth|grown|growing|higher|lower|above|below|beats?|"
    r"miss(?:es|ed)?|tops?|topped|(?:in|de)creas\w*|declin\w*|dropp?\w*|jump\w*|climb\w*|surg\w*|slump\w*|plung\w*|narrow\w*|"
    r"widen\w*|deepen\w*|loss|losses|deficit|swung|swings?|turn(?:s|ed)|shrank|shrunk|shrinks?|doubl\w*|halv\w*|improv\w*|worsen\w*|weak\w*|strong\w*)\b",
    re.IGNORECASE,
)
_ALIKE = {
    "mln": "mn",
    "m": "mn",
    "million": "mn",
    "bln": "bn",
    "b": "bn",
    "billion": "bn",
    "percent": "%",
    "pct": "%",
    "cent": "cents",
}
_FACTOR = 20.0  # figures further apart than this are of two kinds where one of them has no unit


def with_ways(text: str) -> str:
    """Return ``text`` with "up from", "down from", "above" or "below" between figures that only stand beside others.

    >>> with_ways("Net profit was EUR 12 million, compared with EUR 7 million a year earlier")
    'Net profit was EUR 12 million, up from EUR 7 million a year earlier'
    >>> with_ways("EPS $1.01 vs $1.12 est"), with_ways("EPS $1.01 vs $1.12 est, a beat")
    ('EPS $1.01, below $1.12 est', 'EPS $1.01 vs $1.12 est, a beat')
    """
    low = text.lower()
    if not any(hint in low for hint in _HINTS) or _SAID.search(text):
        return text
    return _BESIDE.sub(lambda found: _way(found, text[found.end() : found.end() + 20]), text)


def _way(found: re.Match[str], behind: str) -> str:
    new, old = (float(found[f"number{one}"].replace(",", "")) for one in "12")
    if new == old or _OF_ANOTHER.match(behind) or not _of_one_kind(found, new, old):
        return found[0]
    if found["wanted"] or _WANTED_BEHIND.match(behind):
        way = ", above " if new > old else ", below "
    else:
        way = ", up from " if new > old else ", down from "
    start = found.start("link") - found.start()
    return found[0][:start] + way + (found["wanted"] or "") + found[0][found.end("link") - found.start() :]


def _of_one_kind(found: re.Match[str], new: float, old: float) -> bool:
    units = [_ALIKE.get(unit.lower(), unit.lower()) if (unit := found[f"unit{one}"]) else "" for one in "12"]
    currencies = [(found[f"currency{one}"] or "").lower() for one in "12"]
    if not any((*units, *currencies)) and not all("." in found[f"number{one}"] for one in "12"):
        return False  # years, days, scores
    if "" not in currencies and currencies[0] != currencies[1]:
        return False
    if "" not in units:
        return units[0] == units[1]
    return 1 / _FACTOR < new / max(old, 1e-9) < _FACTOR
