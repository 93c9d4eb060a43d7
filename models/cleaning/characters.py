"""Signs that look like others, or like nothing: one form of each. Pure and total.

What dress changes: full-width and mathematical letters and letters in circles (Unicode's NFKC), signs without width
between letters, lines through letters, letters of another alphabet that look the same, curly apostrophes and quotation
marks, other hyphens and spaces, signs of trademarks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Unicode's format characters (category Cf), the fillers of hangul, variation selectors, the joiner of graphemes.
_INVISIBLE = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_DRAWN_OVER = "\u0334-\u0338\u20d0-\u20f0"  # lines and shapes over the letter before them
_DROPPED = re.compile(f"[{_INVISIBLE}{_DRAWN_OVER}®™℠]+")
# A lone surrogate is no character: it cannot be encoded to UTF-8, so the tokenizer would reject the text.
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# NFKC glues these to the digit or the word beside them: 3½ would be 31/2.
_GLUED = re.compile(r"(?<=\d)(?=[¼-¾⅐-⅞])|(?<=[①-⒵❶-➓])(?=\w)(?![①-⒵❶-➓])")
_NUMBERS = re.compile("[¼-¾⅐-⅞①-⒵❶-➓]")
_JAMO = re.compile("[\u1100-\u11ff]")  # parts of hangul, which NFKC puts together
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"(?:(?!\n)[\s\x00-\x1f\x7f-\x9f]){2,}|(?![\n ])[\s\x00-\x1f\x7f-\x9f]")  # control characters, too
_SMALL_CAPITALS = zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True)
_ALIKE = str.maketrans(
    dict.fromkeys("‘’‚‛′ʼʹ´`", "'")
    | dict.fromkeys("“”„‟″〝〞", '"')
    | dict.fromkeys("‐‑‒−﹣", "-")
    | {"⁄": "/"}
    | {chr(first + letter): chr(ord("A") + letter) for first in (0x1F150, 0x1F170) for letter in range(26)}  # 🅐, 🅰
    | dict(_SMALL_CAPITALS)
)
_LETTERS = re.compile("[A-Za-z\u0370-\u04ff]{2,}")
_LATIN, _OTHER = re.compile("[A-Za-z]"), re.compile("[\u0370-\u04ff]")
_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТХУІЈЅаеорсухіјѕԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧον",
    "ABEKMHOPCTXYIJSaeopcyxijsdhABEZHIKMNOPTYXov",
)


def plain_characters(text: str) -> str:
    """Return ``text`` with one form of each sign; lines stay lines, other runs of space become one space.

    >>> plain_characters("Ｓhares pl\u00adunge 3½% – 𝐌oody’s")
    "Shares plunge 3 1/2% – Moody's"
    """
    text = _in_one_form(text) if not text.isascii() else text.replace("`", "'")
    if "  " not in text and text.replace("\n", " ").isprintable():
        return text  # other spaces, ends of lines and control characters are none that can be printed
    return _SPACES.sub(" ", _LINE_END.sub("\n", text))


def _in_one_form(text: str) -> str:
    """Return ``text`` with each sign changed that has another form; one by one where they do not touch each other."""
    signs = {"`", *_NOT_ASCII.findall(text)}
    if not all(map(_stands_alone, signs)):
        return _changed(text)
    for sign in signs:
        if (changed := _changed_alone(sign)) != sign:
            text = text.replace(sign, changed)
    return text


@lru_cache(4096)
def _stands_alone(sign: str) -> bool:
    """Whether what becomes of ``sign`` does not hang on the signs around it, so that it can be replaced by itself."""
    composed = unicodedata.normalize("NFKC", sign)
    marks = any(unicodedata.category(part).startswith("M") or _JAMO.match(part) for part in (sign, *composed))
    return not (marks or _NUMBERS.match(sign) or _OTHER.search(composed))


@lru_cache(4096)
def _changed_alone(sign: str) -> str:
    return _changed(sign)


def _changed(text: str) -> str:
    text = _SURROGATE.sub("\ufffd", text)
    text = _GLUED.sub(" ", _DROPPED.sub("", text).translate(_ALIKE))
    # Once more, for what full-width and other composed forms are made of.
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).translate(_ALIKE)
    return _LETTERS.sub(_in_one_alphabet, text) if _OTHER.search(text) else text


def _in_one_alphabet(word: re.Match[str]) -> str:
    """Return a word that mixes Latin with Greek or Cyrillic letters with the Latin ones that look the same."""
    return word[0].translate(_LOOKALIKES) if _LATIN.search(word[0]) and _OTHER.search(word[0]) else word[0]
