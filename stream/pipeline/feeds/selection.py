"""Which of the documents that a source has are published: new ones, changed ones, and those that hold a keyword."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec

from stream.pipeline.documents.document import ANY_AHEAD, parse_document
from stream.pipeline.documents.names import comparable, folded
from stream.pipeline.documents.spelling import spellings
from stream.pipeline.feeds.ports import WITHDRAWAL, FeedDocument, Known

# A feed that rewrites an item each time, with a count of readers, say, must not fill the log with it.
MAX_CHANGES = 5
# An item that shows up this much after its own date was published late, or fetched late: its minute may be closed, and
# it counts in the minute in which it was fetched. If it is older than RECENT, or the source was not read for as long,
# it is the past, and keeps its date: after an outage, hours of news must not count as one minute's.
LATE_AFTER, RECENT = timedelta(minutes=10), timedelta(hours=2)


class Selection(NamedTuple):
    """What to publish, how many of these are new, and what is known of the source's items once that is done."""

    publish: list[FeedDocument]
    new: int
    items: dict[str, Known]


def select(documents: Iterable[FeedDocument], known: Mapping[str, Known], keywords: Sequence[str] = ()) -> Selection:
    """Return what to publish of what a source has.

    Args:
        documents: each id once or more; the first one counts. One that withdraws another is published where that was.
        known: what was published before.
        keywords: a document holds one of them, or is left out; without any, all are taken.
    """
    publish: list[FeedDocument] = []
    new = 0
    items: dict[str, Known] = {}
    for document in documents:
        if document.id in items:
            continue
        before = known.get(document.id)
        if document.digest == WITHDRAWAL:
            if before is not None and before.digest != WITHDRAWAL:  # else there is nothing to take back
                publish.append(document)
                items[document.id] = Known(WITHDRAWAL, before.changes)
            continue
        if before is None and (same := _under_another_id(document, known)) is not None:
            items[same] = known[same]
            continue
        if before is None and not holds_keyword(document.content, keywords):
            continue
        if before is None or (before.digest != document.digest and before.changes < MAX_CHANGES):
            publish.append(document)
            new += before is None
            items[document.id] = Known(document.digest, 0 if before is None else before.changes + 1)
        else:
            items[document.id] = before
    return Selection(publish, new, items)


def _under_another_id(document: FeedDocument, known: Mapping[str, Known]) -> str | None:
    """Return the id under which the same text of the same item was published; None: there is none."""
    return next((one for one in document.others if one in known and known[one].digest == document.digest), None)


def holds_keyword(content: bytes, keywords: Sequence[str]) -> bool:
    """Tell whether a raw document's text holds one of the keywords as words; of none, any does.

    Both are compared as names of a watchlist are: apostrophes, accents and hyphens make no difference.

    >>> holds_keyword('{"source": "s", "text": "McDonald’s rate-cut"}'.encode(), ["mcdonald's", "Rate cut"])
    True
    """
    if not keywords:
        return True
    text = msgspec.json.decode(content, type=_Text)
    pattern = _pattern(tuple(keywords))
    parts = (text.title, text.body, text.text)
    # As it came, too: what the comparison leaves out, such as the name of an agency, may be what is looked for.
    seen = (form for part in parts if part for form in (part.casefold(), folded(comparable(part))))
    return any(pattern.search(form) is not None for form in seen)


def dated(content: bytes, fetched_at: datetime, last_read: datetime | None) -> bytes:
    """Return a new document with the time in which it counts; see LATE_AFTER.

    Args:
        last_read: when the source was read before; None: never.
    """
    if last_read is None or fetched_at - last_read > RECENT:
        return content
    age = fetched_at - parse_document(content, fetched_at, ANY_AHEAD).published_at
    if not LATE_AFTER < age <= RECENT:
        return content
    record = msgspec.json.decode(content)
    return msgspec.json.encode({**record, "published_at": fetched_at.isoformat()})


class _Text(msgspec.Struct):
    title: str | None = None
    body: str | None = None
    text: str | None = None


@lru_cache(1000)
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of words; where a keyword begins or ends with a sign that is no letter, any neighbour will do.

    So do letters of scripts that are written without spaces.
    """
    words = {folded(spelt) for keyword in keywords for spelt in spellings(keyword)}
    words = words.union(map(str.casefold, keywords)) - {""}
    parts = [rf"{_edge(word[0], '<!')}{re.escape(word)}{_edge(word[-1], '!')}" for word in sorted(words)]
    return re.compile("|".join(parts))


def _edge(sign: str, look: str) -> str:
    spaced = sign.isalnum() and not "\u2e80" <= sign <= "\U0003ffff"
    return rf"(?{look}\w)" if spaced else ""
