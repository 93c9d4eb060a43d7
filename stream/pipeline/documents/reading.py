"""What is to be read of a document: its parts, with the names in them, if its language is one that is read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from stream.pipeline.documents.document import Document
from stream.pipeline.documents.languages import language_of
from stream.pipeline.documents.parts import NOTHING, Texts, named_parts, texts_of
from stream.pipeline.documents.places import NamedPart, Watched, named_part, split_part
from stream.pipeline.documents.sentences import end_of_headline
from stream.pipeline.documents.watchlist import Entry


class Reading(NamedTuple):
    """A document, and what is to be read of it.

    ``parts`` is all of it, or a headline and the beginning of the body, or nothing; ``headline`` and ``rest`` together
    are all of it, read or not. ``language`` is empty where it is not known.
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
    texts = texts_of(document)
    language = language_of(document.lang or "", _text_read(texts)) if languages or told else ""
    if language and languages and language not in languages:
        return Reading(document, language, False, (), NOTHING, NOTHING)
    parts = named_parts(*(named_part(text, watched) if text else NOTHING for text in texts))
    if parts.body.text:
        return Reading(document, language, True, (parts.headline, parts.body), parts.title, parts.rest)
    read = (parts.headline,) if parts.headline.text else ()
    text = parts.title.text  # a short one is read whole, so nothing bounds its first sentence
    end = None if texts.title else end_of_headline(text, parts.title.names)
    title, rest = split_part(parts.title, len(text) if end is None else end)
    return Reading(document, language, True, read, title, rest)


def _text_read(texts: Texts) -> str:
    """Return what would be read of ``texts``, if no name stood in them: names are looked for in what is read."""
    parts = named_parts(*(NamedPart(text, {}) for text in texts))
    return f"{parts.headline.text} {parts.body.text}".strip()


def entries_of(document: Document, entries_in: Callable[[str], Sequence[Entry]]) -> list[Entry]:
    """Return the entries that ``document`` names, each once; looked for where its sentiments of them are.

    Args:
        document: scored, or not yet.
        entries_in: finds those that a text names.
    """
    found = (entry for text in texts_of(document) if text for entry in entries_in(text))
    return list({entry.name: entry for entry in found}.values())
