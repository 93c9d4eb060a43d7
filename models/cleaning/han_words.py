"""Whether a Chinese name stands as a word of its own, or only within other words: 工行 in 化工行业. Pure.

Of the ways in which the row of Han around it can be cut into words, the likeliest is looked for (words weigh by how
often they are written; Viterbi). Where the likeliest cut without the name is likelier than the likeliest one with it,
the name does not stand there. The words are the more frequent ones of jieba 0.42.1's dictionary (MIT), by the base-two
logarithm of how often they are written in some sixty million words. Most names of companies are taken out. Added are
words of finance that it lacks (做空, 高管, 财报, 被查) and a few names that else lose to other words (华为, 京东), at
weights that were tried on headlines; taken out or made lighter are rare words that took names apart (通称, 行会, 对华).
"""

from __future__ import annotations

from collections.abc import Set
from functools import cache
from math import inf, log2
from pathlib import Path

SHORT_NAME = 3  # signs
_LONGEST_WORD, _REACH = 4, 6  # signs; the second is looked at on each side
_ALL = log2(6e7)
_UNKNOWN = log2(10) - _ALL  # of a sign alone
_NAME = log2(300) - _ALL  # at least, of what somebody watches
_MUCH_LIKELIER = 0.7
_FREQUENT = 10  # the logarithm of how often a word is written among all of them, as 股价 is
_NAMES = frozenset({"百度", "搜狐", "微软", "华为", "京东", "光大", "恒大"})  # of companies, and hardly words besides


def is_word_here(text: str, start: int, end: int, gaps: Set[int] = frozenset()) -> bool:
    """Return whether the Han name from ``start`` up to ``end`` of a simplified ``text`` is a word there.

    ``gaps`` are places where a space was: no word goes over them.

    >>> is_word_here("化工行业亏损", 1, 3), is_word_here("工行业绩下滑", 0, 2), is_word_here("北京东城区", 1, 3)
    (False, True, False)
    """
    first, last = start, end
    while first > max(0, start - _REACH) and first not in gaps and _is_han(text[first - 1]):
        first -= 1
    while last < min(len(text), end + _REACH) and last not in gaps and _is_han(text[last]):
        last += 1
    if (first, last) == (start, end):
        return True
    own = max(_NAME, _words().get(text[start:end], -inf))
    with_it = _likeliest(text[first:start]) + own + _likeliest(text[end:last])
    return with_it + _MUCH_LIKELIER >= _likeliest(text[first:last])


def is_frequent(word: str) -> bool:
    """Return whether Chinese texts of any kind have the simplified ``word`` often.

    >>> is_frequent("公司"), is_frequent("工行"), is_frequent("百度")
    (True, False, False)
    """
    return word not in _NAMES and _words().get(word, -inf) + _ALL >= _FREQUENT


def _is_han(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fff"


def _likeliest(row: str) -> float:
    """Return the logarithm of the probability of the likeliest words that ``row`` can be cut into."""
    words, best = _words(), [0.0]
    for end in range(1, len(row) + 1):
        lengths = range(1, min(_LONGEST_WORD, end) + 1)
        best.append(
            max(best[end - one] + words.get(row[end - one : end], _UNKNOWN if one == 1 else -inf) for one in lengths)
        )
    return best[-1]


@cache
def _words() -> dict[str, float]:
    lines = Path(__file__).with_name("han_words.txt").read_text(encoding="utf-8").splitlines()
    return {word: int(line.split(" ", 1)[0]) - _ALL for line in lines for word in line.split()[1:]}
