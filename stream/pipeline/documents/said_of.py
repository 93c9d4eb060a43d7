"""Whether what somebody says is of others, as an analyst's view is, or of who says it. English alone. Pure.

Headlines end alike with an analyst's view ("Oil to rise: Bank X") and with a company's own bad news ("Data of three
million clients stolen: Bank X"). The first counts nowhere, so it has to show that it is one: by the language of those
who invest, by a market, or by another name. The words were read in split ``train`` of SEntFiN.
"""

from __future__ import annotations

import re

# A company that speaks of itself: by name, and what it has with another.
OURS = r"we|ours?|(?-i:us)"
TIES = "deals?|talks|stakes?|mergers?|takeovers?|acquisitions?|partnerships?|contracts?|suppliers?|lawsuits?"
# Of markets at large, which no company says of itself.
_MARKETS = re.compile(
    r"\b(?:oil(?! (?:spill|leak|rig|unit|platform))|crude|brent|gold(?! mine)|silver(?! mine)|copper(?! mine)|aluminum|"
    r"bullion|commodit(?:y|ies)|metals?|stocks|equit(?:y|ies)|treasur(?:y|ies)|(?:bond|treasury|gilt) yields?|"
    r"bond (?:funds?|markets?)|(?:dollar|euro|yen)(?! (?:bonds?|notes?|debts?|loans?))|yuan|rupee|sterling|"
    r"currenc(?:y|ies)|forex|sensex|nifty|s&p 500|dow|nasdaq|ftse|nikkei|dalal street|wall street|bitcoin|crypto|"
    r"ind(?:ex|ices)|markets?(?! share)|economy|recession|inflation|gdp|monetary|fiscal|fed|ecb|rbi|reforms?|"
    r"(?:interest|policy|repo|crr)(?: rates?)?|rate (?:hikes?|cuts?)|budget|elections?|polls|emerging|fiis?|fdi|"
    r"fund inflows|industry|sectors?|space|(?:mid|small|large)[- ]?caps?|companies|firms|cos|majors)\b",
    re.IGNORECASE,
)
# How those speak who weigh a share.
_VIEWS = re.compile(
    r"\b(?:(?:over|under)(?:valued|weight|priced|bought|sold|perform\w*)|outperform\w*|valuations?|"
    r"fairly (?:priced|valued)|(?:un)?attractive|compelling|inexpensive|upside|downside|potential|bullish|bearish|"
    r"re-?rating|re-?rated|(?:positive|negative|good|bad|attractive) (?:for|on)|benefits? from|to benefit|picks?|"
    r"bets?|(?:value|good) (?:buy|stock)|favou?red|"
    r"(?:investors?|traders?)(?= (?:can|should|may|need|must|prefer|trim|to)\b)|"
    r"foreign (?:institutional )?investors|portfolios?|(?:stand|stance|ratings?|view)(?= on\b)|rall(?:y|ies)|"
    r"rebound|breakout|resistance|support at|all-time high|levels?|touch|target|buy(?:ing)?(?: on| opportunit\w+)|"
    r"sell on|(?:rise|fall|gain|drop|slip|climb|slide|decline|correct|bounce) further|"
    r"(?:looks?|look) (?:good|weak|interesting|exciting|strong|cheap|expensive)|good (?:stock|to enter)|watch out|"
    r"avoid|cautious|caution|(?:well )?placed)\b",
    re.IGNORECASE,
)
# What happens to a company, and who belongs to it.
_TROUBLE = re.compile(
    rf"\b(?:{OURS}|my|itself|ceo|cfo|chairman|founders?|executives?|staff|employees|workers|job cuts|"
    r"lay-?offs?|stolen|thefts?|hack\w*|(?:client|customer|user|personal)s?'? data|data of|"
    r"breached|leak\w*|cyber\w*|ransomware|outages?|glitch\w*|systems?|"
    r"crash(?:ed)? (?:kills|at)|units?|desk|division|head of|fraud\w*|scams?|embezzl\w*|brib\w*|launder\w*|"
    r"arrest\w*|charged|jailed|indicted|convicted|guilty|sued|sues|lawsuits?|probes?|investigat\w*|raid(?:s|ed)?|"
    r"fines?|fined|penalt\w*|falsif\w*|default\w*|insolven\w*|bankrupt\w*|creditors?|depositors?|deposits|"
    r"withdrawals?|cannot|can't|unable|suspend\w*|halt(?:s|ed)?|freez\w*|frozen|recalls?|recalled|resign\w*|"
    r"quits?|fired|explosions?|blasts?|killed|kills|plants?|refiner(?:y|ies)|shut\w*|paus\w*|repa(?:y|id)\w*|"
    r"factor(?:y|ies)|branch(?:es)?|losing|lost|missed|missing|drained|vanish\w*|seized|rogue|unauthori[sz]ed|"
    r"admits?|admitted|on fire|clients?|customers?|audit\w*|restat\w*|accounting|rights issue|"
    r"wind(?:s|ing)? (?:up|down))\b",
    re.IGNORECASE,
)
# What a company tells of its business. Of markets at large it is told, too: "Profit of Sensex firms to fall".
_FIGURES = re.compile(
    r"\b(?:profits?|loss(?:es)?|revenues?|sales|earnings|margins?|turnover|guidance|forecast|deliver(?:y|ies)|output|"
    rf"production|dividends?|{TIES}|ipo|its|fy\d*|q[1-4])\b",
    re.IGNORECASE,
)
# What it has with another company that is named: "Deal with Acme ends: Bank X".
_OWN = re.compile(rf"\b(?:{OURS}|its|{TIES})\b", re.IGNORECASE)


def is_of_others(said: str, names_other: bool) -> bool:
    """Whether ``said`` shows that it is a view of others; ``names_other``: another name of the list stands in it.

    >>> is_of_others("Oil to rise", False), is_of_others("Profit to fall 40%", False), is_of_others("CEO quits", False)
    (True, False, False)
    """
    return not is_of_itself(said, names_other) and bool(names_other or _MARKETS.search(said) or _VIEWS.search(said))


def is_of_itself(said: str, names_other: bool) -> bool:
    """Whether ``said`` shows that it is of who says it. The trouble in a text that names another is the other's."""
    if names_other:
        return bool(_OWN.search(said)) and not _VIEWS.search(said)
    return bool(_TROUBLE.search(said)) or (bool(_FIGURES.search(said)) and not _MARKETS.search(said))
