"""A document's headline and the beginning of its body: each read by itself, then combined. Pure.

A classifier that reads both as one text, or averages over pieces by their length, loses the headline: of headlines that
it alone calls negative, four in a hundred stayed so with 230 ordinary words behind them. What a part says counts here
by its place and by how much it has to say:

    weight(headline) = HEADLINE       * (1 - p_neutral + FLOOR)
    weight(body)     = (1 - HEADLINE) * (1 - p_neutral + FLOOR)

both divided by their sum. So a neutral body leaves a headline's polarity alone, and a headline that says nothing
("Press release") leaves the word to the body. docs/records.md tells what the numbers were measured on.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from models.classifier import Classified, mean_of
from models.labels import NEUTRAL, SENTIMENT
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.placeholders import text_to_read
from stream.pipeline.documents.places import NamedPart, behind_names, split_part, within_names
from stream.pipeline.documents.sentences import end_of_headline

# Characters. A text up to the first is read whole, as the tweets and sentences that models are trained on: a tweet of
# 280 with its links written out. docs/records.md tells what 280 and 320 were measured on. News say in the first
# sentences of a body what they are about; a lead of 160 to 310 characters gives the same within chance.
MOST_WHOLE, MOST_HEADLINE, MOST_LEAD = 320, 300, 240
LONGEST_SENTENCE, WITHOUT_END = 160, 110
# Of HEADLINE .6 to .9 at FLOOR .06 each keeps 97 % of polar headlines; less lets a polar body turn more neutral ones,
# more takes the word from the body of a headline that says nothing.
HEADLINE, FLOOR = 0.8, 0.06
NOTHING = NamedPart("", {})


class PartWeights(msgspec.Struct, frozen=True):
    """How much headline and body counted in a document's probabilities; both sum to 1."""

    headline: float
    body: float


class Texts(NamedTuple):
    """What a document says, cleaned: ``text`` is its body or, without a title, all of it. Either may be empty."""

    title: str
    text: str


class NamedParts(NamedTuple):
    """What is read of a document, with the names in it.

    ``body`` is empty where all is read as the ``headline``; ``rest``, what the body begins with, then is, too.
    ``title`` is all of a title of which the headline is the beginning, else the headline.
    """

    headline: NamedPart
    body: NamedPart
    rest: NamedPart
    title: NamedPart


def texts_of(document: Document) -> Texts:
    """Return the texts of ``document`` in which names are looked for, each by itself."""
    if document.text is not None:
        return Texts("", text_to_read(document.text))
    return Texts(text_to_read(document.title or ""), text_to_read(document.body or ""))


def named_parts(title: NamedPart, text: NamedPart) -> NamedParts:
    """Return what is read of both. No cut goes through a name.

    >>> parts = named_parts(NamedPart("Acme is insolvent", {}), NamedPart("Acme is insolvent. It makes anvils.", {}))
    >>> parts.headline.text, parts.body.text
    ('Acme is insolvent', 'It makes anvils.')
    """
    if not title.text or not text.text:
        return _parts_of_text(text if text.text else title)
    title, rest = _without_headline(text, title)
    return NamedParts(_cut(title, MOST_HEADLINE), _cut(rest, MOST_LEAD), rest, title)


def combine(headline: Classified, body: Classified) -> tuple[Classified, PartWeights]:
    """Return one answer of two, and how much each counted in it."""
    polar = [1 - part.heads[SENTIMENT].probabilities[NEUTRAL] + FLOOR for part in (headline, body)]
    first, second = HEADLINE * polar[0], (1 - HEADLINE) * polar[1]
    weight = round(first / (first + second), 3)
    heads = {
        name: mean_of(((weight, answer), (1 - weight, body.heads[name]))) for name, answer in headline.heads.items()
    }
    weights = PartWeights(weight, round(1 - weight, 3))
    return Classified(heads, max(headline.chunks, body.chunks)), weights


def _parts_of_text(text: NamedPart) -> NamedParts:
    """Split a cleaned text without a title: its first line, or its first sentence, is the headline."""
    if len(text.text) <= MOST_WHOLE:
        return NamedParts(text, NOTHING, NOTHING, text)
    end = end_of_headline(text.text, text.names, LONGEST_SENTENCE) or len(_cut(text, WITHOUT_END).text)
    headline, rest = (part.stripped() for part in split_part(text, end))
    return NamedParts(headline, _cut(rest, MOST_LEAD), rest, headline)


def _without_headline(body: NamedPart, headline: NamedPart) -> tuple[NamedPart, NamedPart]:
    """Return the headline, and ``body`` without it, with which many feeds begin it."""
    end = len(headline.text)
    left = body.text[end:]
    begins = body.text.startswith(headline.text) and not left[:1].isalnum() and end not in within_names(body.names)
    if not begins:
        return headline, body
    behind = [start for start, _ in body.names if start >= end]
    rest = body.between(min(len(body.text) - len(left.lstrip(" .:-–—|\n")), *behind, len(body.text)), len(body.text))
    # What follows may tell that a word of it is a name.
    return headline._replace(places={**body.between(0, end).places, **headline.places}), rest


def _cut(part: NamedPart, most: int) -> NamedPart:
    """Return the beginning of ``part``, to the end of a word where there is one, and of a name."""
    text = part.text
    if len(text) <= most:
        return part
    space = max(text.rfind(" ", 0, most + 1), text.rfind("\n", 0, most + 1))
    end = len(text[: space if space > most // 2 else most].rstrip())
    return part.between(0, behind_names(end, part.names))
