"""What publishers put behind a text, whatever it says: credits, calls to subscribe, disclaimers. Pure and total.

Only at the beginning of a line or a sentence, or with a capital, and only behind something: a text that begins so is
about that.
"""

from __future__ import annotations

import re

import ahocorasick

from models.cleaning.boilerplate_han import without_han_boilerplate

LEAST_LEFT = 3  # characters; where less would be left, the text stays as it is
# Likewise where nothing would be left but a call that something comes: "Alert! Full story on Acme".
_CALL = re.compile(r"\W*(?:breaking(?: news)?|just in|update|exclusive|alert|flash|watch|live|news?)\W*", re.IGNORECASE)
_BEGINNING = r"(?:^|(?<=[.!?…\"')\]|»*])[^\S\n]|[^\S\n][-–—|•*][^\S\n]?)(?:[^\S\n]|[(\[*_>])*"
# Cut to the end of the line, for the text may go on behind it; of a long line, to the end of the sentence; in each case
# not beyond a cashtag, which may name what a desk watches.
_LINES = (
    r"(?:additional )?(?:reporting|writing|editing|compiled) by\b",
    r"(?:read|see|learn|find out) more\b|(?:also )?read (?:the full|also|next|here)\b|read:|continue reading\b",
    r"see also\b|(?:tap|click) (?:here|the link|on the link|below)\b|full (?:story|article|report)\b",
    r"sign up (?:for|to|here|now|today|and)\b|subscribe\b|follow us\b|(?:join|like) us on\b|follow @?\w+ on\b",
    r"join (?:our|the) (?:\w+ )?(?:telegram|discord|channel|newsletter|community|chat|group)\b",
    r"download (?:our|the) app\b",
    r"get (?:our|the) (?:latest|best|top|daily|free|newsletter)\b.{0,80}\b(?:inbox|e-?mail|newsletter|app|phone)\b",
    r"for more (?:news|information|info|details|stories|on this|updates|about)\b",
    r"all rights reserved\b|©[^\S\n]?[\w(\[@]|\(?c\) ?(?:19|20)\d\d\b|copyright\b",
    r"the post .{0,200} appeared first\b",
    r"this (?:article|story|post|piece|report|content) (?:was |has been )?(?:first |originally |also )*"
    r"(?:appeared|published|posted|written|generated|created)\b",
    r"(?:(?:featured |cover )?image|photo(?:graph)?|picture)s? ?(?:source|credit|courtesy|by|from|via|:)",
    r"source: https?:|via https?:",
)
_TEXT = (
    r"(?:article|content|material|communication|message|e-?mail|report|post|newsletter|information|document|website)s?"
)
# Cut to the end of the text.
_ENDINGS = (
    r"(?:legal |risk |important )?(?:disclaimer|disclosures?|risk warning|legal notice)[^\S\n]?(?::|[-–—.]|$)",
    r"important (?:notice|information)[^\S\n]?(?::|$)",
    rf"(?:this is|(?:this|the)(?: above| following)? {_TEXT})\b.{{0,120}}?\b(?:informational|information purposes"
    r"|educational|for information only|constitutes?|financial advice|investment advice|confidential"
    r"|intended (?:only|solely)|entertainment purposes)\b",
    r"(?:nothing|none of th\w+)\b.{0,80}?\b(?:advice|recommendation|constitutes?|solicitation)\b",
    r"(?:the |all |any )?(?:views|opinions)\b.{0,40}? expressed\b|past performance\b",
    r"(?:cfds|cryptocurrencies|investments?|trading|investing)\b.{0,60}?\b(?:involves?|carr(?:y|ies)|are complex|"
    r"are subject|are volatile|is risky|is highly)\b.{0,60}?\brisks?\b",
    r"not (?:a )?(?:financial|investment|trading) advice\b|nfa\b|dyor\b|(?:please )?do your own research\b",
    r"(?:cautionary |note |statement |regarding |on |about |safe harbou?r )*forward[- ]looking statements?\b",
    r"safe harbou?r\b|cautionary (?:note|statement)",
    r"if you (?:are not the intended|no longer wish)\b|unsubscribe\b",
    r"you(?:'re| are| have)? (?:receiv(?:ed|ing)|subscribed)\b.{0,40}?\b(?:e-?mail|newsletter|message|alert)s?\b",
    r"(?:manage|update|change) (?:your )?(?:e-?mail |subscription )?preferences\b",
    r"(?:view|open) (?:this|it)\b.{0,30}browser\b|please consider the env",
    r"sent (?:from|via|by) (?:my|our)\b|this (?:e-?mail|message) was sent\b",
    r"(?:media|press|investor|analyst|news) (?:contact|relations|inquir|enquir)\w*[^\S\n]?(?::|$)|contacts?[^\S\n]?:",
    r"(?:the )?(?:motley fool|author|writer) (?:has|have|holds?|owns?|recommends?|or|and|may)\b.{0,100}?"
    r"\b(?:positions?|shares?|stocks?|disclosure|mentioned)\b",
    r"-{2,}[^\S\n]?$|about (?-i:[A-Z])[\w&.,' -]{1,60}$(?=\n)|source (?-i:[A-Z])[\w&.,' -]{1,60}$",
)
# What needs no end of a sentence before it, as behind a headline, but a capital.
_WITH_A_CAPITAL = r"(?<=\s)(?=(?-i:[A-Z©]))"
_PLAIN_LINES = (
    r"sign up (?:for|to) (?:our|the|my)\b|subscribe (?:to (?:our|the|my)|now|today|here)\b",
    r"read more(?=:| at| on| here|$)",
    r"read the full (?:story|article|report)\b|click here (?:to|for)\b|follow us on\b|join our\b|continue reading\b",
    r"all rights reserved\b|© ?\d{4}|the post .{0,200} appeared first\b|download our app\b|image source:",
    r"get (?:our|the) (?:latest|best|top|daily|free|newsletter)\b.{0,80}\b(?:inbox|e-?mail|newsletter|app|phone)\b",
)
_PLAIN_ENDINGS = (
    r"disclaimer:|disclosure:|not (?:financial|investment) advice\b|past performance (?:is|does)\b|unsubscribe\b",
    rf"this {_TEXT} (?:is|does|was|may|should|contains|and)\b.{{0,120}}?\b(?:informational|information purposes"
    r"|educational|for information only|constitutes?|financial advice|investment advice|confidential)\b",
    r"the (?:views|opinions)\b.{0,40}? expressed\b|you are receiving this\b|sent from my\b",
    r"if you are not the intended\b",
)
_REST = r"(?:[^\n$]{0,300}$|[^\n$]*?[.!?](?=\s)|[^\n$]*)"


def _behind(anywhere: tuple[str, ...], beginning: tuple[str, ...]) -> str:
    return f"(?:{_BEGINNING}(?:{'|'.join(beginning)})|{_WITH_A_CAPITAL}(?:{'|'.join(anywhere)}))"


_LINE = re.compile(_behind(_PLAIN_LINES, _LINES) + _REST, re.IGNORECASE | re.MULTILINE)
_ENDING = re.compile(_behind(_PLAIN_ENDINGS, _ENDINGS), re.IGNORECASE | re.MULTILINE)
# A text with none of these holds nothing for the patterns above, which are slow to find that out.
_SIGNS = (
    "ing by", "iled by", "read more", "see more", "learn more", "out more", "read the", "read also", "also read",
    "read next", "read here", "read:", "continue reading", "see also", "click", "tap ", "full story", "full article",
    "full report", "sign up", "subscri", "follow ", "join us", "like us", "join our", "join the", "download", "inbox",
    "newsletter", "email", "e-mail", "for more", "all rights", "©", "(c", "c) ", "copyright", "appeared", "published",
    "posted", "written", "generated", "created", "image", "photo", "picture", "source", "via http", "disclaim",
    "disclos", "risk", "legal no", "important", "inform", "advice", "constitut", "confidential", "intended only",
    "intended solely", "intended rec", "entertainment", "educational", "recommendation", "solicitation", "expressed",
    "past performance", "nfa", "dyor", "own research", "forward-looking", "forward looking", "harbo", "cautionary",
    "longer wish", "receiv", "preferences", "browser", "sent ", "please consider", "contact", "relations", "inquir",
    "enquir", "fool ", "author ", "writer ", "--", "about ",
)  # fmt: skip
_SEARCH = ahocorasick.Automaton()
for _sign in _SIGNS:
    _SEARCH.add_word(_sign, True)
_SEARCH.make_automaton()


def without_boilerplate(text: str) -> str:
    """Return ``text`` without what its publisher puts behind every text.

    >>> without_boilerplate("Lender loses a third of its deposits. Sign up for our newsletter!")
    'Lender loses a third of its deposits.'
    """
    left = without_han_boilerplate(_without_english(text))
    if len(left) < LEAST_LEFT or _CALL.fullmatch(left):
        return text
    return left if len(left) < len(text.strip()) else text


def _without_english(text: str) -> str:
    if next(_SEARCH.iter(text.lower()), None) is None:
        return text
    ending = _ENDING.search(text)
    return _LINE.sub("", text[: ending.start()] if ending else text).strip()
