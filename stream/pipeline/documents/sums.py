"""Whether a name that reads as a sum, as 3M does, is one where it stands: for watchlists and for stories. Pure.

What is counted stands in a list: "3M cuts jobs" and "3M faces suits" have a small word with an s behind the name, too.
"""

from __future__ import annotations

import re

from stream.pipeline.documents.money import CODES, COINS, LETTERS, MAGNITUDES, MORE_COINS, SIGNS, any_of

_SUM = re.compile(rf"\d+ ?(?:[{LETTERS}]|{any_of(MAGNITUDES)})?", re.IGNORECASE)
_REACH = 24  # signs before the name that are looked at
_MONEY = any_of((*CODES, *COINS, *MORE_COINS))
_METALS = "copper|aluminium|aluminum|zinc|nickel"
_SUM_BEFORE = re.compile(rf"(?:[{SIGNS}] ?|\b(?:{_MONEY}|Rs\.?|LME|{_METALS}) ?)$")
# People, things, units. None that is a verb, too ("3M posts a loss"), nor what is likelier a company's: "3M masks".
_COUNTED = (
    "people|persons|users|subscribers|accounts|followers|downloads|visitors|Americans|households|homes|vehicles|cars|"
    "coins|tokens|barrels|bpd|tonnes|tons|ounces|doses|customers|clients|consumers|shoppers|borrowers|depositors|"
    "policyholders|members|jobs|workers|patients|passengers|travellers|travelers|tourists|migrants|refugees|residents|"
    "voters|viewers|readers|listeners|players|students|pupils|children|kids|women|men|adults|drivers|farmers|veterans|"
    "trucks|planes|phones|smartphones|computers|units|bags|bottles|vaccines|jabs|visas|tickets|parcels|transactions|"
    "wallets|emails|messages|hectares|acres|miles|kilometres|litres|liters|gallons|bushels|sq ?ft|"
    "square (?:feet|metres|meters)"
)
_RATES = (
    "Libor|LIBOR|Euribor|EURIBOR|SOFR|SONIA|CDOR|TIBOR|HIBOR|SHIBOR|T[ -]?bills?|Treasur(?:y|ies)|yields?|tenor|implied"
)
_SUM_BEHIND = re.compile(
    rf"[ +-]{{0,2}}(?:(?:{_MONEY}|(?:US )?dollars?|euros?|pounds?|francs?|rupees?|yen|yuan|worth|per|ago|{_RATES}|"
    rf"{_METALS}|(?:(?:more|new|active|additional|extra|paying|monthly|daily) ){{0,2}}(?:{_COUNTED})|"
    r"views(?! (?:the|its|it|this|that|as|an?)\b)|(?:shares|bonds|options) (?:of|worth))(?!\w)|"
    rf"[{SIGNS}](?!\w))"
)
# "Nearly 3M drones" is a count of whatever; "earns more than 3M" is none.
_ABOUT = re.compile(r"\b(?:nearly|almost|approximately|roughly|(?:more|less|fewer) than|at least|as many as) $", re.I)
_PLURAL_BEHIND = re.compile(r" [a-z]{2,}s\b(?!')")
# "Sold 3M shares" is a count, "3M shares fall" is not.
_TRADES = re.compile(
    r"\b(?:sells?|sold|selling|buys?|bought|buying|issues?|issued|issuing|offers?|offered|offering|places?|placed|dumps?|"
    r"dumped|unloads?|unloaded|acquires?|acquired|repurchases?|repurchased) (?:another |about |over |some )?$",
    re.IGNORECASE,
)
_TRADED_BEHIND = re.compile(r" (?:new |more |common )?(?:shares|bonds|options|warrants)\b", re.IGNORECASE)


def is_sum(plain: str, start: int, end: int) -> bool:
    """Whether the name at this place is a sum of money or a count: 3M in "$1.3M", "3M users"; no other name is one.

    >>> is_sum("sold 3M shares", 5, 7), is_sum("3M shares fall", 0, 2)
    (True, False)
    """
    if not plain[start].isdigit():
        return False
    before = plain[max(0, start - _REACH) : start]
    if before[-1:] in {".", ","} and before[-2:-1].isdigit():
        return True
    if not _SUM.fullmatch(plain, start, end):
        return False
    if _SUM_BEFORE.search(before) or _SUM_BEHIND.match(plain, end):
        return True
    return any(
        one.search(before) and behind.match(plain, end)
        for one, behind in ((_ABOUT, _PLURAL_BEHIND), (_TRADES, _TRADED_BEHIND))
    )
