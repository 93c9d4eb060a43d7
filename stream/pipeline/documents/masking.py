"""Personal data in texts, replaced by what kind it was. Pure; off unless somebody asks for it.

Five kinds, each found by what its own rules can check, so that figures of a market are left alone:

- ``email``: an address with a domain that ends in letters.
- ``phone``: a number that is valid by the numbering plan of its country, as it is written there (phonenumbers, Google's
  library). Without a country only numbers with ``+`` and the country's code; ``phone:CH`` those of Switzerland, too.
- ``card``: a card's number by its issuer's beginning and length, with a right check digit (ISO/IEC 7812).
- ``iban``: an account's number by its country's form, with right check digits (ISO 13616; python-stdnum).
- ``handle``: ``@name`` of a social network, and the name in the address of a profile.

Securities are no persons: tickers, ISINs, LEIs, CUSIPs are never masked, nor are names of people, which only a model
could find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import msgspec

from stream.pipeline.documents.document import AHEAD_FOR, Document, decode_record, parse_document

KINDS = ("email", "phone", "card", "iban", "handle")
TEXTS, PLACES = ("text", "title", "body", "author"), ("url",)
# Numbers that turn out to be none before a text is given up: of a table of figures, each costs some microseconds.
_MOST_TRIED = 2000
_URL = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# Bounded, and begun at the beginning of a word alone: a text of one endless word takes no longer than others.
_EMAIL = re.compile(r"(?<![\w.+%@-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])")
_HANDLE = re.compile(
    r"(?<![\w@＠/.$#&=-])[@＠][^\W\d]\w{0,49}(?:[.-]\w{1,63}){0,8}(?:@(?:[\w-]{1,63}\.){1,8}\w{2,24})?"
)
_PROFILE = re.compile(r"(?<=/)@\w[\w.-]{0,63}|(?<=//x\.com/)\w{1,50}(?=/status/)|(?<=/profile/)[\w.:-]{1,100}"
                      r"|(?<=twitter\.com/)\w{1,50}(?=/status/)")  # fmt: skip
# What stands behind an @ on a trading desk.
_ORDERS = {"market", "mkt", "limit", "lmt", "open", "close", "best", "vwap", "twap", "par", "last", "bid", "ask", "mid"}
_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
_CARD = re.compile(
    r"(?<![\w.,$€£¥/+-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w/%-]|[.,]\d)"
)
# ISO/IEC 7812: Visa; Mastercard; American Express; Discover; Diners Club; JCB; UnionPay.
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
)
_CURRENCY = (
    "USD|EUR|GBP|GBX|CHF|JPY|CNY|CNH|RMB|HKD|SGD|TWD|KRW|INR|AUD|NZD|CAD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|TRY|ILS|ZAR|BRL"
    "|MXN|CLP|COP|ARS|THB|IDR|MYR|PHP|VND|SAR|AED|QAR|KWD|EGP|NGN|KES|RUB|UAH|KZT|BTC|ETH|USDT|USDC|SOL|XRP|DOGE"
)
_AMOUNT_BEFORE = re.compile(rf"(?:[$€£¥#]|\b(?:{_CURRENCY})) ?$")
_AMOUNT_AFTER = re.compile(
    rf" ?(?:%|‰|[$€£¥]|(?:bps?|pips?|points?|pts|shares?|lots?|contracts?|barrels?|ounces|tonnes|{_CURRENCY})\b)"
)
_RATIO = re.compile(r"[1-9]\d*[./]\d+")
_THOUSANDS = re.compile(r"\+?\d{1,3}(?:([ .'’])\d{3})(?:\1\d{3})*")
_DATE = re.compile(r"(?<!\d)(?:\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4})(?!\d)")
_TIME = re.compile(r":\d")


class Span(NamedTuple):
    """Where something stands in a text, and what it is."""

    start: int
    end: int
    kind: str


Finder = Callable[[str], Iterator[Span]]


class Masker:
    """Replaces personal data of some kinds by ``[kind]``.

    Args:
        kinds: of KINDS; ``phone:CH`` also finds numbers as they are written within a country.

    Raises:
        ValueError: one of them is unknown; the message names it.

    >>> Masker(["email", "phone"]).text("Ask ann@example.org or +41 44 668 18 00 about $AAPL at 1,500,000")
    'Ask [email] or [phone] about $AAPL at 1,500,000'
    """

    def __init__(self, kinds: Iterable[str]) -> None:
        wanted = list(dict.fromkeys(kinds))
        for kind in wanted:
            _check(kind)
        self._finders = [finder for kind in sorted(wanted, key=_rank) for finder in _finders(kind)]
        self._handles = "handle" in wanted
        self._in_links = {"email", "handle"}

    @property
    def hides_accounts(self) -> bool:
        """Whether accounts of people are masked: who makes documents of an account's posts hides its name, too."""
        return self._handles

    def text(self, text: str) -> str:
        """Return ``text`` with what is found replaced."""
        taken: list[Span] = []
        held, links = bytearray(), bytearray()  # a sign of the text each: found already; within a link
        for span in (span for find in self._finders for span in find(text)):
            if not held:
                held, links = bytearray(len(text)), _in_links(text)
            is_of_page = links[span.start] and span.kind not in self._in_links
            if held.find(1, span.start, span.end) < 0 and not is_of_page:
                held[span.start : span.end] = b"\1" * (span.end - span.start)
                taken.append(span)
        parts, at = [], 0
        for span in sorted(taken):
            parts += [text[at : span.start], f"[{span.kind}]"]
            at = span.end
        return "".join([*parts, text[at:]])

    def document(self, document: Document) -> Document:
        """Return ``document`` with its texts, author and address masked; its id and source stay."""
        values = {name: getattr(document, name) for name in (*TEXTS, *PLACES)}
        changed = {name: new for name, old in values.items() if old and (new := self.text(old)) != old}
        return msgspec.structs.replace(document, **changed) if changed else document


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How raw records are read: how far ahead of the broker their time may lie, and what is masked in them."""

    ahead_for: timedelta = AHEAD_FOR
    masker: Masker | None = None

    def read(self, raw: bytes, received_at: datetime) -> Document:
        """Read one record; see :func:`stream.pipeline.documents.document.parse_document`. Raises DocumentError."""
        document = parse_document(raw, received_at, self.ahead_for)
        return document if self.masker is None else self.masker.document(document)


def masked_record(raw: bytes, document: Document, masker: Masker) -> bytes:
    """Return a raw record masked, with the fields alone that a document has: what else it holds nobody has looked at.

    Args:
        raw: the record.
        document: as it was read; where the record has a time and no id, its id goes along, for the one that is made of
            the masked text would be another.
        masker: of the kinds that are wanted.
    """
    fields = msgspec.structs.asdict(decode_record(raw))
    masked = masker.document(document)
    fields |= {name: getattr(masked, name) for name in (*TEXTS, *PLACES)}
    if fields["published_at"] is not None:
        fields["id"] = document.id
    return msgspec.json.encode({name: value for name, value in fields.items() if value not in (None, False)})


def kinds_of(text: str) -> tuple[str, ...]:
    """Return the kinds that a setting lists, comma-separated.

    Raises:
        ValueError: one is unknown.

    >>> kinds_of("email, phone:CH")
    ('email', 'phone:CH')
    """
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    for kind in kinds:
        _check(kind)
    return kinds


def _check(kind: str) -> None:
    name, sign, region = kind.partition(":")
    if name not in KINDS or (sign and name != "phone"):
        raise ValueError(f"'{kind[:40]}' cannot be masked; there are {', '.join(KINDS)} and phone:XX for a country")
    if not sign:
        return
    from phonenumbers import SUPPORTED_REGIONS

    if region not in SUPPORTED_REGIONS:
        raise ValueError(f"'{kind[:40]}': no country has this code; write phone:CH, say")


def _rank(kind: str) -> int:
    """Return the order in which kinds are looked for: what is checked best comes first."""
    return ("email", "iban", "card", "phone", "handle").index(kind.partition(":")[0])


def _finders(kind: str) -> list[Finder]:
    name, _, region = kind.partition(":")
    simple = {"email": [_emails], "handle": [_handles], "card": [_cards], "iban": [_ibans]}
    return list(simple[name]) if name in simple else [partial(_phones, region=region or None)]


def _emails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (Span(*found.span(), "email") for found in _EMAIL.finditer(text))


def _handles(text: str) -> Iterator[Span]:
    if "@" in text or "＠" in text:
        for found in _HANDLE.finditer(text):
            if found[0][1:].lower() not in _ORDERS:
                yield Span(*found.span(), "handle")
    if "/" in text:
        yield from (Span(*found.span(), "handle") for found in _PROFILE.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    from stdnum import iban  # here and below, since most who load this module mask nothing

    for found in _IBAN.finditer(text):
        # The words behind a number may look like more of it.
        for end in range(found.end(), found.start() + 14, -1):
            written = text[found.start() : end]
            if (end == found.end() or not text[end].isalnum()) and iban.is_valid(written):
                yield Span(found.start(), end, "iban")
                break


def _cards(text: str) -> Iterator[Span]:
    from stdnum import luhn

    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if digits.isascii() and _ISSUER.fullmatch(digits) and luhn.is_valid(digits) and not _is_amount(text, found):
            yield Span(*found.span(), "card")


def _phones(text: str, region: str | None) -> Iterator[Span]:
    if region is None and "+" not in text and "＋" not in text:
        return
    if region is not None and not any(sign.isdigit() for sign in text):
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    for match in PhoneNumberMatcher(text, region, leniency=Leniency.STRICT_GROUPING, max_tries=_MOST_TRIED):
        written = match.raw_string
        is_local = not written.startswith(("+", "＋"))
        # Without a sign between, it may be an order's number; a date comes with a time behind it.
        if is_local and (written.isdigit() or _DATE.search(written) or _TIME.match(text, match.end)):
            continue
        if _THOUSANDS.fullmatch(written) or _RATIO.fullmatch(written) or _is_amount(text, match):
            continue
        yield Span(match.start, match.end, "phone")


def _is_amount(text: str, found: object) -> bool:
    """Whether a currency or a unit stands before or behind a number."""
    start, end = found.span() if isinstance(found, re.Match) else (found.start, found.end)  # type: ignore[attr-defined]
    before, after = text[max(0, start - 6) : start], text[end : end + 12]
    return bool(_AMOUNT_BEFORE.search(before) or _AMOUNT_AFTER.match(after))


def _in_links(text: str) -> bytearray:
    """Return a 1 for each sign within a link: the digits there are those of a page."""
    marks = bytearray(len(text))
    for found in _URL.finditer(text):
        marks[found.start() : found.end()] = b"\1" * len(found[0])
    return marks
