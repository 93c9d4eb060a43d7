"""What is to be read of a document: its parts, with the names in them, if its language is one that is read. Pure."""

from __future__ import annotations

from typing import NamedTuple

from stream.pipeline.documents.document import Document
from stream.pipeline.documents.entities import NamedPart, named_part, split_part
from stream.pipeline.documents.languages import language_of
from stream.pipeline.documents.parts import parts_of
from stream.pipeline.documents.placeholders import is_placeholder
from stream.pipeline.documents.places import Watched
from stream.pipeline.documents.relevance import end_of_headline


class Reading(NamedTuple):
    """A document, and what is to be read of it.

    ``parts`` is all of it, or a headline and the beginning of the body, or nothing; ``rest`` is all but the headline,
    read or not. ``language`` is empty where it is not known.
    """

    document: Document
    language: str
    is_read: bool
    parts: tuple[NamedPart, ...]
    headline: NamedPart
    rest: NamedPart


def reading_of(document: Document, watched: Watched, languages: frozenset[str], told: bool = False) -> Reading:
    """Return what is to be read of ``document`` where ``languages`` are read; all of them where there is none.

    Its language is told where that matters for this, or if ``told`` is set.
    """
    parts = parts_of(document)
    language = language_of(document, parts) if languages or told else ""
    headline = named_part(parts.headline, watched)
    if language and languages and language not in languages:
        return Reading(document, language, False, (), headline, NamedPart("", {}))
    if not parts.body:
        read = (headline,) if headline.text else ()
        title = None if is_placeholder(document.title or "") else document.title
        before, after = split_part(headline, end_of_headline(headline.text, title))
        return Reading(document, language, True, read, before, after)
    rest = named_part(parts.rest, watched)
    body, _ = split_part(rest, len(parts.body))
    return Reading(document, language, True, (headline, body), headline, rest)
