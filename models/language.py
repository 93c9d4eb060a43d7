"""Which language a text is in, as far as it can be told: by its letters, by plain English words, then by py3langid.

A wrong answer loses a document; with no answer it is read. So an answer needs evidence. A text in Han, kana, hangul,
Cyrillic, Arabic or another script of its own is told by its letters. One in Latin letters that holds a word of English
alone is English. Of the rest, which are short or full of names and tickers, py3langid (naive Bayes over sequences of
bytes) is asked; its answer counts where English is very unlikely and one language likely.
"""

from __future__ import annotations

import io
import lzma
import math
import mmap
import re
import tempfile
from array import array
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from models.east_asian import MOST_READ, count_signs, count_small, language_by_signs

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Tuned on 25,000 English headlines and tweets of ../shared/data and 130 headlines in other languages. English below .05
# calls 1 % of posts such as "$TTCF lolz" foreign, below .002 misses a third of the foreign headlines.
UNLIKELY, LIKELY, LEAST_WORDS = 0.02, 0.5, 4
# A publisher's other language counts up to these odds for English: of 600 English headlines with such a word 93 % are
# above; of 45 invented ones in ten languages ("Investor Day di Eni: guidance confermata") none, the nearest at .975.
PLAIN, PLAIN_AMONG_ALL = 0.98, 0.8
# Scripts, and the languages among which py3langid then decides.
_SCRIPTS = (
    (re.compile("[\u0400-\u052f]"), "ru uk bg sr mk be kk"),
    (re.compile("[\u0600-\u06ff\u0750-\u077f]"), "ar fa ur"),
    (re.compile("[\u0900-\u097f]"), "hi mr ne"),
    (re.compile("[\u0370-\u03ff\u1f00-\u1fff]"), "el"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0980-\u09ff]"), "bn"),
    (re.compile("[\u0b80-\u0bff]"), "ta"),
    (re.compile("[\u0c00-\u0c7f]"), "te"),
    (re.compile("[\u10a0-\u10ff]"), "ka"),
    (re.compile("[\u0530-\u058f]"), "hy"),
)
_LATIN = "en de fr es it pt nl sv da no fi pl cs sk hu tr ro id vi ca hr sl et lv lt"
_SMALL = re.compile("[a-z\u00df-\u024f]")
_NO_LANGUAGE = re.compile(r"(?:https?://|www\.)\S+|[@#$]\S+|\S*\d\S*")  # links, mentions, hashtags, cashtags, numbers
_WORD = re.compile(r"[^\W\d_]{2,}")
_PUNCTUATION = ".,:;!?'\"()-"
# Words of English that hardly stand in a headline of another language: none that is also a word of one, or that
# others borrow (trading, deal, online), and none that names hold (bank, new, first, international).
_WORDS = """
about above accused acquires after again against ahead amid among and announced announcement announces another
appoints approval approves arrested bad bankrupt bankruptcy banned bans bearish beats because been before being below
between bought breach breaking bullish buy buying buys charged cheap climbs closed closes collapsed collapses coming
companies core could crashes cuts days declares declines defaults delayed delays demand despite did dips does
downgrade downgraded drops during early earnings ends expected expects eyes failed failing fails falling falls filed
fined fired firms former fraud from get gets going good got government great growth guidance guilty hacked halted
halts here higher holds how huge insolvency into investigated investigation investing investor investors its jailed
joins jumps just know launched launches lawsuit layoffs lays leaked likely look looking lose loses losses lost lower
makes many missed misses month months much nearly now only opens our outage people plunges prev previous price prices
probe quarter quits raise raised raises rallies rates reached reaches recalled recalls reported reports resign resigns
results revenue revenues rise rises rising said sales sanctioned says seeks sees seized sell selling shareholders
shares should shuts since sinks slides slips slumps soars sold some stake starting steady stocks strikes strong sued
sues surges suspended suspends take takes talks than that the their them there they think this those through today
tomorrow tumbles upgrade upgraded warns watching weak weeks what when where which while who why wins with without
worst worth would year years you your
"""
_ENGLISH = frozenset(_WORDS.split())


def detect(text: str) -> str:
    """Return the language of cleaned ``text`` by its code (ISO 639-1), empty where it cannot be told.

    >>> detect("Tesla shares plunge"), detect("贵州茅台股价大跌"), detect("$TSLA to 300?!")
    ('en', 'zh', '')
    """
    text = text[:MOST_READ]
    if not text.isascii() and (language := _by_script(text)):
        return language
    if _has_plain_english(text):  # most texts
        return "en"
    words = [word for word in _WORD.findall(_NO_LANGUAGE.sub(" ", text)) if not word.isupper()]
    if not _SMALL.search(text):  # in capitals throughout
        words = _WORD.findall(_NO_LANGUAGE.sub(" ", text))
    folded = [word.lower() for word in words]
    if not _ENGLISH.isdisjoint(folded):
        return "en"
    return _by_sequences(" ".join(folded)) if len(set(folded)) >= LEAST_WORDS else ""


def is_plainly_english(text: str, published: str) -> bool:
    """Return whether cleaned ``text`` is English though its publisher names another language, by its code.

    A word of English does not tell that: headlines of all languages have some.

    >>> is_plainly_english("Shares plunge after the regulator warns", "no")
    True
    >>> is_plainly_english("Price war: Tesla abbassa i prezzi", "it")
    False
    """
    if detect(text) != "en":
        return False
    among = _probabilities(text[:MOST_READ].lower(), _LATIN)
    if published not in among:
        return among["en"] >= PLAIN_AMONG_ALL
    return among["en"] >= PLAIN * (among["en"] + among[published])


def _has_plain_english(text: str) -> bool:
    """Return whether an English word stands between spaces, as the patterns of words and of links, which are slower,
    would find it.
    """
    return any(
        (bare := word.strip(_PUNCTUATION)).isalpha() and not bare.isupper() and bare.lower() in _ENGLISH
        for word in text.split()
    )


def _by_script(text: str) -> str:
    """Return the language of a text mostly in a script of its own."""
    signs = count_signs(text)
    scripts = [(len(script.findall(text)), languages) for script, languages in _SCRIPTS]
    if not signs and all(letters < 3 for letters, _ in scripts):
        return ""  # as most texts: nothing else is counted
    small = count_small(text)
    if language := language_by_signs(text, signs, small):
        return language
    for letters, languages in scripts:
        if letters > 2 and letters >= small:
            return max(_probabilities(text, languages).items(), key=lambda item: item[1])[0]
    return ""


def _by_sequences(text: str) -> str:
    probabilities = _probabilities(text, _LATIN)
    likeliest = max(probabilities, key=probabilities.__getitem__)
    if likeliest == "en":
        return "en" if probabilities["en"] >= 1 - UNLIKELY else ""
    return likeliest if probabilities["en"] < UNLIKELY and probabilities[likeliest] >= LIKELY else ""


def _probabilities(text: str, languages: str) -> dict[str, float]:
    """Return the probability of each of some languages, given that it is one of them."""
    names = languages.split()
    if len(names) == 1:
        return {names[0]: 1.0}
    found = dict(_identifier_of(languages).rank(text))
    values = {name: max(found.get(name, 0.0), 1e-30) for name in names}
    total = math.fsum(values.values())
    return {name: value / total for name, value in values.items()}


@cache
def _identifier_of(languages: str) -> LanguageIdentifier:
    """Return py3langid's model of some languages alone, which takes two thirds of the time."""
    chosen = copy(_identifier())  # the tables of the whole stay; this one refers to a part of them
    chosen.set_languages([name for name in languages.split() if name in chosen.nb_classes])
    return chosen


@cache
def _identifier() -> LanguageIdentifier:
    """Load py3langid's model of the languages that are asked for here: 0.6 s, for the first text that needs it.

    It comes with 140 languages and takes 80 MB. Those that are never asked for are dropped. Its automaton stays on
    disk, since a text goes through few of its states.
    """
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except OSError:  # it is unpacked into a temporary file of 70 MB
        whole = _unpacked_in_memory()
    groups = [languages.split() for languages in (_LATIN, *(names for _, names in _SCRIPTS))]
    asked = {name for group in groups if len(group) > 1 for name in group}  # of one alone, nothing is asked
    whole.set_languages([name for name in whole.nb_classes if name in asked])
    table = np.ascontiguousarray(whole.nb_ptc)  # as it was, so that sums come out the same to the last bit
    moves = _on_disk(whole.tk_nextmove)
    return LanguageIdentifier(
        table, whole.nb_pc, whole.nb_classes, moves, whole.tk_output, norm_probs=True, tk_row=whole.tk_row
    )


def _unpacked_in_memory() -> LanguageIdentifier:
    """Return py3langid's model of all languages where no temporary file can be written; it takes 70 MB for a moment."""
    import numpy as np
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    with lzma.open(MODEL_DIR / MODEL_FILE) as packed, np.load(io.BytesIO(packed.read()), allow_pickle=False) as tables:
        moves, rows = (array(tables[name].dtype.char, tables[name].tobytes()) for name in ("nextmove", "nextmove_row"))
        classes, output = tables["classes"].tolist(), tables["out_feat"].tolist()
        return LanguageIdentifier(tables["ptc"], tables["pc"], classes, moves, output, norm_probs=True, tk_row=rows)


def _on_disk(values: array[int]) -> memoryview[int]:
    """Return ``values`` as a view of a file without a name, of which only what is read is held in memory.

    Where no file can be written (a container without a ``/tmp``, a full disk) they stay in memory.
    """
    try:
        with tempfile.TemporaryFile() as file:
            values.tofile(file)
            file.flush()
            view: Any = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError:
        return memoryview(values)
    moves: memoryview[int] = view.cast(values.typecode)
    return moves
