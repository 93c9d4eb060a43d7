"""Whether a name that reads as a sum, as 3M does, is one where it stands. Pure."""

from __future__ import annotations

import re

# A name that reads as a sum, as 3M does, and what makes one of it: $3M, USD 3M, 1.3M, 3M users, 3M Libor.
_SUM = re.compile(r"\d+ ?(?:[kmbt]|mn|bn|tn|mln|bln|million|billion|trillion)?", re.IGNORECASE)
_MONEY = "USD|EUR|GBP|JPY|CHF|CNY|RMB|HKD|AUD|CAD|INR|SGD|KRW|BTC|ETH|USDT|USDC"
_SUM_BEFORE = re.compile(rf"(?:[$£€¥₹₩] ?|\b(?:{_MONEY}) ?)$")
_SUM_BEHIND = re.compile(
    rf"[ +]{{0,2}}(?:{_MONEY}|dollars?|euros?|pounds?|yen|yuan|people|users|subscribers|accounts|followers|downloads|"
    r"visitors|Americans|households|homes|vehicles|cars|coins|tokens|barrels|bpd|tonnes|tons|ounces|doses|worth|per|"
    r"Libor|LIBOR|Euribor|SOFR|T ?bills?)(?!\w)"
)


def is_sum(plain: str, start: int, end: int) -> bool:
    """Whether the name at this place is a sum of money or a count: 3M in "$1.3M", "3M users"; no other name is one."""
    if not plain[start].isdigit():
        return False
    before = plain[max(0, start - 6) : start]
    if before[-1:] in {".", ","} and before[-2:-1].isdigit():
        return True
    if not _SUM.fullmatch(plain, start, end):
        return False
    return bool(_SUM_BEFORE.search(before) or _SUM_BEHIND.match(plain, end))
