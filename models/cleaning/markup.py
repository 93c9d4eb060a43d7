"""The markup of pages and feeds: tags go, entities are decoded. Pure.

The result is plain text, so it still has to be escaped where text is marked up: after this, never before.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

# Text of a feed is encoded once, or twice when it was taken from another feed. One more for what nests in it.
MAX_ROUNDS = 5
_BLOCKS = """
address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption figure footer
form h1 h2 h3 h4 h5 h6 head header hr html iframe legend li main nav ol option p pre section summary table tbody tfoot
thead title tr ul
"""
_INLINE = """
a abbr acronym area audio b base bdi bdo big button canvas cite code col colgroup data datalist del dfn em embed font i
img input ins kbd label link map mark meta meter noscript object output param picture progress q rp rt ruby s samp
script select small source span strike strong style sub sup svg td template textarea th time track tt u var video wbr
"""
_BREAKS, _CELLS = frozenset(_BLOCKS.split()), frozenset({"td", "th"})
# Of these, people leave out the end. Any other name in capitals without attributes and end may be a ticker: <META>.
_WITHOUT_END = frozenset({"br", "hr", "li", "p", "td", "th", "tr"})
_NAME = "|".join(sorted(f"{_BLOCKS} {_INLINE}".split(), key=len, reverse=True))
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++)"""
_ATTRIBUTES = rf"(?:[\s/]++[\w:@.-]++(?:\s*+=\s*+{_VALUE})?+)*+"
_TAG = re.compile(rf"<(/?)({_NAME})(?![\w:-])({_ATTRIBUTES})[\s/]*+>", re.IGNORECASE)
_CUT_TAG = re.compile(rf"<(?:{_NAME})\s[^<>=]*+=[^<>]*+\Z", re.IGNORECASE)  # where a long text was cut
_DECLARATION = re.compile(r"<!doctype\b[^<>]*>|<\?xml\b[^<>]*>|<!\[CDATA\[|\]\]>", re.IGNORECASE)
_HIDDEN_BEGINNING = re.compile(r"<!--|<(script|style)(?:\s[^<>]*)?>", re.IGNORECASE)
_HIDDEN_END = {
    "": re.compile("-->"),
    "script": re.compile(r"</script\s*+>", re.IGNORECASE),
    "style": re.compile(r"</style\s*+>", re.IGNORECASE),
}
# Names need their semicolon, or ?a=1&copy=2 would lose its address; but for the five that are often left without.
_ENTITY = re.compile(
    r"&(?:#[0-9]{2,7}(?:;|(?![0-9]))|#[xX][0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|nbsp)(?![\w=;])|\w{2,31};)"
)


def without_markup(text: str) -> str:
    """Return ``text`` without HTML tags and with entities decoded; a text of nothing but tags is empty.

    What only looks like a tag stays: ``a < b``, ``<3``, ``<TSLA>``. Blocks of a page stand on lines of their own.

    >>> without_markup("<p>Traders can&amp;#39;t <b>sell</b> &lt;TSLA&gt;</p>")
    "Traders can't sell <TSLA>"
    """
    if "<" not in text and "&" not in text:
        return text
    for _ in range(MAX_ROUNDS):
        decoded = _ENTITY.sub(_decoded, _without_tags(text))
        if decoded == text:
            break
        text = decoded
    return _without_tags(text)


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    ended = {match[2].lower() for match in _TAG.finditer(text) if match[1]}
    bare = _CUT_TAG.sub("", _DECLARATION.sub("", _without_hidden(text)))
    bare = _TAG.sub(lambda match: _replaced(match, ended), bare)
    if bare == text:
        return text
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return "\n".join(line for line in lines if line)


def _without_hidden(text: str) -> str:
    """Return ``text`` without comments, scripts and styles; what has no end stays.

    One pattern for all of that would look for an end from each beginning, in a time that grows with the square.
    """
    parts: list[str] = []
    at, endless = 0, set[str]()
    for beginning in _HIDDEN_BEGINNING.finditer(text):
        kind = (beginning[1] or "").lower()
        if beginning.start() < at or kind in endless:
            continue
        if end := _HIDDEN_END[kind].search(text, beginning.end()):
            parts.append(text[at : beginning.start()])
            at = end.end()
        else:
            endless.add(kind)
    return "".join((*parts, text[at:]))


def _replaced(tag: re.Match[str], ended: set[str]) -> str:
    end, name, attributes = tag[1], tag[2], tag[3]
    lower = name.lower()
    if attributes.strip(" /\n\t") and "=" not in attributes:
        return tag[0]
    if name.isupper() and not end and not attributes and lower not in ended | _WITHOUT_END:
        return tag[0]
    if lower in _BREAKS:
        return "\n"
    return " " if lower in _CELLS else ""


def _decoded(entity: re.Match[str]) -> str:
    text = entity[0]
    if text[1] == "#":
        return unescape(text)
    return html5.get(text[1:].removesuffix(";") + ";", text)
