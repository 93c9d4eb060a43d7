"""Signs that look like others, or like nothing: one form of each. Pure and total.

What dress changes: full-width and mathematical letters and letters in circles (Unicode's NFKC), signs without width
between letters, lines through letters, letters of another alphabet that look the same, curly apostrophes and quotation
marks, other hyphens and spaces, signs of trademarks.
"""

from __future__ import annotations

import re
import unicodedata

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
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
        text = _GLUED.sub(" ", _DROPPED.sub("", text).translate(_ALIKE))
        # Once more, for what full-width and other composed forms are made of.
        text = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).translate(_ALIKE)
        if _OTHER.search(text):
            text = _LETTERS.sub(_in_one_alphabet, text)
    return _SPACES.sub(" ", _LINE_END.sub("\n", text))


def _in_one_alphabet(word: re.Match[str]) -> str:
    """Return a word that mixes Latin with Greek or Cyrillic letters with the Latin ones that look the same."""
    return word[0].translate(_LOOKALIKES) if _LATIN.search(word[0]) and _OTHER.search(word[0]) else word[0]
