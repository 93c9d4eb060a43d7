"""How names are compared: one form for the spellings of a text. Pure.

A text is first cleaned as the model's is (:func:`models.text.clean`): entities, tags, signs without width, full-width
forms, apostrophes. What is left is made one here: accents and letters such as ø and ł, hyphens and runs of space, the
space around an ampersand, a space or the end of a line between Han characters or kana, traditional characters. Where
such a space was is kept beside the text: it may stand within a name (贵州 茅台) or between two clauses (超万亿 万科).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from itertools import accumulate, pairwise
from typing import NamedTuple

from models.cleaning.han import simplified
from models.cleaning.han_words import SHORT_NAME, is_word_here
from models.east_asian import CJK, HAN
from models.text import clean
from stream.pipeline.documents.addresses import without_addresses

UNSPACED = re.compile(f"[{CJK}]")
_HAN_GAP = re.compile(f"[ ·・](?<=[{HAN}].)[ ·・]*(?=[{HAN}])")  # a search leaps to the sign, not to each Han
_ACCENTS = re.compile("[\u0300-\u036f]+")
_DASHES = re.compile("[\u2010-\u2015]")
_CHANGED = re.compile("[\u00c0-\u04ff\u1e00-\u1fff]")  # letters that may have an accent, or be changed otherwise
_AMPERSAND = re.compile(" ?& ?")
# What behind the full name of a company makes the name of a trade, an authority or an association of it, or another
# word. Its last signs are common words, and what follows is as common: the likeliest cut does not tell these apart.
_OTHER_BEHIND = re.compile(
    "(?<=银行)(?:间(?![接谍歇隔])|体系|板块|保险(?:业(?!务)|监)|监(?:管(?:[总分]?局|机构|委)|督管理)|同业(?:拆|协会|公会))|"
    "(?<=银行|证券|保险|信托|建筑|电信|软件|医药|黄金|石油|汽车)(?:业(?![绩务])|行业(?!地位|领先|龙头|第))|"
    "(?<=银行|证券|保险|信托|建筑|电信|软件|医药|黄金|石油|汽车|铝业)(?:[学协公]会|工业协会|联合会)|"
    "(?<=证券)监督管理|(?<=保险)监|(?<=石油)(?:化工(?!品)|和化[学工]|大学|学院)|(?<=电信)诈骗|(?<=建筑)(?:师|材料|科学)|"
    "(?<=黄金)储备|(?<=人寿)命|(?<=平安)全(?:事|生产|隐|检查|监管)|(?<=交建)议(?![案价定事])|(?<=外运)动(?=[员会])|(?<=中药)材"
)
# Letters that Unicode does not take apart into a plain letter and an accent.
_LETTERS = str.maketrans(
    {
        "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H", "ŧ": "t",
        "Ŧ": "T", "ı": "i", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ß": "ss", "ẞ": "SS", "þ": "th", "Þ": "Th",
    }
)  # fmt: skip


class Written(NamedTuple):
    """A text made ready for searching: cleaned, without addresses; as it is compared; and that without case.

    ``gaps`` are the places in the compared text where a space between Han characters was taken out.
    """

    loose: str
    plain: str
    folded: str
    gaps: frozenset[int] = frozenset()


def written(text: str, domains: frozenset[str] = frozenset()) -> Written:
    """Return ``text`` made ready; ``domains`` are those that are names of their own, as ``booking.com`` is."""
    loose = without_addresses(clean(text), domains)
    plain, gaps = _without_gaps(_one_form(loose))
    return Written(loose, plain, folded(plain), gaps)


def comparable(name: str) -> str:
    """Return a name, or a text, as it is compared, but for its case.

    >>> comparable("Ｎｅｓｔｌé-backed  firm"), comparable("Ørsted"), comparable("贵州 茅台")
    ('Nestle backed firm', 'Orsted', '贵州茅台')
    """
    return _without_gaps(_one_form(clean(name)))[0]


def folded(plain: str) -> str:
    """Return ``plain`` without case, of the same length, so that places in both are the same."""
    whole = plain.casefold()
    if len(whole) == len(plain):
        return whole
    return "".join(small if len(small := character.casefold()) == 1 else character for character in plain)


def is_whole(plain: str, start: int, end: int) -> bool:
    """Whether no letter or digit of the same script touches the words from ``start`` up to ``end``."""
    if start > 0 and plain[start - 1].isalnum() and _is_one_word(plain[start - 1], plain[start]):
        return False
    return not (end < len(plain) and plain[end].isalnum() and _is_one_word(plain[end], plain[end - 1]))


def stands_in_other_words(plain: str, start: int, end: int, gaps: Set[int] = frozenset()) -> bool:
    """Whether a Chinese name from ``start`` up to ``end`` is made of the ends of other words, or within one.

    Where it goes over one of the ``gaps``, each of its pieces has to be a word on its side.
    A short one goes over a gap only where all its signs stand apart (工 行).

    >>> stands_in_other_words("化工行业", 1, 3), stands_in_other_words("工行业绩", 0, 2)
    (True, False)
    >>> stands_in_other_words("发展中国平安无事", 2, 6, {4}), stands_in_other_words("买入中国平安", 2, 6, {4})
    (True, False)
    >>> stands_in_other_words("中国银行业协会", 0, 4), stands_in_other_words("中国银行业绩", 0, 4)
    (True, False)
    """
    inside = [at for at in range(start + 1, end) if at in gaps] if gaps else []
    if not all(map(UNSPACED.match, plain[start:end])):
        return False
    short = end - start <= SHORT_NAME
    if not short and end not in gaps and _OTHER_BEHIND.match(plain, end):
        return True
    if short and inside and (len(inside) < end - start - 1 or not is_word_here(plain, start, end)):
        return True
    return not all(is_word_here(plain, *piece, gaps) for piece in pairwise((start, *inside, end)))


def _is_one_word(outside: str, inside: str) -> bool:
    """Whether a character of the words and its neighbour, a letter or digit, belong to one word."""
    return inside.isalnum() and not UNSPACED.match(outside) and not UNSPACED.match(inside)


def _one_form(text: str) -> str:
    if not text.isascii():
        if _CHANGED.search(text):
            text = unicodedata.normalize("NFD", text.translate(_LETTERS))
            text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
        text = _DASHES.sub(" ", text)
        if UNSPACED.search(text):
            text = simplified(text)
    plain = text.replace("-", " ").replace("\n", " ").replace("_", " ")
    if "  " in plain:
        plain = " ".join(plain.split())
    return _AMPERSAND.sub("&", plain).strip() if "&" in plain else plain.strip()


def _without_gaps(text: str) -> tuple[str, frozenset[int]]:
    """Return ``text`` without the spaces between Han characters, and the places where they were."""
    if text.isascii() or len(parts := _HAN_GAP.split(text)) == 1:
        return text, frozenset()
    return "".join(parts), frozenset(accumulate(map(len, parts[:-1])))
