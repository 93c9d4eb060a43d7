"""Personal data in texts, replaced by what kind it was. Pure; off unless somebody asks for it.

Five kinds, each found by what its own rules can check, so that figures of a market are left alone:

- ``email``: an address with a domain that ends in letters.
- ``phone``: a number that is valid by the numbering plan of its country, as it is written there (phonenumbers, Google's
  library). Without a country only numbers with ``+`` and the country's code; ``phone:CH`` those of Switzerland, too.
- ``card``: a card's number by its issuer's beginning and length, with a right check digit (ISO/IEC 7812).
- ``iban``: an account's number by its country's form, with right check digits (ISO 13616; python-stdnum).
- ``handle``: ``@name`` of a social network, and the name in the address of a profile or post.

Securities are no persons: tickers, ISINs, LEIs, CUSIPs are never masked, nor are names of people, which only a model
could find.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from stream.pipeline.documents.document import AHEAD_FOR, Document, Read, read_raw
from stream.pipeline.documents.json_record import encode_record
from stream.pipeline.documents.personal import Span, finder_of, in_links, plain, rank

KINDS = ("email", "phone", "card", "iban", "handle")
TEXTS, PLACES = ("text", "title", "body", "author"), ("url",)


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
        self._finders = [finder_of(kind) for kind in sorted(wanted, key=rank)]
        self._in_links = {"email", "handle"}

    def text(self, text: str) -> str:
        """Return ``text`` with what is found replaced."""
        taken: list[Span] = []
        held, links = bytearray(), bytearray()  # a sign of the text each: found already; within a link
        read = plain(text)
        for span in (span for find in self._finders for span in find(read)):
            if not held:
                held, links = bytearray(len(text)), in_links(read)
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

    def read(self, raw: bytes, received_at: datetime) -> Read:
        """Read one record, not masked; see :func:`~stream.pipeline.documents.document.read_raw`. DocumentError."""
        return read_raw(raw, received_at, self.ahead_for)

    def masked(self, document: Document) -> Document:
        """Return a document as it is stored."""
        return document if self.masker is None else self.masker.document(document)

    def published(self, raw: bytes, read: Read) -> bytes:
        """Return the record to publish for one that was read."""
        return raw if self.masker is None else masked_record(read, self.masker)


def masked_record(read: Read, masker: Masker) -> bytes:
    """Return a raw record masked, with the fields alone that a document has: what else it holds nobody has looked at.

    Args:
        read: the record; where it has a time and no id, the document's id goes along, for the one that is made of the
            masked text would be another.
        masker: of the kinds that are wanted.
    """
    masked = masker.document(read.document)
    values = {name: getattr(masked, name) for name in (*TEXTS, *PLACES)}
    return encode_record(read.record, **values, **({"id": masked.id} if read.is_dated else {}))


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
