"""The forms in which people write a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.east_asian import HAN
from stream.pipeline.documents.names import comparable

_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "Ø": "Oe", "å": "aa", "Å": "Aa"}
)
_MOST_FORMS = 64  # of one name, before its initials are written in other ways
_LEGAL = r"(?:Inc|Corp|Co|Cos|Ltd|LLC|PLC|Plc|LP)"
# How a name may be written, one change after the other, each made or not.
_CHANGES = tuple(
    (re.compile(pattern, flags), other)
    for pattern, other, flags in (
        (r"(?<=[^\W\d_]) (?=\d)", "", 0),  # S&P 500: S&P500
        (r"(?<=[^\W\d_])(?=\d{2,}$)", " ", 0),
        (r"(?<=\w\w)&(?=\w\w)", " and ", 0),
        (r"(?<=\w\w) and (?=\w\w)", "&", 0),
        (r"(?<=[^\W\d_])'(?=[^\W\d_])|(?<=s)'(?= )", "", 0),  # McDonald's: McDonalds; Lands' End: Lands End
        (r"(?<=[^\W\d_]{3})s$", "'s", 0),  # McDonalds: McDonald's
        (rf"(?<=[{HAN}]) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9]) (?=[{HAN}])", "", 0),  # TCL 科技: TCL科技
        (rf"(?<=[{HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[{HAN}])", " ", 0),
        # Acme Inc. and Acme, Inc; Foo Co., Ltd. and Foo Co Ltd; St. James's and St James's.
        (rf"(?:(?<=[\w,.] )|(?<=&))({_LEGAL}|Bros)\.$", r"\1", re.IGNORECASE),
        (rf"\b({_LEGAL}|Bros|St|Dr)\.(?= \w|, ?\w)", r"\1", re.IGNORECASE),
        (rf"(?<=[\w&,.] )({_LEGAL}|Bros)(?=,? \w)|\b(St|Dr)(?= \w)", r"\1\2.", re.IGNORECASE),
        (rf"(?<=[\w.]),(?= {_LEGAL}\b)", "", re.IGNORECASE),
        (r"(?<=[\w.])(?= (?:Inc|Corp|Ltd|LLC|PLC|LP)\b)", ",", re.IGNORECASE),
    )
)
_LONG_WORD = "(?=[A-Z][A-Za-z]{2})"  # behind one letter, which may be a part of a word: E.ON
_INITIALS = re.compile(rf"\b(?:(?:[A-Z]\. ?){{2,}}|[A-Z]\. ?{_LONG_WORD}|(?:(?<!.)[A-Z] )(?:[A-Z] )*{_LONG_WORD})")
_HYPHENED = re.compile("[A-Za-z]-")  # T-Mobile has no initial
_JOINED_INITIAL = re.compile(rf"(?<=\b[A-Z]\.){_LONG_WORD}")
_OPEN_END = re.compile(r"[A-Za-z]{2}(?<![sSzZxX])$")
SMALL_LETTER = re.compile(r"\b[a-z]\b")
_FURTHER_WORD = re.compile(r"(?!and\b)\b\w{3,}")
_TWO_CAPITALS = re.compile(r"\b[A-Z]{2}\b(?: |(?=\.))")


def spellings(name: str) -> Iterator[str]:
    """Yield the forms, as compared, in which people write ``name``.

    >>> sorted(set(spellings("Marks & Spencer")))
    ['Marks and Spencer', 'Marks&Spencer']
    >>> sorted(set(spellings("J.P. Morgan")))
    ['J P Morgan', 'J. P. Morgan', 'J. P.Morgan', 'J.P. Morgan', 'J.P.Morgan', 'JP Morgan']
    """
    for spelt in (name, name.translate(_SPELT_OUT)):
        for form in _changed(comparable(spelt)):
            yield form
            apart = _JOINED_INITIAL.sub(" ", form)
            if " " in apart and not _HYPHENED.match(spelt.strip()):
                yield from _initials(apart)


def _changed(plain: str) -> list[str]:
    """Return ``plain`` and what becomes of it by the changes, one or several together; it comes first."""
    forms = dict.fromkeys((plain, re.sub("[!?]", "", plain) if " " in plain else plain))  # Yum! Brands; Yahoo! stays
    for pattern, other in _CHANGES:
        for form in list(forms):
            if len(forms) < _MOST_FORMS:
                forms.setdefault(pattern.sub(other, form))
    return list(forms)


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


def with_s(name: str) -> Iterator[str]:
    """Yield ``name`` with an s, which is a possessive without its apostrophe, where a name with one is no other word.

    Of two words at least, or of nothing but capitals; "Teslas on the road" are cars. It counts in the capitals of the
    list: "Best Buys profit", not "best buys".

    >>> [*with_s("Morgan Stanley"), *with_s("RIL"), *with_s("Tesla"), *with_s("General Motors")]
    ['Morgan Stanleys', 'RILs']
    """
    plain = comparable(name)
    if _OPEN_END.search(plain) and not plain[0].isdigit() and (" " in plain or plain.isupper()):
        yield f"{plain}s"


def hashtag(name: str) -> str:
    """Return the name as a hashtag, without the sign; empty where it is one word, or too short."""
    plain = comparable(name)
    joined = re.sub(r"[^\w]", "", plain)
    return joined if len(joined) > 2 and (" " in plain or "&" in plain) else ""


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
