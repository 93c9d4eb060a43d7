"""The language of a document: as its publisher says, else as its text tells. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from models.language import detect, is_plainly_english

OTHER = "other"  # a language that the publisher names by a code of three letters that is not known here
# ISO 639-1. Others of two letters are no languages: "us", "xx"; nor is "na", which stands for no value more often
# than for Nauru.
_TWO_LETTERS = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my nb nd ne ng nl nn
no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_CODES = frozenset(_TWO_LETTERS.split())
# A code alone, with a region, a script or an encoding behind it, or within quotes: "zh-Hans", "en_US.UTF-8", "[en]".
_TAG = re.compile(r"[^a-z]*([a-z]{2,3})(?:[-_.@][\w.@-]*)?[^\w]*")
# Two letters alone may be a country (IN, UK, NO, SG) or a word (AS, OR), but for these. A region behind them says that
# they are none.
_SHORT = re.compile(r"[^a-z]*(?!cs|da|el|en|fa|hi|ja|ko|nb|ur|xh|yi|yo|zh|zu)[a-z]{2}[^\w]*")
# Where one English word tells that a text is in none of these: they have letters of their own, or hardly any news.
_UNLIKE = """
ab am ar as av ba be bg bn bo ce cv dv dz el fa gu he hi hy ii ja ka kk km kn ko ks ky lo mk ml mn mr my ne or os pa ps
ru sa sd si sr ta te tg th ti tt ug uk ur yi zh
aa ae an ay bi br ch co cr ee ff gn gv ho hz ia ie ik io kg ki kj kr kv kw li lu mh nr nv oc oj pi rn sc se sg ss tn to
tw ve vo wa za
"""
_UNLIKE_ENGLISH = frozenset(_UNLIKE.split())
_HAN = frozenset({"ja", "ko", "zh"})
_SEVERAL = re.compile(r"[,;/|&+]|\band\b")
# Codes of three letters, and names, as feeds and data sets have them.
_NAMES = {
    "ar": "ara arabic العربية",
    "cs": "ces cze czech",
    "da": "dan danish",
    "de": "deu ger german deutsch",
    "el": "ell gre greek",
    "en": "eng english",
    "es": "spa spanish español",
    "fi": "fin finnish",
    "fr": "fra fre french français",
    "he": "heb iw hebrew",
    "hi": "hin hindi",
    "hu": "hun hungarian",
    "id": "ind in indonesian",
    "it": "ita italian",
    "ja": "jpn jp japanese 日本語",
    "ko": "kor kr korean 한국어",
    "nl": "nld dut dutch",
    "no": "nor nob nb nno nn norwegian",
    "pl": "pol polish",
    "pt": "por portuguese",
    "ro": "ron rum romanian",
    "ru": "rus russian русский",
    "sv": "swe swedish",
    "th": "tha thai",
    "tr": "tur turkish",
    "uk": "ukr ukrainian українська",
    "vi": "vie vietnamese",
    "zh": "zho chi cmn yue cn chinese mandarin cantonese 中文 汉语 漢語 简体中文 繁體中文 繁体中文 普通话",
}
_KNOWN = {name: code for code, names in _NAMES.items() for name in names.split()}
# What says that the language is not known, that there is none, or several: ISO 639, Twitter's own, and Python's NaN.
_NONE = re.compile(r"und|zxx|mul|mis|q[a-z]{2}|any|all|nil|nan|not|yes|tbd|unk")


def language_of(lang: str, text: str) -> str:
    """Return the code of a document's language, empty where it is not known.

    Args:
        lang: what its publisher says; may be empty.
        text: what is read of it.

    >>> language_of("de-CH", "Gewinnwarnung")
    'de'
    """
    published = published_language(lang)
    if not published:
        return detect(text)
    return (_SHORT.fullmatch(lang.lower()) and _plain_language(text, published)) or published


def _plain_language(text: str, published: str) -> str:
    """Return the language that ``text`` is plainly in, where models read that one and it is not the published one."""
    told = detect(text)
    if told == "en":
        return "en" if published in _UNLIKE_ENGLISH or is_plainly_english(text, published) else ""
    return "zh" if told == "zh" and published not in _HAN else ""


@lru_cache(256)  # feeds write few
def published_language(lang: str) -> str:
    """Return the code of what a publisher wrote as the language, empty where that says none, or several.

    What cannot be understood says none, too: then the text is looked at, for a wrong answer would lose the document.

    >>> published_language("en_US"), published_language("Chinese (Simplified)"), published_language("und")
    ('en', 'zh', '')
    """
    found = {code for part in _SEVERAL.split(lang.strip().lower()) if (code := _language_of_part(part.strip()))}
    return found.pop() if len(found) == 1 else ""


def _language_of_part(part: str) -> str:
    tag = _TAG.fullmatch(part)
    if tag and (code := tag[1]) not in _KNOWN:
        if len(code) == 3:
            return "" if _NONE.fullmatch(code) else OTHER
        return code if code in _CODES else ""
    names = {_KNOWN[word] for word in re.findall(r"[^\W\d_]+", part) if word in _KNOWN and (tag or len(word) > 3)}
    names |= {_KNOWN[part]} if part in _KNOWN else set()
    return names.pop() if len(names) == 1 else ""
