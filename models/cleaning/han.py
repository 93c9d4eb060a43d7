"""Chinese characters in one form: traditional ones become simplified. Pure and total."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import opencc

_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def simplified(text: str) -> str:
    """Return ``text`` with each traditional character as a simplified one; of the same length.

    Character by character, and not by words as people convert, since this is for comparing: the same in both forms is
    the same, and each character stays in its place.

    >>> simplified("貴州茅臺：Q3 淨利潤"), simplified("贵州茅台")
    ('贵州茅台：Q3 净利润', '贵州茅台')
    """
    return text.translate(_table()) if not text.isascii() and _HAN.search(text) else text


@cache
def _table() -> Mapping[int, str]:
    """Return OpenCC's pairs of characters, without those that it gives more than one character for."""
    characters = [chr(code) for first, end in _BLOCKS for code in range(first, end)]
    simple = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, simple, strict=True)
    return {ord(old): new for old, new in pairs if old != new and len(new) == 1}
