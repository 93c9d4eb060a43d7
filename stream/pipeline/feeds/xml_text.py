"""XML as feeds are written in, made such that a parser of XML reads it: what is wrong in most is wrong in few ways.

A strict parser stops at the first of these: text before the declaration, a bare ``&``, ``&nbsp;``, a control character,
a prefix that nobody declared. Declarations of types are taken out, so that no entity is expanded or loaded. What a
strict parser reads stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from xml.parsers import expat

# What may stand before the first element, and that one. A declaration of types may hold what looks like one.
_BEFORE = re.compile(
    r"<!--.*?(?:-->|\Z)|<!DOCTYPE[^\[>]*(?:\[.*?(?:\]\s{0,99}>|\Z))?|<((?:[\w.-]+:)?(?:rss|feed|rdf|channel))(?=[\s>/])",
    re.DOTALL | re.IGNORECASE,
)
_ODD = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:\#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));|(\w{1,32});)?|<(?![A-Za-z_/!?:])",
    re.DOTALL | re.IGNORECASE,
)
_SPACES = str.maketrans("\x0b\x0c", "  ")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile("[<>&\"']")
_XMLS_OWN = frozenset("amp lt gt quot apos".split())  # noqa: SIM905
# A tag; what only looks like one is passed over. A value may hold anything, so values are taken out before prefixes.
_TAG = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<[A-Za-z_](?:[^<>\"']+|\"[^\"]*\"|'[^']*')*",
    re.DOTALL,
)
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")
_PREFIX = re.compile(r"[<\s]([A-Za-z_][A-Za-z0-9_.-]*):(?=[A-Za-z_])")
_DECLARED = re.compile(r"\sxmlns:([A-Za-z_][A-Za-z0-9_.-]*)\s*=")
CAPTION = "bellwether-caption"
# What describes a picture, an episode or a record beside the item's own description, by its usual prefix or its name.
_CAPTION_PREFIXES = frozenset({"media", "itunes", "dc"})
_CAPTION_SPACES = ("/mrss", "podcast-1.0", "purl.org/dc/")
_DECLARED_AS = re.compile(r"\sxmlns:([A-Za-z_][\w.-]*)\s*=\s*([\"'])([^\"']*+)\2", re.IGNORECASE)
# Without a ">" at its end it is none, and is passed over whole: what is looked at from each beginning takes the square.
_CAPTION_TAG = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    r"|<(/?)([A-Za-z_][\w.-]*):(?:description|summary)(?=[\s/>])(?:[^<>\"'/]|/(?!>)|\"[^\"]*\"|'[^']*')*+(?:(/?)>)?+",
    re.DOTALL | re.IGNORECASE,
)
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}


def mended(text: str) -> str | None:
    """Return a feed as XML that can be read, from its first element to its end; None: there is no feed in it.

    >>> mended('\\n<?xml version="1.0"?><rss><title>AT&T&nbsp;falls &amp; &b;</title></rss><script>')
    '<rss><title>AT&amp;T\\xa0falls &amp; &amp;b;</title></rss>'
    """
    root = next((found for found in _BEFORE.finditer(text) if found[1]), None)
    if root is None:
        return None
    text = text[root.start() :]
    if _is_well_formed(text):
        return text
    end = text.rfind(f"</{root[1]}")
    close = text.find(">", end) + 1 if end > 0 else 0
    text = _NOT_XML.sub("", text[: close or len(text)].translate(_SPACES))
    return _with_prefixes(_ODD.sub(_replaced, text), len(root[0]))


def with_captions_apart(text: str) -> str:
    """Return a feed whose captions have a name of their own: feedparser takes the longer of them and the description.

    >>> with_captions_apart('<item><media:description type="plain">A picture</media:description></item>')
    '<item><bellwether-caption>A picture</bellwether-caption></item>'
    """
    prefixes = _CAPTION_PREFIXES.union(_prefixes_of_captions(text))
    return _CAPTION_TAG.sub(lambda found: _caption(found, prefixes), text)


def _prefixes_of_captions(text: str) -> Iterator[str]:
    for prefix, _, space in _DECLARED_AS.findall(text):
        if any(one in space.lower() for one in _CAPTION_SPACES):
            yield prefix


def _caption(found: re.Match[str], prefixes: frozenset[str]) -> str:
    """Return a tag of a caption without its attributes, which feedparser would keep in place of its text."""
    whole, end, prefix, empty = found[0], found[1], found[2], found[3]
    if prefix is None or empty is None or (prefix not in prefixes and prefix.lower() not in prefixes):
        return whole
    return f"<{end}{CAPTION}{empty}>"


def _is_well_formed(text: str) -> bool:
    """Whether a parser reads it as it is. It may declare no types: behind the beginning that is an error."""
    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        return False
    return True


def _replaced(found: re.Match[str]) -> str:
    whole, hexadecimal, decimal, name = found[0], found[1], found[2], found[3]
    if whole == "<":
        return "&lt;"
    if whole[0] == "<":
        return whole
    if hexadecimal or decimal:
        number = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return whole if number < 0x110000 and not _NOT_XML.match(chr(number)) else ""
    if name in _XMLS_OWN:
        return whole
    sign = html5.get(f"{name};") if name else None
    return f"&amp;{whole[1:]}" if sign is None else _MARKUP.sub(lambda one: f"&#{ord(one[0])};", sign)


def _with_prefixes(text: str, at: int) -> str:
    """Return the feed with the prefixes declared that it uses and does not declare."""
    tags = [_VALUE.sub('""', found[0]) for found in _TAG.finditer(text) if found[0][1] not in "!?"]
    # What is declared at an element holds for what stands within it alone.
    known = _DECLARED.findall(tags[0]) if tags else []
    missing = sorted({prefix for tag in tags for prefix in _PREFIX.findall(tag)} - {"xml", "xmlns", *known})
    declared = "".join(f' xmlns:{one}="{_NAMESPACES.get(one.lower(), f"urn:{one}")}"' for one in missing)
    return text[:at] + declared + text[at:]
