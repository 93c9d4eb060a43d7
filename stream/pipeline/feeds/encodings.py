"""The text of a feed out of its bytes, whatever it says of its encoding: many say one and are written in another."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Collection

from stream.pipeline.documents.languages import published_language

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
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "iso8859-9": "cp1254",
}
# Names of encodings that browsers know and Python does not (encoding.spec.whatwg.org), beside those with a number.
_LABELS = {
    **dict.fromkeys(["windows-31j", "csshiftjis"], "cp932"),
    **dict.fromkeys(["ks_c_5601-1989", "cseuckr", "csksc56011987"], "cp949"),
    **dict.fromkeys(["gb_2312", "gb_2312-80", "csgb2312", "cn-gb"], "gb18030"),
    **dict.fromkeys(["cn-big5", "big5-eten"], "big5hkscs"),
    **dict.fromkeys(["iso-8859-8-i", "iso-8859-8-e", "csiso88598i", "csiso88598e", "logical", "visual"], "iso8859-8"),
    **dict.fromkeys(["koi", "koi8", "koi8_r"], "koi8-r"),
    "koi8-ru": "koi8-u",
    "mac-ukrainian": "mac-cyrillic",
    "csmacintosh": "mac-roman",
    "mac": "mac-roman",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
}
_NUMBERED = re.compile(r"(?:cs)?(?:(?P<iso>iso[-_]?8859[-_]?)|(?:windows|win|dos|ibm|cp)[-_]?)(?P<number>\d{1,4})")
# What is in doubt read as UTF-8 and Windows-1252 gives the same for the first; the others are no encodings of feeds.
_WESTERN = frozenset("iso8859-1 cp1252".split())  # noqa: SIM905
_SAYS_NOTHING = _WESTERN | {"utf-8", "ascii"}
_NO_ENCODINGS = frozenset("idna punycode unicode-escape raw-unicode-escape undefined utf-7 mbcs oem".split())  # noqa: SIM905
_SEVEN_BITS = ("iso2022", "hz")  # they look like plain ASCII
_WIDE = ("utf-16", "utf-32")  # of these, every sign of ASCII holds a zero byte
_ESCAPED = re.compile("[\udc80-\udcff]")
_CUT_SIGN = re.compile("[\udcc2-\udcf4][\udc80-\udcbf]+")
_GBK = rb"[\x81-\xfe](?:[\x40-\x7e\x80-\xfe]|[0-9][\x81-\xfe][0-9])"
_SIGN, _ROW = re.compile(_GBK), re.compile(rb"(?:" + _GBK + rb"|[\x80-\xff])+")
_CP1252 = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_LANGUAGE = re.compile(rb"(?:<(?:dc:)?language>\s{0,20}|<feed\s[^>]{0,400}?xml:lang\s?=\s?[\"'])([A-Za-z]{2,3})")
_SURE = 10  # so many signs of UTF-8 for each broken one: it is UTF-8, whatever is declared
_DAMAGED, _CHINESE = 0.05, 0.9  # at most this share of signs may be broken; at least this share of bytes be Chinese
# Of Chinese signs at least so many are of level 1, the frequent ones, and of its second half, where Korean has none;
# at most so many are kana.
_FREQUENT, _SECOND_HALF, _KANA = 0.6, 0.15, 0.05
# At most so many are outside GB 2312, as in names of people; of a feed that says it is Chinese so many, as in
# traditional text. Then so many of them begin with a byte that no sign of Big5 begins with.
_RARE, _TRADITIONAL, _BELOW_BIG5 = 0.1, 0.7, 0.2
_BIG5_PAIR, _HIGH_BYTE = re.compile(rb"[\xa1-\xf9][\x40-\x7e\xa1-\xfe]"), re.compile(rb"[\x80-\xff]")
# At least so many signs tell Big5; of them so many are of its frequent half, and so many second bytes of ASCII.
_FEW_PAIRS, _BIG5_FREQUENT, _LOW_LEAST, _LOW_MOST = 8, 0.9, 0.1, 0.7
_MANY_PAIRS, _LONG_RUN = 20, 4  # where a western text is more likely: its accents seldom stand side by side


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
    named = _named(content, content_type)
    seven = next((name for name in named if name.startswith(_SEVEN_BITS)), None)
    if seven is not None:
        return content.decode(seven, "replace")
    text = content.decode("utf-8", "surrogateescape")
    return _of_broken(content, text, named) if _ESCAPED.search(text) else text


def _of_broken(content: bytes, text: str, named: Collection[str]) -> str:
    """Return the text of a feed that is not all UTF-8.

    Args:
        content: as it was fetched.
        text: the same as UTF-8, its broken bytes escaped.
        named: the encodings that it names.
    """
    bad = len(_ESCAPED.findall(text))
    good = _beyond_ascii(text) - bad
    # A pair of bytes that is one accented letter in UTF-8 is a Chinese sign, too, and any byte one of a single-byte
    # encoding. So UTF-8 is asked first, and by what is declared only where it is not sure.
    is_sure = good >= _SURE * len(_ESCAPED.findall(_CUT_SIGN.sub("\udc80", text)))
    encodings = [] if is_sure else [name for name in named if name not in _SAYS_NOTHING]
    if bad >= good and _looks_chinese(content, western=not _WESTERN.isdisjoint(named)):
        encodings = [*encodings, "gb18030"]
    elif bad >= good and _looks_big5(content):
        encodings = [*encodings, "big5hkscs"]
    for encoding in encodings:
        read = _decoded(content, encoding)
        if read is not None:
            return read
    if bad < good:  # UTF-8 on the whole: a sign of it was cut
        text = _CUT_SIGN.sub("", text)
    return text.translate(_CP1252)


def _named(content: bytes, content_type: str) -> list[str]:
    """Return the encodings that are named, the answer's first: where they differ, it was converted on the way."""
    found = _IN_TEXT.search(content, 0, 2048)
    header = _IN_HEADER.search(content_type)
    names = [header[1] if header else "", found[1].decode("ascii", "ignore") if found else ""]
    known = [encoding for encoding in map(_encoding, names) if encoding and encoding not in _NO_ENCODINGS]
    return [_WIDER.get(name, name) for name in known if b"\0" in content or not name.startswith(_WIDE)]


def _encoding(label: str) -> str | None:
    """Return Python's name of an encoding; None: there is none of this name.

    >>> _encoding("x-sjis"), _encoding("Windows-874"), _encoding("x-x-big5"), _encoding("x-user-defined")
    ('shift_jis', 'cp874', 'big5', None)
    """
    plain = label.lower().strip()
    while plain.startswith("x-"):
        plain = plain.removeprefix("x-")
    plain = _LABELS.get(plain, plain)
    number = _NUMBERED.fullmatch(plain)
    for name in (plain, f"{'iso8859-' if number['iso'] else 'cp'}{number['number']}" if number else ""):
        try:
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
    return None


def _decoded(content: bytes, encoding: str) -> str | None:
    """Return the text, or None: it is not in this encoding, but for a broken sign or two."""
    try:
        text = content.decode(encoding, "replace")
    except (LookupError, ValueError):  # it makes no text of bytes
        return None
    return text if text.count("\ufffd") <= _DAMAGED * _beyond_ascii(text) else None


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _looks_chinese(content: bytes, *, western: bool) -> bool:
    """Whether the bytes above ASCII are signs of GBK, most of them of GB 2312; those of other languages are not.

    Theirs stand alone, or in odd numbers: a row with a byte too many counts as none. Korean and Japanese are pairs of
    GB 2312, too, but other ones. A sign of GBK may end in a byte of ASCII, so a row is walked sign by sign.

    Args:
        western: an encoding of western Europe is declared; it often is, whatever a feed is written in.
    """
    rows = _ROW.findall(content)
    read = [row for row in rows if _is_in(row, "gb18030")]
    signs = Counter(sign for row in read for sign in _SIGN.findall(row))
    language, count = _language(content), signs.total()
    if not count or sum(map(len, read)) < _CHINESE * sum(map(len, rows)) or language in ("ko", "ja"):
        return False
    if (western or language is not None) and language != "zh" and count < max(_MANY_PAIRS, _LONG_RUN * len(rows) / 2):
        return False
    rare = Counter({sign: number for sign, number in signs.items() if not _is_in(sign, "gb2312")})
    return _may_be_rare(rare, count, language) and _frequent_in_chinese(_leads(signs - rare))


def _may_be_rare(rare: Counter[bytes], count: int, language: str | None) -> bool:
    """Whether Chinese in GBK may have so many signs outside GB 2312, of ``count`` signs in all."""
    if rare.total() <= _RARE * count:
        return True
    below = sum(number for lead, number in _leads(rare).items() if lead < 0xA1)
    return language == "zh" and rare.total() <= _TRADITIONAL * count and below >= _BELOW_BIG5 * rare.total()


def _leads(signs: Counter[bytes]) -> Counter[int]:
    leads = Counter[int]()
    for sign, number in signs.items():
        leads[sign[0]] += number
    return leads


def _language(content: bytes) -> str | None:
    """Return the language that a feed names; None: it names none."""
    found = _LANGUAGE.search(content, 0, 8192)
    return published_language(found[1].decode()) if found else None


def _looks_big5(content: bytes) -> bool:
    """Whether the bytes above ASCII begin pairs of Big5, most of them frequent signs.

    Its second bytes are of ASCII, too, in about two of five pairs; those of other encodings never, or mostly.
    """
    language = _language(content)
    pairs = _BIG5_PAIR.findall(content)
    signs = [pair for pair in pairs if pair[0] >= 0xA4]  # before that: punctuation
    if len(signs) < (_FEW_PAIRS if language in (None, "zh") else _MANY_PAIRS):
        return False
    rest = len(_HIGH_BYTE.findall(_BIG5_PAIR.sub(b"", content)))
    frequent = sum(pair[0] <= 0xC6 for pair in signs)
    low = sum(pair[1] < 0x80 for pair in signs)
    is_big5 = rest <= _DAMAGED * len(pairs) and frequent >= _BIG5_FREQUENT * len(signs)
    return is_big5 and _LOW_LEAST * len(signs) <= low <= _LOW_MOST * len(signs)


def _frequent_in_chinese(leads: Counter[int]) -> bool:
    """Whether the first bytes of pairs are spread as in Chinese."""
    signs, kana = sum(leads[byte] for byte in range(0xB0, 0xF8)), leads[0xA4] + leads[0xA5]
    frequent, second = (sum(leads[byte] for byte in range(first, 0xD8)) for first in (0xB0, 0xC9))
    return signs > 0 and kana <= _KANA * signs and frequent >= _FREQUENT * signs and second >= _SECOND_HALF * signs


def _is_in(part: bytes, encoding: str) -> bool:
    try:
        part.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
