"""Links, domains, mentions and mail addresses, which name nobody, are taken out of a text. Pure."""

from __future__ import annotations

import re

# What follows the sign that they have, which a search leaps to.
# A link ends where another script begins, since no space stands there.
_LINK = re.compile(r"://[!-~]+")
_WWW = re.compile(r"[wW]{3}\.[!-~]+")
_MENTION = re.compile(r"@\w+(?:[@.-]+\w+)*")
_MAIL = re.compile(r"@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}(?!\w)")
_PATH = re.compile(r"\.[a-z]{2,}/[!-~]*")
_ENDINGS = (".com", ".co.", ".net", ".org", ".io", ".info", ".news", ".gov", ".edu")
_DOMAIN = re.compile(r"\.(?:com|co|net|org|io|info|news|gov|edu)(?:\.[a-z]{2})?(?![.-]*\w)")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_")
_NOBODY = "\x00"  # stands for each sign of an address, so that the words around it stay apart, and where they stood


def without_addresses(text: str, domains: frozenset[str]) -> str:
    """Return ``text`` with a sign for nobody in the place of each; ``domains`` are names themselves.

    >>> without_addresses("Tesla: see tesla.com", frozenset()).count("esla")
    1
    """
    if "://" in text:
        text = _masked(text, _LINK)
    if "@" in text:
        text = _masked(text, _MAIL, least=1)
        text = _masked(text, _MENTION, most=0)
    if "www." in text or "WWW." in text:
        text = _masked(text, _WWW)
    if "/" in text:
        text = _masked(text, _PATH, least=1)
    if any(ending in text for ending in _ENDINGS):
        text = _masked(text, _DOMAIN, least=1, kept=domains)
    return text


def _masked(
    text: str, pattern: re.Pattern[str], least: int = 0, most: int | None = None, kept: frozenset[str] | None = None
) -> str:
    """Return ``text`` with signs for nobody in the place of each match and what belongs to it on its left.

    Args:
        least, most: characters on its left that it needs and may have.
        kept: domains that are names; given, only what has no capitals is one.
    """
    parts, at, capitals = list[str](), 0, 0
    for match in pattern.finditer(text):
        if match.start() < capitals:
            continue
        start = _start_of_host(text, match.start(), at)
        left, whole = match.start() - start, text[start : match.end()]
        if left < least or (most is not None and left > most) or (kept is not None and whole in kept):
            continue
        if kept is not None and not whole.islower():
            # Its capitals are in whatever follows without a gap, too: to walk back to them each time would take long.
            capitals = _end_of_host(text, match.end())
            continue
        parts += text[at:start], re.sub("[^_-]", _NOBODY, whole)
        at = match.end()
    return "".join((*parts, text[at:])) if parts else text


def _start_of_host(text: str, at: int, least: int) -> int:
    while at > least and text[at - 1] in _HOST:
        at -= 1
    return at


def _end_of_host(text: str, at: int) -> int:
    while at < len(text) and text[at] in _HOST:
        at += 1
    return at
