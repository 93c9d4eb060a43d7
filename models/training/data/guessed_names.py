"""Names in texts that nobody labelled, guessed by their letters: a large teacher says what is said of them. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from random import Random

from models.labels import NEUTRAL
from models.training.data.entities import Mention, Named, NamedText

MOST = 3  # names of a text; more of them hardly ever are names
# A cashtag, or up to three words with a capital that begin no sentence.
_GUESS = re.compile(r"\$[A-Za-z]{1,5}\b|(?<![.!?] )(?<!^)\b[A-Z][\w&'-]+(?: [A-Z][\w&'-]+){0,2}")
GUESSED = "guessed"  # the source of such texts, whose labels mean nothing


def with_guessed_names(texts: Sequence[str], count: int, seed: int) -> list[NamedText]:
    """Return up to ``count`` of the texts, those in which a name was guessed; their labels mean nothing.

    >>> with_guessed_names(["Shares of Acme Steel fall"], 1, 7)[0].names[0].mentions
    ((10, 20),)
    """
    named = [NamedText(text, names, source=GUESSED) for text in dict.fromkeys(texts) if (names := _names(text))]
    Random(seed).shuffle(named)  # noqa: S311 -- repeatable, no secret
    return named[:count]


def _names(text: str) -> tuple[Named, ...]:
    places: dict[str, list[Mention]] = defaultdict(list)
    for match in _GUESS.finditer(text):
        places[match.group()].append(match.span())
    return tuple(Named(name, tuple(spans), NEUTRAL) for name, spans in list(places.items())[:MOST])
