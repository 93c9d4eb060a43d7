"""The text of a feed out of its bytes, whatever it says of its encoding: many say one and are written in another."""

from __future__ import annotations

import codecs
import re

_MARKS = (  # how a text begins that says its encoding itself; UTF-32 before UTF-16, whose mark begins alike
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_IN_TEXT = re.compile(rb"<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
# Those that hold more, and that are meant.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# What is in doubt read as UTF-8 and Windows-1252 gives the same for the first; the others are no encodings of feeds.
_SAYS_NOTHING = frozenset("utf-8 ascii iso8859-1 cp1252".split())  # noqa: SIM905
_NO_ENCODINGS = frozenset("idna punycode unicode-escape raw-unicode-escape undefined utf-7 mbcs oem".split())  # noqa: SIM905
_SEVEN_BITS = ("iso2022", "hz")  # they look like plain ASCII
_ESCAPED = re.compile("[\udc80-\udcff]")
_CUT_SIGN = re.compile("[\udcc2-\udcf4][\udc80-\udcbf]+")
_HIGH = re.compile(rb"[\x80-\xff]+")
_CP1252 = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_DAMAGED, _CHINESE = 0.05, 0.9  # at most this share of signs may be broken; at least this share of bytes be Chinese


def text_of(content: bytes, content_type: str = "") -> str:
    """Return the text of a feed.

    UTF-8 is recognised for sure, so it goes before what is declared. A broken sign or two do not change the rest.

    Args:
        content: as it was fetched.
        content_type: of the answer; it may name the encoding.

    >>> text_of("Zürich".encode("cp1252") + " 中文".encode())
    'Zürich 中文'
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace").lstrip("\ufeff")
    declared = _declared(content, content_type)
    seven = next((name for name in declared if name.startswith(_SEVEN_BITS)), None)
    if seven is not None:
        return content.decode(seven, "replace")
    text = content.decode("utf-8", "surrogateescape")
    if not (bad := len(_ESCAPED.findall(text))):
        return text
    for encoding in (*declared, *(["gb18030"] if _looks_chinese(content) else [])):
        read = _decoded(content, encoding)
        if read is not None:
            return read
    if bad < _beyond_ascii(text) - bad:  # UTF-8 on the whole: a sign of it was cut
        text = _CUT_SIGN.sub("", text)
    return text.translate(_CP1252)


def _declared(content: bytes, content_type: str) -> list[str]:
    """Return the encodings that are named, the answer's first: where they differ, it was converted on the way."""
    found = _IN_TEXT.search(content, 0, 2048)
    header = _IN_HEADER.search(content_type)
    names = [header[1] if header else "", found[1].decode("ascii", "ignore") if found else ""]
    known = []
    for name in names:
        try:
            encoding = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        if encoding not in _SAYS_NOTHING | _NO_ENCODINGS:
            known.append(_WIDER.get(encoding, encoding))
    return known


def _decoded(content: bytes, encoding: str) -> str | None:
    """Return the text, or None: it is not in this encoding, but for a broken sign or two."""
    try:
        text = content.decode(encoding, "replace")
    except (LookupError, ValueError):  # it makes no text of bytes
        return None
    return text if text.count("\ufffd") <= _DAMAGED * _beyond_ascii(text) else None


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _looks_chinese(content: bytes) -> bool:
    """Whether the bytes above ASCII are pairs of GB 2312; those of other languages stand alone, or in odd numbers."""
    runs = _HIGH.findall(content)
    chinese = 0
    for run in runs:
        try:
            chinese += len(run) if run.decode("gb2312") else 0
        except UnicodeDecodeError:
            continue
    return bool(runs) and chinese >= _CHINESE * sum(map(len, runs))
