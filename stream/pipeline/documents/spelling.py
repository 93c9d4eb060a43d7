"""The forms in which people write a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stream.pipeline.documents.names import comparable

_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "Ø": "Oe", "å": "aa", "Å": "Aa"}
)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_PLURAL = re.compile(r"(?<=[^\W\d_]{3})s$")
_LONG_WORD = "(?=[A-Z][A-Za-z]{2})"  # behind one letter, which may be a part of a word: E.ON
_INITIALS = re.compile(rf"\b(?:(?:[A-Z]\. ?){{2,}}|[A-Z]\. ?{_LONG_WORD}|(?:(?<!.)[A-Z] )(?:[A-Z] )*{_LONG_WORD})")
_HYPHENED = re.compile("[A-Za-z]-")  # T-Mobile has no initial
_JOINED_INITIAL = re.compile(rf"(?<=\b[A-Z]\.){_LONG_WORD}")
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
