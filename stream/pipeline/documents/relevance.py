"""How much a document is about a name, from 0 to 1. Pure.

Rules, not learned: no labelled set of relevance may be used. From the most to the least:

- in the headline (the title, or the first sentence of a text without one): 1 if it begins in its first half, else 0.8;
- in the body alone: 0.6 times the square root of the share of its sentences that name it;
- only as the source of what is said of others (:mod:`stream.pipeline.documents.sources`): 0.1.

What is under ``PASSING`` is mentioned in passing and moves no window: a source, and a name in fewer than one of sixteen
sentences of a body.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from stream.pipeline.documents.places import Span
from stream.pipeline.documents.sentences import Sentences
from stream.pipeline.documents.sources import is_source

FIRST_HALF, SECOND_HALF, BODY, SOURCE = 1.0, 0.8, 0.6, 0.1
PASSING = 0.15


def relevance_of(
    headline: str,
    body: str,
    in_headline: Sequence[Span],
    in_body: Sequence[Span],
    others: Sequence[Span] = (),
    sentences: Sentences | None = None,
) -> float:
    """Return the relevance of a name, to two digits.

    Args:
        headline: all of it; the whole text where there is nothing else.
        body: all that comes after it.
        in_headline: where the name stands in the headline.
        in_body: where it stands in the body.
        others: where other names stand in the headline.
        sentences: of the body, with all names that stand there; None where they are not known.

    >>> relevance_of("Acme sinks, says analyst at Bank X", "", [(28, 34)], [])
    0.1
    """
    if not (in_headline or in_body):
        return 0.0
    speaks = (is_source(headline, place, others) for place in in_headline)
    if all(speaks) and all(is_source(body, one) for one in in_body):  # most names are told by their first place
        return SOURCE
    if in_headline:
        return FIRST_HALF if 2 * min(in_headline)[0] < len(headline) else SECOND_HALF
    return round(BODY * sqrt((sentences or Sentences(body, in_body)).share_of(in_body)), 2)
