"""Texts in Chinese, Japanese and Korean, told by their signs; without numpy, for what cleans texts loads it."""

from __future__ import annotations

import re

MOST_READ = 400  # characters: the beginning tells, and more costs time
# A sign of these scripts says as much as three Latin letters: "iPhone 17 \u9500\u91cf" is Chinese.
_SIGNS, _LETTERS_PER_SIGN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"), 3
_KANA, _HANGUL = re.compile("[\u3040-\u30fa\u30fd-\u30ff]"), re.compile("[\uac00-\ud7af]")
_SMALL = re.compile("[a-z\u00df-\u024f]")
_ADDRESS = re.compile(r"(?:https?://|www\.|@)\S+")


def count_signs(text: str) -> int:
    """Return how many signs of these scripts ``text`` holds."""
    return len(_SIGNS.findall(text))


def count_small(text: str) -> int:
    """Return how many small Latin letters ``text`` holds: a short post with a link is not English for that."""
    return len(_SMALL.findall(_ADDRESS.sub(" ", text)))


def language_by_signs(text: str, signs: int, small: int) -> str:
    """Return the language of a text with so many signs and small letters; "" where the letters are more."""
    if signs < 2 or signs * _LETTERS_PER_SIGN < small:
        return ""
    return "ja" if _KANA.search(text) else "ko" if _HANGUL.search(text) else "zh"


def is_chinese(text: str) -> bool:
    """Return whether ``text`` is in Chinese by its signs, as :func:`models.language.detect` has it.

    >>> is_chinese("\u8d35\u5dde\u8305\u53f0\u5927\u8dcc"), is_chinese("Tesla falls today \u7279")
    (True, False)
    """
    if text.isascii() or not _SIGNS.search(text):
        return False
    text = text[:MOST_READ]
    return language_by_signs(text, count_signs(text), count_small(text)) == "zh"
