"""The language of a document: as its publisher says, else as its text tells. Pure."""

from __future__ import annotations

import re

from models.language import detect
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.parts import Parts

OTHER = "other"  # a language that the publisher names in a way that is not known here
_CODE = re.compile(r"([A-Za-z]{2,3})(?=[-_]|\Z)")
# Codes of three letters, and names, as feeds and data sets have them.
_NAMES = {
    "ar": "ara arabic",
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
    "ja": "jpn japanese",
    "ko": "kor korean",
    "nl": "nld dut dutch",
    "no": "nor nob nb nno nn norwegian",
    "pl": "pol polish",
    "pt": "por portuguese",
    "ro": "ron rum romanian",
    "ru": "rus russian",
    "sv": "swe swedish",
    "th": "tha thai",
    "tr": "tur turkish",
    "uk": "ukr ukrainian",
    "vi": "vie vietnamese",
    "zh": "zho chi cmn yue chinese",
}
_KNOWN = {name: code for code, names in _NAMES.items() for name in names.split()}
# What says that the language is not known, that there is none, or several: ISO 639 and Twitter's own.
_NONE = re.compile(r"(?:und|zxx|mul|mis|q[a-z]{2}|unknown|none|null|n/?a|auto)\Z")


def language_of(document: Document, parts: Parts) -> str:
    """Return the code of the document's language, empty where it is not known; ``parts`` are what is read of it.

    >>> from stream.pipeline.documents.document import EPOCH
    >>> document = Document(id="1", source="wire", published_at=EPOCH, text="Gewinnwarnung", lang="de-CH")
    >>> language_of(document, Parts("Gewinnwarnung"))
    'de'
    """
    return published_language(document.lang or "") or detect(f"{parts.headline} {parts.body}".strip())


def published_language(lang: str) -> str:
    """Return the code of what a publisher wrote as the language, empty where that says none.

    >>> published_language("en_US"), published_language("Chinese"), published_language("und")
    ('en', 'zh', '')
    """
    name = lang.strip().lower()
    if not name or _NONE.match(name):
        return ""
    if name in _KNOWN:
        return _KNOWN[name]
    code = _CODE.match(name)
    if code is None:
        return OTHER
    known = _KNOWN.get(code[1], code[1])
    return known if len(known) == 2 else OTHER
