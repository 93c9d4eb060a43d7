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

import re
from typing import NamedTuple

import msgspec

from models.classifier import Classified, Prediction
from models.labels import NEUTRAL, SENTIMENT
from stream.pipeline.documents.document import Document
from stream.pipeline.documents.placeholders import text_to_read

# Characters. A text up to the first is read whole, as the tweets and sentences that models are trained on; news say in
# the first sentences of a body what they are about. A lead of 160 to 310 characters gives the same within chance.
MOST_WHOLE, MOST_HEADLINE, MOST_LEAD = 280, 300, 240
LONGEST_SENTENCE, WITHOUT_END = 160, 110
LEAST_HEADLINE = 20  # characters: "Breaking!" is none
# Of HEADLINE .6 to .9 at FLOOR .06 each keeps 97 % of polar headlines; less lets a polar body turn more neutral ones,
# more takes the word from the body of a headline that says nothing.
HEADLINE, FLOOR = 0.8, 0.06
_SENTENCE_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s)|[。！？]+[”’」』]?")
_ABBREVIATED = re.compile(
    r"(?:\b(?:inc|corp|co|ltd|plc|llc|bros|mr|mrs|ms|dr|prof|sen|rep|gov|gen|st|vs|no|nos|jan|feb|mar|apr|jun|jul|aug|"
    r"sept?|oct|nov|dec|approx|est|fig|u\.s|u\.k|e\.g|i\.e|a\.m|p\.m)|\b[a-z])\.$",
    re.IGNORECASE,
)


class PartWeights(msgspec.Struct, frozen=True):
    """How much headline and body counted in a document's probabilities; both sum to 1."""

    headline: float
    body: float


class Parts(NamedTuple):
    """What is read of a document. ``body`` is empty where all of it is ``headline``; ``rest`` begins with it."""

    headline: str
    body: str = ""
    rest: str = ""


def parts_of(document: Document) -> Parts:
    """Return the headline of ``document`` and the beginning of its body, both cleaned.

    >>> from stream.pipeline.documents.document import EPOCH
    >>> body = "<p>Acme is insolvent. It makes&nbsp;anvils.</p>"
    >>> parts_of(Document(id="1", source="wire", published_at=EPOCH, title="Acme is insolvent", body=body))
    Parts(headline='Acme is insolvent', body='It makes anvils.', rest='It makes anvils.')
    """
    if document.text is not None:
        return _parts_of_text(text_to_read(document.text))
    headline, body = text_to_read(document.title or ""), text_to_read(document.body or "")
    if not headline or not body:
        return _parts_of_text(headline or body)
    return _parts(_cut(headline, MOST_HEADLINE), _without_headline(body, headline))


def combine(headline: Classified, body: Classified) -> tuple[Classified, PartWeights]:
    """Return one answer of two, and how much each counted in it."""
    polar = [1 - part.heads[SENTIMENT].probabilities[NEUTRAL] + FLOOR for part in (headline, body)]
    first, second = HEADLINE * polar[0], (1 - HEADLINE) * polar[1]
    weight = round(first / (first + second), 3)
    heads = {name: _mean(answer, body.heads[name], weight) for name, answer in headline.heads.items()}
    weights = PartWeights(weight, round(1 - weight, 3))
    return Classified(heads, max(headline.chunks, body.chunks)), weights


def _mean(one: Prediction, other: Prediction, weight: float) -> Prediction:
    """Return ``weight`` of one and the rest of the other."""
    values = {
        label: round(weight * value + (1 - weight) * other.probabilities[label], 6)
        for label, value in one.probabilities.items()
    }
    return Prediction(max(values, key=values.__getitem__), values)


def _parts_of_text(text: str) -> Parts:
    """Split a cleaned text without a title: its first line, or its first sentence, is the headline."""
    if len(text) <= MOST_WHOLE:
        return Parts(text)
    end = _end_of_headline(text)
    return _parts(text[:end].strip(), text[end:].strip())


def _parts(headline: str, rest: str) -> Parts:
    return Parts(headline, _cut(rest, MOST_LEAD), rest)


def _end_of_headline(text: str) -> int:
    line = text.find("\n", LEAST_HEADLINE, LONGEST_SENTENCE)
    for end in _SENTENCE_END.finditer(text, 0, LONGEST_SENTENCE):
        if 0 <= line < end.end():
            break
        if end.end() >= LEAST_HEADLINE and not _ABBREVIATED.search(text, max(0, end.end() - 10), end.end()):
            return end.end()
    return line if line >= 0 else len(_cut(text, WITHOUT_END))


def _without_headline(body: str, headline: str) -> str:
    """Return ``body`` without the headline, with which many feeds begin it."""
    rest = body[len(headline) :]
    return rest.lstrip(" .:-–—|\n") if body.startswith(headline) and not rest[:1].isalnum() else body


def _cut(text: str, most: int) -> str:
    """Return the beginning of ``text``, to the end of a word where there is one."""
    if len(text) <= most:
        return text
    space = max(text.rfind(" ", 0, most + 1), text.rfind("\n", 0, most + 1))
    return text[: space if space > most // 2 else most].rstrip()
