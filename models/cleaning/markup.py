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
circle clippath defs ellipse g lineargradient path polygon polyline radialgradient rect tspan
"""
_BREAKS, _CELLS = frozenset(_BLOCKS.split()), frozenset({"td", "th"})
# Of these, people leave out the end. Any other name in capitals without attributes and end may be a ticker: <META>.
_WITHOUT_END = frozenset({"br", "hr", "li", "p", "td", "th", "tr"})
_NAME = "|".join(sorted(f"{_BLOCKS} {_INLINE}".split(), key=len, reverse=True))
_PREFIXED = r"[a-z]\w{0,19}:[a-z][\w.-]{0,39}"  # <o:p> of Word, <media:content> of feeds
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++)"""
_ATTRIBUTES = rf"(?:[\s/]++[\w:@.-]++(?:\s*+=\s*+{_VALUE})?+)*+"
_TAG = re.compile(rf"<(/?)(?=[a-z])({_PREFIXED}|{_NAME})(?![\w:-])({_ATTRIBUTES})[\s/]*+>", re.IGNORECASE)
# Where a long text was cut.
_CUT_TAG = re.compile(rf"<(?=[a-z])(?:{_PREFIXED}|{_NAME})\s[^<>=]*+=[^<>]*+\Z", re.IGNORECASE)
# What is declared within [ ] is bounded, or a text of such beginnings would take a time that grows with the square.
_DECLARATION = re.compile(
    r"<!doctype\b[^<>\[]*(?:\[[^\]]{0,2000}+\]\s*)?>|<\?xml\b[^<>]*>|<!\[CDATA\[|\]\]>", re.IGNORECASE
)
_HIDDEN_BEGINNING = re.compile(r"<!--|<(script|style|svg)(?:\s[^<>]*)?>", re.IGNORECASE)
_HIDDEN_END = {
    "": re.compile("-->"),
    "script": re.compile(r"</script\s*+>", re.IGNORECASE),
    "style": re.compile(r"</style\s*+>", re.IGNORECASE),
    "svg": re.compile(r"</svg\s*+>", re.IGNORECASE),
}
# Without an end, all that follows is hidden, as in a browser, but only where it looks like code: real articles have
# comments that lost their end, and news speak of "a <script> in the page".
_CODE = re.compile(r"[{}=]|\);|\(\)|@import")
MOST_CODE = 400  # characters behind such a beginning, among which code would show itself
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
    tagged = False
    for _ in range(MAX_ROUNDS):
        bare = _without_tags(text)
        tagged = tagged or bare is not text
        decoded = _ENTITY.sub(_decoded, bare)
        if decoded == text:
            break
        text = decoded
    text = _without_tags(text)
    return _without_empty_lines(text) if tagged else text  # <p>&nbsp;</p>, of which a page may have hundreds


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    ended = {match[2].lower() for match in _TAG.finditer(text) if match[1]}
    bare = _CUT_TAG.sub("", _DECLARATION.sub("", _without_hidden(text)))
    bare = _TAG.sub(lambda match: _replaced(match, ended), bare)
    if bare == text:
        return text
    return _without_empty_lines(bare)


def _without_empty_lines(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _without_hidden(text: str) -> str:
    """Return ``text`` without comments, scripts, styles and drawings; code without an end hides the rest.

    One pattern for all of that would look for an end from each beginning, in a time that grows with the square.
    """
    parts: list[str] = []
    at, endless = 0, set[str]()
    for beginning in _HIDDEN_BEGINNING.finditer(text):
        kind = (beginning[1] or "").lower()
        if beginning.start() < at:
            continue
        start = beginning.end()
        end = None if kind in endless else _HIDDEN_END[kind].search(text, start)
        if end is None and kind not in {"svg", *endless} and _CODE.search(text, start, start + MOST_CODE):
            return "".join((*parts, text[at : beginning.start()]))
        if end is None:
            endless.add(kind)
        if end or not kind:
            parts.append(text[at : beginning.start()])
            at = (end or beginning).end()
    return "".join((*parts, text[at:]))


def _replaced(tag: re.Match[str], ended: set[str]) -> str:
    end, name, attributes = tag[1], tag[2], tag[3]
    lower = name.lower()
    if attributes.strip(" /\n\t") and "=" not in attributes:
        return tag[0]
    if not (end or attributes) and lower not in ended | _WITHOUT_END and _may_be_a_ticker(tag):
        return tag[0]
    if lower in _BREAKS:
        return "\n"
    return " " if lower in _CELLS else ""


def _may_be_a_ticker(tag: re.Match[str]) -> bool:
    """Return whether ``tag`` is written as <META> or <nasdaq:aapl>; <o:p/> ends itself."""
    return tag[2].isupper() or (":" in tag[2] and not tag[0].endswith("/>"))


def _decoded(entity: re.Match[str]) -> str:
    text = entity[0]
    if text[1] == "#":
        return unescape(text)
    return html5.get(text[1:].removesuffix(";") + ";", text)
