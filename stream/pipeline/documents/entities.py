"""What a document says of the watchlist's entries that it names: a sentiment and a relevance of each. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from models.classifier import Classified, Prediction
from stream.pipeline.documents.places import Places, Span, Watched
from stream.pipeline.documents.relevance import relevance_of

# A cashtag as posts have it. The head that reads names was trained on headlines: of 421 labelled tweets with one
# cashtag it read 81 % right, and the whole text was read right in 87 %. On headlines it is the other way round.
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z][A-Za-z.]{0,6}\b")


class EntitySentiment(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry that a document names. ``of_text`` says that the sentiment is that of the whole text: the model has none
    of its own for the name, the name stands only where it did not read, or it is the one share that a post tags.
    """

    entry: str
    sentiment: Prediction
    relevance: float
    of_text: bool = False


class NamedPart(NamedTuple):
    """A part of a document as the model reads it, and where it names entries."""

    text: str
    places: Places

    @property
    def spans(self) -> list[Sequence[Span]]:
        """Where the names stand, in the order of ``places``, as a classifier is asked."""
        return list(self.places.values())


class ReadPart(NamedTuple):
    """What was said of a part, and how much it counts in the document."""

    part: NamedPart
    answer: Classified
    weight: float = 1.0


def named_part(text: str, watched: Watched) -> NamedPart:
    """Return ``text`` with the names in it."""
    return NamedPart(text, watched(text))


def split_part(part: NamedPart, end: int) -> tuple[NamedPart, NamedPart]:
    """Return what stands before ``end``, a headline, and what comes after it."""
    before = {entry: [one for one in spans if one[0] < end] for entry, spans in part.places.items()}
    after = {entry: [(a - end, b - end) for a, b in spans if a >= end] for entry, spans in part.places.items()}
    sides = (part.text[:end], before), (part.text[end:], after)
    headline, rest = (NamedPart(text, {entry: found for entry, found in of.items() if found}) for text, of in sides)
    return headline, rest


def entities_of(
    read: Sequence[ReadPart], headline: NamedPart, rest: NamedPart, whole: Prediction
) -> tuple[EntitySentiment, ...]:
    """Return what a document says of its entries, in the order of their places.

    Where a name stands in several parts that were read, its probabilities are averaged by the parts' weights. A text
    that tags one share (``$XYZ``) is about that one: its entry has the sentiment of the text.

    Args:
        read: the parts that the model read.
        headline: of the document.
        rest: all of it but the headline, read or not.
        whole: the sentiment of the document.
    """
    answers: dict[str, list[tuple[float, Prediction]]] = {}
    for part, answer, weight in read:
        for entry, given in zip(part.places, answer.names, strict=False):
            own = [(weight, given.sentiment)] if given.own else []
            answers.setdefault(entry, []).extend(own)
    for entry in _tagged(headline, rest):
        answers[entry] = []
    return tuple(
        EntitySentiment(
            entry,
            _averaged(answers[entry]) if answers.get(entry) else whole,
            _relevance(entry, headline, rest),
            not answers.get(entry),
        )
        for entry in dict.fromkeys((*headline.places, *rest.places, *answers))
    )


def _relevance(entry: str, headline: NamedPart, rest: NamedPart) -> float:
    others = [span for other, spans in headline.places.items() if other != entry for span in spans]
    of_entry = headline.places.get(entry, ()), rest.places.get(entry, ())
    return relevance_of(headline.text, rest.text, *of_entry, others)


def _tagged(*parts: NamedPart) -> set[str]:
    """Return the entries that are named by the one cashtag there is; none where there are more."""
    found = [(part, match) for part in parts for match in _CASHTAG.finditer(part.text)]
    if len({match[0].upper() for _, match in found}) != 1:
        return set()
    return {
        entry
        for part, match in found
        for entry, spans in part.places.items()
        if any(start < match.end() and match.start() < end for start, end in spans)
    }


def _averaged(answers: Sequence[tuple[float, Prediction]]) -> Prediction:
    if len(answers) == 1:
        return answers[0][1]
    total = sum(weight for weight, _ in answers)
    means: Mapping[str, float] = {
        label: round(sum(weight * one.probabilities[label] for weight, one in answers) / total, 6)
        for label in answers[0][1].probabilities
    }
    return Prediction(max(means, key=means.__getitem__), dict(means))
