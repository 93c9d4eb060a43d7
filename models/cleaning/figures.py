"""Say which way a figure went where a text only puts it beside another.

"12 million, compared with 7 million" and the same with the figures exchanged are one to a small encoder: it reads
pieces of numbers, not sizes. "Up from" it knows. So that is what it is given, where two figures of one kind stand
beside each other and no word of the text says the way already. A text is left as it is where anything is in doubt:
ranges, signs, another company's figure, an earlier year that is named first. Pure.
"""

from __future__ import annotations

import re

_HINTS = "compared ", " vs", " v/s", "versus ", "against "  # one of them stands in each text that is changed
_CURRENCY = r"(?:(?P<currency{0}>[€$£¥₹]|EUR|USD|GBP|SEK|NOK|DKK|CHF|JPY|CNY|RMB|INR|Rs\.?|US\$|HK\$|[CA]\$)\s?)?"
_NUMBER = r"(?P<number{0}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_UNIT = (
    r"(?:[\s-]?(?P<unit{0}>mn|mln|m|bn|bln|b|k|million|billion|trillion|thousand|crore|cr|lakh|percent|per\scent|pct|%|times|"
    r"cents?|pence|tonnes|points|pp|bps?)(?!\w)(?:\s(?:euros?|dollars|pounds|yen|yuan|rupees|kron[eo]r|francs))?)?"
)
_FIGURE = r"(?<![\w.,])(?:" + _CURRENCY + _NUMBER + _UNIT + ")"  # not the 1 of "Q1"
_A_SHARE = r"(?:\s(?:a|per)\sshare)?"
# "prior" and the like may stand between; a profit beside a loss may not.
_LINK = (
    _A_SHARE + r"(?:\s(?:ex-items|adj\.?|adjusted|excluding\sitems|(?:non-)?GAAP))?"
    r"(?P<link>\s?,?\s(?:as\s)?(?:compared\s(?:to|with)|versus|v/s|vs\.?|against)\s(?:(?:a|an|the|year-ago|last\syear's|prior)\s)*"
    r"(?P<wanted>(?:(?:Zacks\s)?(?:consensus(?:\sestimate)?|estimates?|est\.?|expected|expectations?|forecasts?|guidance)\s"
    r"(?:of\s|for\s)?)?))"
)
_BESIDE = re.compile(_FIGURE.format(1) + _LINK + _FIGURE.format(2) + _A_SHARE, re.IGNORECASE)
_WANTED_BEHIND = re.compile(
    r"\s?,?\s?\(?(?:est|exp|consensus|forecast|per\s(?:Refinitiv|FactSet|LSEG|Bloomberg)|(?:S&P\s)?Capital\sIQ)",
    re.IGNORECASE,
)
# What may stand behind the second figure if it is the past of the first: nothing, a sign, a time.
_PAST_BEHIND = re.compile(
    r"\s?(?:$|[.;:)|•#]|,\s|\(|https?\b|\$[A-Za-z]|and\s|y/y|yoy|a\syear|one\syear|(?:a\s)?year[\s-]?(?:ago|earlier|on)|prior|"
    r"previous|earlier|last\s(?:year|month|week|quarter)|for\s(?:[1-4]Q|Q[1-4]|the\s(?:same|corresponding|previous|prior))|"
    r"in\s(?:(?:19|20)\d\d\b|the\s(?:same|corresponding|comparable|previous|prior|preceding|year-ago|first|second|third|fourth|last)\b)|"
    r"(?:the|during\sthe)\s(?:same|corresponding|previous|prior|year))",
    re.IGNORECASE,
)
# What may not stand before the first one: a sign, the lower end of a range, what was expected, the past.
_DOUBT_BEFORE = re.compile(
    r"(?:[-−–]|\bminus|\bnegative|\bto|\band|\bthrough|\d)\s*$|"
    r"\b(?:expect\w*|consensus|estimate\w*|est\.?|forecast|last\syear|year[\s-]ago|previously)\s(?:\S+\s){0,3}$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# Words that say the way; losses, of which the model knows better without them; and what is no figure of a business.
_SAID = re.compile(
    r"\b(?:up|down|rose|rises?|rising|fell|falls?|falling|gr[eo]w|growth|grown|growing|higher|lower|above|below|beats?|"
    r"miss(?:es|ed)?|tops?|topped|(?:in|de)creas\w*|declin\w*|drop(?:s|ped|ping)?|jump\w*|climb\w*|surg\w*|slump\w*|plung\w*|"
    r"narrow\w*|widen\w*|deepen\w*|swung|swings?|turn(?:s|ed)|shr[aiu]nks?|doubl\w*|halv\w*|improv\w*|worsen\w*|weak\w*|strong\w*|"
    r"gain\w*|slip\w*|ralli\w*|loss|losses|lost|loses?|deficit|burn\w*|outflows?|votes?|voted|won|wins?)\b",
    re.IGNORECASE,
)
_SCALE = {"k": 1e3, "thousand": 1e3, "lakh": 1e5, "crore": 1e7, "cr": 1e7, "trillion": 1e12} | {
    **dict.fromkeys(("mn", "mln", "m", "million"), 1e6),
    **dict.fromkeys(("bn", "bln", "b", "billion"), 1e9),
}
_ALIKE = {"percent": "%", "per cent": "%", "pct": "%", "cent": "cents", "bp": "bps"}
_FACTOR = 20.0  # figures further apart than this are taken for two kinds, or for numbers with a dot for thousands
_NEAR = 40  # characters before and behind that are looked at


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
    return _BESIDE.sub(_way, text)


def _way(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - _NEAR) : found.start()]
    behind = found.string[found.end() : found.end() + _NEAR]
    wanted = bool(found["wanted"]) or _WANTED_BEHIND.match(behind) is not None
    new, old = _sizes(found, wanted)
    doubtful = _DOUBT_BEFORE.search(before) or not (wanted or _PAST_BEHIND.match(behind)) or _is_turned(before, behind)
    if new == old or doubtful:
        return found[0]
    way = (", above " if new > old else ", below ") if wanted else (", up from " if new > old else ", down from ")
    start, end = (place - found.start() for place in found.span("link"))
    return found[0][:start] + way + found["wanted"] + found[0][end:]


def _is_turned(before: str, behind: str) -> bool:
    """Return whether the second figure is the later one, as in "7 in 2008, compared with 12 in 2009"."""
    first, second = _YEAR.findall(before), _YEAR.findall(behind[:12])
    return (
        bool(first and second and first[-1] < second[0]) or re.match(r"\s?\(?(?:actual|this|now)", behind) is not None
    )


def _sizes(found: re.Match[str], wanted: bool) -> tuple[float, float]:
    """Return both figures; twice the same where they are of two kinds."""
    units = [_ALIKE.get(unit.lower(), unit.lower()) if (unit := found[f"unit{one}"]) else "" for one in "12"]
    currencies = [(found[f"currency{one}"] or "").lower() for one in "12"]
    sizes = [float(found[f"number{one}"].replace(",", "")) for one in "12"]
    if all(unit in _SCALE for unit in units):
        sizes = [size * _SCALE[unit] for size, unit in zip(sizes, units, strict=True)]
        alike = "" in currencies or currencies[0] == currencies[1]
    elif units[0] == units[1]:
        plain = not any((*units, *currencies))  # years, days, scores, but for what is beside an estimate
        alike = currencies[0] == currencies[1] and (wanted or not plain)
    else:
        alike = "" in units and currencies[0] == currencies[1] != ""
    near = 1 / _FACTOR < sizes[0] / max(sizes[1], 1e-9) < _FACTOR
    return (sizes[0], sizes[1]) if alike and near else (0.0, 0.0)
