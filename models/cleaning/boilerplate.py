"""What publishers put behind a text, whatever it says: credits, calls to subscribe, disclaimers. Pure and total.

Only at the beginning of a line or a sentence, or with a capital, and only behind something: a text that begins so is
about that.
"""

from __future__ import annotations

import re

import ahocorasick

from models.cleaning.boilerplate_han import without_han_boilerplate
from models.cleaning.cuts import without_calls, without_endings
from models.cleaning.small_print import ENDINGS, NO_NEWS, PLAIN_ENDINGS

LEAST_LEFT = 3  # characters; where less would be left, the text stays as it is
# Likewise where nothing would be left but a call that something comes: "Alert! Full story on Acme".
_CALL = re.compile(r"\W*(?:breaking(?: news)?|just in|update|exclusive|alert|flash|watch|live|news?)\W*", re.IGNORECASE)
_BEGINNING = (
    r"(?:^|(?<=[.!?…|»*])[^\S\n]|(?<=[.!?…][\"')\]])[^\S\n]|(?<=[\"')\]])[^\S\n](?=(?-i:[^a-z]))|"
    r"[^\S\n][-–—|•*][^\S\n]?)(?:[^\S\n]|[(\[*_>])*"
)
_AT = r"(?=[^\S\n]*(?:$|[:.,!>…)*(-]|https?:|(?:at|on|here|in|of|about|below|by|via|and|for|from)\b))"
_NAMES = r"(?-i:[A-Z@][\w.&'@]*(?:[ /,]{1,2}[A-Z@][\w.&'@]*){0,4})"
# Credits and calls. See models.cleaning.cuts for how far they go.
_LINES = (
    rf"(?:additional )?(?:reporting|writing|editing|compiled) by\b{NO_NEWS}",
    rf"(?:read|learn|find out) more\b(?! than\b)|see more\b{_AT}|(?:also )?read (?:the full|also|next|here)\b|read:",
    r"continue reading\b|see also\b|(?:tap|click) (?:here|the link|on the link|below)\b",
    rf"full (?:story|article|report)\b{_AT}{NO_NEWS}",
    r"sign up (?:for|to|here|now|today|and)\b|subscribe\b|follow us\b|(?:join|like) us on\b|follow @?\w+ on\b",
    r"join (?:our|the) (?:\w+ )?(?:telegram|discord|channel|newsletter|community|chat|group)\b",
    r"download (?:our|the) app\b",
    r"get (?:our|the) (?:latest|best|top|daily|free|newsletter)\b.{0,80}\b(?:inbox|e-?mail|newsletter|app|phone)\b",
    r"for more (?:news|information|info|details|stories|on this|updates|about)\b",
    r"all rights reserved\b|©[^\S\n]?[\w(\[@]|\(?c\) ?(?:19|20)\d\d\b",
    rf"copyright[^\S\n]*(?:©|\(c\)|(?:19|20)\d\d\b|(?:(?:by|of) )?{_NAMES},?[^\S\n](?:19|20)\d\d\b|[:.,]|$)",
    r"the post .{0,200} appeared first\b",
    r"this (?:article|story|post|piece|report|content) (?:was |has been )?(?:first |originally |also )*"
    rf"(?:appeared|published|posted|written|generated|created)\b{NO_NEWS}",
    r"(?:(?:featured |cover )?image|photo(?:graph)?|picture)s?(?: ?(?:source|credit|courtesy)s?\b| ?:| (?:by|from|via) "
    rf"{_NAMES}(?=[^\S\n]*(?:[.)\]|]|$))){NO_NEWS}",
    r"source: https?:|via https?:|source (?-i:[A-Z])[\w&.']*(?: (?-i:[A-Z])[\w&.']*){0,2}[^\S\n]*$",
    r"not (?:a )?(?:financial|investment|trading) advice\b|nfa\b(?=\W*(?:dyor\b|$)|[^\S\n]*[.!;/|&+])",
    r"dyor\b|(?:please )?do your own research\b",
    r"the (?:author|writer) (?:has|have|had|holds?|owns?|does not|did not|may)\b.{0,100}?\b(?:no (?:\w+ )?positions?|"
    r"(?:stocks?|securities|shares|companies|assets|coins) mentioned|mentioned (?:in|above|here)|at the time of)\b",
)
# What needs no end of a sentence before it, as behind a headline, but a capital.
_WITH_A_CAPITAL = r"(?<=\s)(?=(?-i:[A-Z©]))"
_PLAIN_LINES = (
    r"sign up (?:for|to) (?:our|the|my)\b|subscribe (?:to (?:our|the|my)|now|today|here)\b",
    r"read more(?=:| at| on| here|$)|not (?:financial|investment) advice\b",
    r"read the full (?:story|article|report)\b|click here (?:to|for)\b|follow us on\b|join our\b|continue reading\b",
    r"all rights reserved\b|© ?\d{4}|the post .{0,200} appeared first\b|download our app\b|image source:",
    r"get (?:our|the) (?:latest|best|top|daily|free|newsletter)\b.{0,80}\b(?:inbox|e-?mail|newsletter|app|phone)\b",
)


def _behind(anywhere: tuple[str, ...], beginning: tuple[str, ...]) -> str:
    return f"(?:{_BEGINNING}(?:{'|'.join(beginning)})|{_WITH_A_CAPITAL}(?:{'|'.join(anywhere)}))"


_LINE = re.compile(_behind(_PLAIN_LINES, _LINES), re.IGNORECASE | re.MULTILINE)
_ENDING = re.compile(_behind(PLAIN_ENDINGS, ENDINGS), re.IGNORECASE | re.MULTILINE)
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
    "enquir", "fool ", "author ", "writer ", "--", "about ", "solely", "constru", "endorsement",
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
    return without_calls(without_endings(text, _ENDING), _LINE).strip()
