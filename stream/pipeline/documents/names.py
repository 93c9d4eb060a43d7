"""How names are compared: one form for the spellings of a text, and further spellings of a name. Pure.

A text is first cleaned as the model's is (:func:`models.text.clean`): entities, tags, signs without width, full-width
forms, apostrophes. What is left is made one here: accents and letters such as ø and ł, hyphens and runs of space, the
space around an ampersand, a space between Han characters or kana, traditional characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from models.cleaning.han import simplified
from models.cleaning.han_words import LONGEST_NAME, is_word_here
from models.text import clean

# Han, kana, hangul: scripts that write no space between words, or join particles to them.
CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
UNSPACED = re.compile(f"[{CJK}]")
_HAN_GAP = re.compile(
    "(?<=[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])[ ·・]+(?=[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])"
)
_ACCENTS = re.compile("[\u0300-\u036f]+")
_DASHES = re.compile("[\u2010-\u2015]")
_CHANGED = re.compile("[\u00c0-\u04ff\u1e00-\u1fff]")  # letters that may have an accent, or be changed otherwise
_AMPERSAND = re.compile(" ?& ?")
# Letters that Unicode does not take apart into a plain letter and an accent.
_LETTERS = str.maketrans(
    {
        "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H", "ŧ": "t",
        "Ŧ": "T", "ı": "i", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ß": "ss", "ẞ": "SS", "þ": "th", "Þ": "Th",
    }
)  # fmt: skip
_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "Ø": "Oe", "å": "aa", "Å": "Aa"}
)
# Links, addresses and mentions, which name nobody: what follows the sign that they have, which a search leaps to.
# A link ends where another script begins, since no space stands there.
_LINK = re.compile(r"://[!-~]+")
_WWW = re.compile(r"[wW]{3}\.[!-~]+")
_MENTION = re.compile(r"@\w+(?:[@.-]+\w+)*")
_MAIL = re.compile(r"@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}(?!\w)")
_PATH = re.compile(r"\.[a-z]{2,}/[!-~]*")
_ENDINGS = (".com", ".co.", ".net", ".org", ".io", ".info", ".news", ".gov", ".edu")
_DOMAIN = re.compile(r"\.(?:com|co|net|org|io|info|news|gov|edu)(?:\.[a-z]{2})?(?![\w.-]*\w)")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_")
_NOBODY = "\x00"  # stands for each sign of an address, so that the words around it stay apart, and where they stood
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_PLURAL = re.compile(r"(?<=[^\W\d_]{3})s$")
# A name that reads as a sum, as 3M does, and what makes one of it: $3M, USD 3M, 1.3M, 3M users, 3M Libor.
_SUM = re.compile(r"\d+ ?(?:[kmbt]|mn|bn|tn|mln|bln|million|billion|trillion)?", re.IGNORECASE)
_MONEY = "USD|EUR|GBP|JPY|CHF|CNY|RMB|HKD|AUD|CAD|INR|SGD|KRW|BTC|ETH|USDT|USDC"
_SUM_BEFORE = re.compile(rf"(?:[$£€¥₹₩] ?|\b(?:{_MONEY}) ?)$")
_SUM_BEHIND = re.compile(
    rf"[ +]{{0,2}}(?:{_MONEY}|dollars?|euros?|pounds?|yen|yuan|people|users|subscribers|accounts|followers|downloads|"
    r"visitors|Americans|households|homes|vehicles|cars|coins|tokens|barrels|bpd|tonnes|tons|ounces|doses|worth|per|"
    r"Libor|LIBOR|Euribor|SOFR|T ?bills?)(?!\w)"
)
_LONG_WORD = "(?=[A-Z][A-Za-z]{2})"  # behind one letter, which may be a part of a word: E.ON
_INITIALS = re.compile(rf"\b(?:(?:[A-Z]\. ?){{2,}}|[A-Z]\. ?{_LONG_WORD}|(?:(?<!.)[A-Z] )(?:[A-Z] )*{_LONG_WORD})")
_HYPHENED = re.compile("[A-Za-z]-")  # T-Mobile has no initial
_JOINED_INITIAL = re.compile(rf"(?<=\b[A-Z]\.){_LONG_WORD}")
SMALL_LETTER = re.compile(r"\b[a-z]\b")
_FURTHER_WORD = re.compile(r"(?!and\b)\b\w{3,}")
_TWO_CAPITALS = re.compile(r"\b[A-Z]{2}\b(?: |(?=\.))")


class Written(NamedTuple):
    """A text made ready for searching: cleaned, without addresses; as it is compared; and that without case."""

    loose: str
    plain: str
    folded: str


def written(text: str, domains: frozenset[str] = frozenset()) -> Written:
    """Return ``text`` made ready; ``domains`` are those that are names of their own, as ``booking.com`` is."""
    loose = _without_addresses(clean(text), domains)
    plain = _one_form(loose)
    return Written(loose, plain, folded(plain))


def comparable(name: str) -> str:
    """Return a name, or a text, as it is compared, but for its case.

    >>> comparable("Ｎｅｓｔｌé-backed  firm"), comparable("Ørsted"), comparable("贵州 茅台")
    ('Nestle backed firm', 'Orsted', '贵州茅台')
    """
    return _one_form(clean(name))


def folded(plain: str) -> str:
    """Return ``plain`` without case, of the same length, so that places in both are the same."""
    whole = plain.casefold()
    if len(whole) == len(plain):
        return whole
    return "".join(small if len(small := character.casefold()) == 1 else character for character in plain)


def spellings(name: str) -> Iterator[str]:
    """Yield the forms, as compared, in which people write ``name``.

    >>> sorted(set(spellings("Marks & Spencer")))
    ['Marks and Spencer', 'Marks&Spencer']
    >>> sorted(set(spellings("J.P. Morgan")))
    ['J P Morgan', 'J. P. Morgan', 'J. P.Morgan', 'J.P. Morgan', 'J.P.Morgan', 'JP Morgan']
    """
    for spelt in (name, name.translate(_SPELT_OUT)):
        plain = comparable(spelt)
        yield plain
        yield re.sub(r"(?<=[^\W\d_]) (?=\d)", "", plain)  # S&P 500: S&P500
        yield re.sub(r"(?<=[^\W\d_])(?=\d{2,}$)", " ", plain)
        yield re.sub(r"(?<=\w\w)&(?=\w\w)", " and ", plain)
        yield re.sub(r"(?<=\w\w) and (?=\w\w)", "&", plain)
        yield _APOSTROPHE.sub("", plain)  # McDonald's: McDonalds
        yield _PLURAL.sub("'s", plain)  # McDonalds: McDonald's
        apart = _JOINED_INITIAL.sub(" ", plain)
        if " " in apart:
            yield re.sub("[!?]", "", plain)
            if not _HYPHENED.match(spelt.strip()):
                yield from _initials(apart)


def with_letters(name: str) -> Iterator[str]:
    """Yield how people write the ``&`` of ``name`` beside a single letter; it counts where the letter is a capital.

    Names of such letters alone stay as they are: "classes C and A" are no C&A, nor is "look at and T bills" AT&T.

    >>> [*with_letters("S&P 500"), *with_letters("P&G"), *with_letters("Marks & Spencer")]
    ['S and P 500']
    """
    plain = comparable(name)
    if not _FURTHER_WORD.search(plain):
        return
    for sign, other in (("&", " and "), (" and ", "&")):
        if re.search(rf"\b\w{sign}\w|\w{sign}\w\b", plain):
            yield plain.replace(sign, other)


def hashtag(name: str) -> str:
    """Return the name as a hashtag, without the sign; empty where it is one word, or too short."""
    plain = comparable(name)
    joined = re.sub(r"[^\w]", "", plain)
    return joined if len(joined) > 2 and (" " in plain or "&" in plain) else ""


def is_whole(plain: str, start: int, end: int) -> bool:
    """Whether no letter or digit of the same script touches the words from ``start`` up to ``end``."""
    if start > 0 and plain[start - 1].isalnum() and _is_one_word(plain[start - 1], plain[start]):
        return False
    return not (end < len(plain) and plain[end].isalnum() and _is_one_word(plain[end], plain[end - 1]))


def stands_in_other_words(plain: str, start: int, end: int) -> bool:
    """Whether a short Chinese name from ``start`` up to ``end`` is made of the ends of other words, or within one.

    >>> stands_in_other_words("化工行业", 1, 3), stands_in_other_words("工行业绩", 0, 2)
    (True, False)
    """
    short = end - start <= LONGEST_NAME and all(map(UNSPACED.match, plain[start:end]))
    return short and not is_word_here(plain, start, end)


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


def _is_one_word(outside: str, inside: str) -> bool:
    """Whether a character of the words and its neighbour, a letter or digit, belong to one word."""
    return inside.isalnum() and not UNSPACED.match(outside) and not UNSPACED.match(inside)


def _initials(plain: str) -> Iterator[str]:
    """Yield a name of several words with its initials written in the other ways: JP, J.P., J. P., J P.

    Behind a point the space may be missing, too.
    """
    for separator, end in ((".", "."), (". ", "."), ("", ""), (" ", "")):
        for space in ("", " ") if end else (" ",):
            for pattern in (_INITIALS, _TWO_CAPITALS):
                yield pattern.sub(lambda match: _joined_by(match[0], separator, end + space), plain)  # noqa: B023


def _joined_by(initials: str, separator: str, end: str) -> str:
    letters = [character for character in initials if character.isalpha()]
    return separator.join(letters) + (end if initials.endswith(" ") else end.strip())


def _one_form(text: str) -> str:
    if not text.isascii():
        if _CHANGED.search(text):
            text = unicodedata.normalize("NFD", text.translate(_LETTERS))
            text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
        text = _DASHES.sub(" ", text)
        if UNSPACED.search(text):
            text = _HAN_GAP.sub("", simplified(text))
    plain = text.replace("-", " ").replace("\n", " ").replace("_", " ")
    if "  " in plain:
        plain = " ".join(plain.split())
    return _AMPERSAND.sub("&", plain).strip() if "&" in plain else plain.strip()


def _without_addresses(text: str, domains: frozenset[str]) -> str:
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
    parts, at = list[str](), 0
    for match in pattern.finditer(text):
        start = match.start()
        while start > at and text[start - 1] in _HOST:
            start -= 1
        left = match.start() - start
        if left < least or (most is not None and left > most):
            continue
        whole = text[start : match.end()]
        if kept is not None and (whole in kept or not whole.islower()):
            continue
        parts += text[at:start], re.sub("[^_-]", _NOBODY, whole)
        at = match.end()
    return "".join((*parts, text[at:])) if parts else text
