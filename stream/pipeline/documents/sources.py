"""Whether a name is told of as who says something, rather than as whom something is said of. Pure.

The forms are those of analysts' calls in headlines, read in split ``train`` of SEntFiN. A company that speaks of itself
is no source, wherever its name stands: "Acme says profit fell", "Acme: profit falls", "Profit falls, says Acme". What
stands before a name at the end has to show that it is of others: :mod:`stream.pipeline.documents.said_of`. Chinese has
forms of its own: :mod:`stream.pipeline.documents.chinese_sources`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from stream.pipeline.documents.chinese_sources import is_chinese_source
from stream.pipeline.documents.names import UNSPACED
from stream.pipeline.documents.places import Span
from stream.pipeline.documents.said_of import OURS, TIES, is_of_itself, is_of_others
from stream.pipeline.documents.sentences import sentence_around

REACH = 100  # characters on each side that are looked at
_PEOPLE = r"(?:analysts?|strategists?|economists?|researchers?|experts?)"
_TRADE = rf"(?:{_PEOPLE}|traders?|brokers?|brokerages?)"
_RATING = (
    r"(?:(?:strong )?buy|(?:strong )?sell|hold|accumulate|overweight|underweight|outperform(?:er)?|"
    r"underperform(?:er)?|equal[- ]?weight|market perform|sector perform|neutral)(?!-\w)"
)
_TARGET = r"(?:price targets?|target prices?|price forecasts?|price estimates?)"
# Behind who rates: "Acme cut to sell by X", "Acme: target raised by analysts at X", "Source: X".
_RATED_BY = re.compile(
    r"(?:\bsources?:|(?:\b(?:downgraded|upgraded|initiated)(?: [\w'\"-]+){0,4}|"
    rf"\b(?:cut|raised|lowered|lifted|started|rated|reiterated|resumed)(?: (?:to|at|as))? \W?{_RATING}\W?|"
    rf"\b{_TARGET} (?:cut|raised|lowered|lifted|trimmed|slashed|hiked)(?: [\w$€£.]+){{0,3}}) (?:by|at)) (?:the )?$",
    re.IGNORECASE,
)
# Before who is quoted: "according to X", "a report by X".
_QUOTES = re.compile(
    r"\b(?:according to|(?:a|the|in|latest|new) (?:note|report|survey|poll|study) (?:by|from|of)) (?:the )?$", re.I
)
# "Analysts at X" and "X's analysts" speak of others only where they speak: "X analysts fired" is of X.
_STAFF_OF = re.compile(
    rf"(?:\b(?P<told>says?|said|warns?|according to|by)\b[^;:]{{0,60}})?"
    rf"\b{_TRADE}(?: (?-i:[A-Z])[\w.]+){{0,3}},? (?:at|from|with|of) (?:the )?$",
    re.IGNORECASE,
)
_KINDS = "senior|chief|top|veteran|star|research|equity|market|markets|credit|currency|fund|technical|commodity"
_STAFF = re.compile(rf"^(?:'s?|\u2019s?)? (?:(?:{_KINDS}) ){{0,2}}{_PEOPLE}\b", re.IGNORECASE)
_TOLD = re.compile(r"(?:\b(?:says?|said|warns?|according to|by)(?: the)? |\s?: | [-\u2013\u2014|] )$", re.IGNORECASE)
_PERSON = r"(?:,? (?-i:[A-Z])[\w.'\u2019-]*){0,3}"
_ENDS = re.compile(rf"^{_PERSON}[\s.\"']*$")
_SPEAKS = re.compile(
    rf"^{_PERSON},?(?:: | (?:(?:has|have|is|are|also|now) )?(?:(?:"
    r"says?|said|wrote|sees?|saw|"
    r"(?:expect|think|warn|predict|forecast|prefer|favou?r|recommend|reckon|flag|suggest|eye|doubt|highlight|note|believe|"
    r"argue|write|advise|urge|rate|release|estimate|like|upgrade|downgrade|cut|raise|lift|hike|lower|trim|slashe?|"
    r"initiate|resume|keep|maintain|retain|reiterate|reaffirm|affirm|assign|repeat|revise|give|explain)(?:s|e?d)?|"
    r"bullish|bearish|upbeat|positive|negative|neutral|overweight|underweight)\b))",
    re.IGNORECASE,
)
# Before a name with which the sentence ends: "Buy Acme, target 100: Bank X", "Acme sinks - Bank X", "..., said Bank X".
_LAST = re.compile(r"(?:(?P<sign>\s?: | [-\u2013\u2014|] )|\b(?:says?|said|warns|warned) )$")
_LEAST_WORDS = 3  # of what it says: "Profit warning - Deutsche Bank" is of the bank, "Oil to rise: Nomura" is not
# What is only told to be of the name that follows: "Stocks to watch: Acme".
_HEADING = re.compile(
    r"\b(?:watch|focus|radar|news|results?|earnings|analysis|p?review|updates?|warning|alert|profile|interview|chart|"
    r"call|picks?|ideas?|gainers?|losers?|movers?|day|week|briefs?|briefing|ipo)\W*$",
    re.IGNORECASE,
)
_MOST_HEADING = 5  # words
_CALL = re.compile(rf"^\W*{_RATING}\b|\b{_RATING}\W* on \b|^\W*(?:avoid|bullish|bearish|positive|negative) on\b", re.I)
_SAYS = re.compile(r"^ (?:says|said|warns|warned)\W*$")  # "Oil to fall, Bank X says"
# What analysts alone do: "X downgrades Acme", "X cuts Acme to sell", "X sees upside in Acme".
_VERBS = (
    r"(?:cuts?|raises?|lifts?|hikes?|lowers?|trims?|slashe?s?|ups|puts?|starts?|initiates?|resumes?|keeps?|maintains?|"
    r"retains?|reiterates?|reaffirms?|affirms?|assigns?|repeats?|revises?|gives?|upgrades?|downgrades?)"
)
_RATES = re.compile(
    rf"^(?:'s?)? (?:also |again )?(?:{_VERBS} (?:[^;:]{{0,60}}\W)?(?:{_RATING}\b|{_TARGET}\b|coverage\b|rating\b)|"
    rf"(?:raises?|cuts?|lifts?|hikes?|lowers?|trims?|ups) (?:its )?targets? on\b|"
    r"(?-i:upgrades?|[Dd]owngrades?) (?!FY|Q[1-4]|Full|Its|Guidance|Forecast|Outlook|Sales|Profit|Revenue)(?-i:[A-Z])|"
    rf"(?:recommends?|advises?|says|says to|tips) \W?{_RATING}\b|"
    r"(?:is |stays |remains |turns )?(?:bullish|bearish|overweight|underweight|neutral|positive|negative|upbeat) on\b|"
    r"(?:sees?|expects?) (?:[\w.%-]+ ){0,5}(?:up|down)side (?:potential )?(?:in|for|to|at) (?-i:[A-Z]))",
    re.IGNORECASE,
)
# A colon with a call behind it, of somebody: "X: Buy Acme, target 100", not "Acme: Buy with a target of 100".
_NOTE = re.compile(rf"^: (?:{_RATING}|avoid|upgrade|downgrade) (?-i:[A-Z](?!TP))", re.IGNORECASE)
_TELLS = re.compile(
    r"^ (?:says?|sees|expects|thinks|believes|warns|predicts|forecasts|favou?rs|prefers|likes|likens) $"
)
_MARKET = re.compile(
    r"^ (?:says|sees|expects|thinks|predicts|forecasts) (?:that )?(?:the )?(?:\w+ )?(?:oil|gold|silver|copper|stocks|"
    r"shares|equities|bonds|treasuries|dollar|euro|yen|rupee|sensex|nifty|s&p|dow|nasdaq|bitcoin|markets?)(?![\w'’])",
    re.IGNORECASE,
)
# A company that speaks of itself, or of what it has with the other.
_OWN = re.compile(
    r"\b(?:its (?!price|target|rating|stance|view)|guidance|revenue|sales|dividend|stakes?)", re.IGNORECASE
)
_ITSELF = re.compile(
    rf"\b(?:it|its|itself|{OURS}|ceo|cfo|guidance|revenues?|{TIES}|suits?|patents?|with)\b|\b(?:fy|q[1-4])",
    re.IGNORECASE,
)


class Neighbours(list[Span]):
    """Places of names, in order: a title may hold thousands, and what is asked of each is where those near it are."""

    def near(self, place: Span) -> list[Span]:
        """Return those within reach of ``place`` and the last: it may count that one stands behind, however far.

        >>> Neighbours([(0, 4), (200, 204), (500, 504), (900, 904)]).near((210, 214))
        [(200, 204), (900, 904)]
        """
        first, end = (bisect_left(self, (at, 0)) for at in (place[0] - REACH, place[1] + REACH))
        return self[first:end] + self[max(end, len(self) - 1) :]


def is_source(text: str, place: Span, others: Sequence[Span] = ()) -> bool:
    """Whether the name at ``place`` is who says something there; ``others`` are the places of other names.

    >>> is_source("Acme downgraded by Bank X", (19, 25)), is_source("Acme downgraded by Bank X", (0, 4))
    (True, False)
    """
    others = others.near(place) if isinstance(others, Neighbours) else others
    start, end = sentence_around(text, place, others, REACH)
    before, after = text[start : place[0]], text[place[1] : end]
    behind = [other - place[1] for other, _ in others]
    if UNSPACED.search(before + after) and is_chinese_source(before, text[slice(*place)], after, behind):
        return True
    names_other = any(start <= other < end for other, _ in others)
    if _RATED_BY.search(before) or _staff_speaks(before, after):
        return True
    if _QUOTES.search(before):
        return not is_of_itself(before + after, names_other)
    if before.endswith(", ") and _SAYS.match(after):
        return is_of_others(before, names_other)
    if not after.strip(" .\"'"):
        return _ends_call(before, names_other)
    return not before.strip(" \"'") and _opens_call(after, behind)


def _staff_speaks(before: str, after: str) -> bool:
    """Whether it is analysts of the name that speak, and not they of whom something is told."""
    if staff := _STAFF_OF.search(before):
        return bool(staff["told"] or _SPEAKS.match(after))
    if staff := _STAFF.match(after):
        rest = after[staff.end() :]
        return bool(_SPEAKS.match(rest) or (_ENDS.match(rest) and _TOLD.search(before)))
    return False


def _ends_call(before: str, names_other: bool) -> bool:
    """Whether what stands before a name at the end is what that name says of others."""
    last = _LAST.search(before)
    if last is None:
        return False
    said = before[: last.start()]
    words = sum(any(map(str.isalnum, word)) for word in said.split())
    if _CALL.search(said):
        return True
    if last["sign"] and (words < _LEAST_WORDS or (words <= _MOST_HEADING and _HEADING.search(said))):
        return False
    return is_of_others(said, names_other)


def _opens_call(after: str, others: Sequence[int]) -> bool:
    """Whether a name at the beginning speaks of others; ``others`` are places in what stands behind it."""
    if rates := _RATES.match(after):
        return not _OWN.search(rates.group())
    if _NOTE.match(after):
        return True
    told = _MARKET.match(after) or any(at > 0 and _TELLS.match(after[:at]) for at in others)
    return bool(told) and not _ITSELF.search(after)
